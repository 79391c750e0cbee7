"""Which identifiers the platform knows of each account, as digests.

Who an account is does not depend on the seed of a universe: identities always start from `IDENTITY_RNG_SEED`. A sample
list made once therefore matches every universe, synthetic or imported, and another seed changes what people do, not who
they are. The plain identifiers live for the length of one call and are never written.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workbench.identity import DigestKind, hash_all
from workbench.universe.identities import synthesize_aaid, synthesize_email
from workbench.universe.people import as_category
from workbench.universe.randomness import Indices
from workbench.universe.schema import IDENTIFIER_KINDS, TABLES

IDENTITY_RNG_SEED: Final = 1
"""Seed of everybody's e-mail addresses and advertising ids, in every universe."""

_EMAIL, _MAID = 0, 1  # positions in IDENTIFIER_KINDS


def draw_identifiers(
    first_account: int, has_android: npt.NDArray[np.bool_], n: int, generator: np.random.Generator
) -> pa.Table:
    """Draw which identifiers the first ``n`` accounts of a block have registered, and hash them.

    Nine in ten have an e-mail address, some of those a second one; nearly every Android user has an advertising id.

    Parameters
    ----------
    first_account : int
        Account of the block's first row.
    has_android : bool array, shape (n_block,)
        Whether each account uses Android.
    n : int
        Accounts to keep; the draws are made for the whole block all the same.
    generator : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    pyarrow.Table
        Rows of the identifiers table, by account.
    """
    uniforms = generator.random((3, len(has_android)))
    has_email = uniforms[0] < 0.90
    has_work_email = has_email & (uniforms[1] < 0.08)
    has_aaid = has_android & (uniforms[2] < 0.97)
    personal, work, android = (np.flatnonzero(has[:n]) + first_account for has in (has_email, has_work_email, has_aaid))
    emails = [
        *synthesize_email(personal, IDENTITY_RNG_SEED),
        *synthesize_email(work, IDENTITY_RNG_SEED, is_work_address=True),
    ]
    aaids = synthesize_aaid(android, IDENTITY_RNG_SEED)
    account = np.concatenate([personal, work, android])
    kind = np.repeat([_EMAIL, _MAID], [len(emails), len(aaids)])
    order = np.argsort(account, kind="stable")
    columns = [
        pa.array(account[order].astype(np.int32)),
        as_category(kind[order], IDENTIFIER_KINDS),
        *(as_digests(_hash_both(emails, aaids, digest_kind)[order]) for digest_kind in DigestKind),
    ]
    return pa.Table.from_arrays(columns, schema=TABLES["identifiers"].arrow_schema)


def hash_identities(accounts: Indices, kind: Indices, is_work_address: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Hash one identifier per row with SHA-256, as a data provider would deliver it.

    Parameters
    ----------
    accounts : int64 array, shape (n,)
        Whose identifier.
    kind : int64 array, shape (n,)
        0 for an e-mail address, 1 for an advertising id.
    is_work_address : bool array, shape (n,)
        Whether the e-mail address is the work address.

    Returns
    -------
    uint8 array, shape (n, 32)
        Digests.
    """
    digests = np.empty((len(accounts), DigestKind.SHA256.n_bytes), dtype=np.uint8)
    personal, work = (kind == _EMAIL) & ~is_work_address, (kind == _EMAIL) & is_work_address
    digests[personal] = hash_all(synthesize_email(accounts[personal], IDENTITY_RNG_SEED))
    digests[work] = hash_all(synthesize_email(accounts[work], IDENTITY_RNG_SEED, is_work_address=True))
    digests[kind == _MAID] = hash_all(synthesize_aaid(accounts[kind == _MAID], IDENTITY_RNG_SEED))
    return digests


def as_digests(digests: npt.NDArray[np.uint8]) -> pa.Array:
    """Return digests as an Arrow array of fixed-size binaries."""
    values = pa.py_buffer(np.ascontiguousarray(digests).tobytes())
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(digests.shape[1]), len(digests), [None, values])


def _hash_both(emails: list[str], aaids: npt.NDArray[np.object_], kind: DigestKind) -> npt.NDArray[np.uint8]:
    return np.concatenate([hash_all(emails, kind), hash_all(aaids, kind)])
