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
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.errors import DefinitionError
from workbench.identity.digests import MAX_DIGEST_BYTES, DigestKind
from workbench.identity.normalize import normalize_email, normalize_maid

if TYPE_CHECKING:
    import pyarrow as pa

# Below this, starting the compiled hashers takes longer than the work.
_FEW = 1_000


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
    messages = [canonical.encode() for canonical in canonicals]
    if len(messages) < _FEW:
        function = _FUNCTIONS[kind]
        joined = bytearray(b"".join([function(message) for message in messages]))
        return np.frombuffer(joined, dtype=np.uint8).reshape(-1, kind.n_bytes)
    ends = np.cumsum(np.fromiter(map(len, messages), dtype=np.int64, count=len(messages)))
    data = np.frombuffer(b"".join(messages), dtype=np.uint8)
    return _hash_between(data, np.concatenate([[0], ends]), kind)


def hash_column(column: "pa.Array | pa.ChunkedArray", kind: DigestKind = DigestKind.SHA256) -> NDArray[np.uint8]:
    """Return the digests of a column of identifiers that are already in canonical form, without copying the texts.

    Parameters
    ----------
    column : pyarrow.Array or pyarrow.ChunkedArray
        Of type string, large_string, binary or large_binary.
    kind : DigestKind
        Hash function.

    Returns
    -------
    uint8 array, shape (n, kind.n_bytes)
        Raw digests, in the same order.

    Raises
    ------
    DefinitionError
        If the column has another type, or a value is missing: the digest of nothing would stand for a person.
    """
    chunks = getattr(column, "chunks", [column])
    if column.null_count:
        raise DefinitionError(
            f"expected an identifier in every row, got {column.null_count:,} missing; drop them first"
        )
    parts = [np.empty((0, kind.n_bytes), dtype=np.uint8), *(_hash_array(chunk, kind) for chunk in chunks)]
    return np.concatenate(parts) if len(parts) != 2 else parts[1]


def _hash_array(array: "pa.Array", kind: DigestKind) -> NDArray[np.uint8]:
    offset_type = _OFFSET_TYPES.get(str(array.type))
    if offset_type is None:
        raise DefinitionError(f"expected a column of texts, got {array.type}; cast it to string first")
    _, offsets, data = array.buffers()
    if not len(array):
        return np.empty((0, kind.n_bytes), dtype=np.uint8)
    ends = np.frombuffer(offsets, dtype=offset_type)[array.offset : array.offset + len(array) + 1]
    texts = np.empty(0, dtype=np.uint8) if data is None else np.frombuffer(data, dtype=np.uint8)
    return _hash_between(texts, ends.astype(np.int64, copy=False), kind)


def _hash_between(data: NDArray[np.uint8], ends: NDArray[np.int64], kind: DigestKind) -> NDArray[np.uint8]:
    """Hash the texts that lie between neighbouring ends."""
    from workbench.identity.kernels.digest_spans import Spans, hash_spans  # imported late: few rows need no compiler

    n = len(ends) - 1
    values = np.empty((n, MAX_DIGEST_BYTES), dtype=np.uint8)
    spans = Spans(data, np.ascontiguousarray(ends[:-1]), np.diff(ends).astype(np.int32))
    hash_spans(kind.value.lower(), spans, np.arange(n), values)
    return values if kind.n_bytes == MAX_DIGEST_BYTES else np.ascontiguousarray(values[:, : kind.n_bytes])


_OFFSET_TYPES = {"string": np.int32, "binary": np.int32, "large_string": np.int64, "large_binary": np.int64}


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
