"""From an identifier to its digest: the one place in both packages where identifiers are hashed.

What a digest protects, and what it does not
--------------------------------------------
A digest is **pseudonymous, not anonymous**. MD5, SHA-1 and SHA-256 are public functions without a key: whoever can
guess an e-mail address can hash the guess and compare, and e-mail addresses are easy to guess or to buy. Two companies
that hash the same address get the same digest, which is exactly why lists can be matched, and exactly why a digest is
still personal data. A salt or a key would stop the guessing and the matching alike.

So hashing is not what makes a list safe to publish. It is data minimisation: a leaked log, notebook, traceback or saved
audience cannot be *read* as a list of names, and a digest cannot be mailed to. That is why plaintext is hashed as soon
as a chunk of the file has been read, why digests alone are stored, and why there is no way back out of them here.

MD5 and SHA-1 are broken as signatures, which does not matter for this use (nobody signs anything) but does for search:
somebody may craft two addresses with one MD5. Lists that arrive plain are therefore always hashed with SHA-256; the two
older functions only recognise lists that were hashed elsewhere.

Absent on purpose: any function that takes a digest and returns an identifier, any cache, any logging.
"""

import hashlib
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from workbench.identity.digests import DigestKind
from workbench.identity.normalize import normalize_email, normalize_maid


def hash_canonical(canonical: str, kind: DigestKind = DigestKind.SHA256) -> bytes:
    """Return the digest of text that is already in canonical form.

    Parameters
    ----------
    canonical : str
        What `normalize_email` or `normalize_maid` returned; hashed as UTF-8.
    kind : DigestKind
        Hash function.

    Returns
    -------
    bytes
        Raw digest, ``kind.n_bytes`` long.
    """
    return _FUNCTIONS[kind](canonical.encode())


def hash_email(text: str, kind: DigestKind = DigestKind.SHA256) -> bytes:
    """Return the digest of an e-mail address, in canonical form whatever its case and outer spaces.

    Parameters
    ----------
    text : str
        E-mail address.
    kind : DigestKind
        Hash function.

    Returns
    -------
    bytes
        Raw digest, ``kind.n_bytes`` long.

    Raises
    ------
    IdentifierError
        If the text is no e-mail address.
    """
    return hash_canonical(normalize_email(text), kind)


def hash_maid(text: str, kind: DigestKind = DigestKind.SHA256) -> bytes:
    """Return the digest of an Android advertising id, over its lower-case hyphenated form.

    Parameters
    ----------
    text : str
        Android advertising id, shape 8-4-4-4-12.
    kind : DigestKind
        Hash function.

    Returns
    -------
    bytes
        Raw digest, ``kind.n_bytes`` long.

    Raises
    ------
    IdentifierError
        If the text is no Android advertising id that may be used.
    """
    return hash_canonical(normalize_maid(text), kind)


def hash_all(canonicals: Iterable[str], kind: DigestKind = DigestKind.SHA256) -> NDArray[np.uint8]:
    """Return the digests of many identifiers that are already in canonical form.

    Parameters
    ----------
    canonicals : iterable of str
        Identifiers as `normalize_email` or `normalize_maid` return them.
    kind : DigestKind
        Hash function.

    Returns
    -------
    uint8 array, shape (n, kind.n_bytes)
        Raw digests, in the same order.
    """
    function = _FUNCTIONS[kind]
    joined = b"".join([function(canonical.encode()) for canonical in canonicals])
    return np.frombuffer(bytearray(joined), dtype=np.uint8).reshape(-1, kind.n_bytes)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


_FUNCTIONS: dict[DigestKind, Callable[[bytes], bytes]] = {
    DigestKind.MD5: _md5,
    DigestKind.SHA1: _sha1,
    DigestKind.SHA256: _sha256,
}
