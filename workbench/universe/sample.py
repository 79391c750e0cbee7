"""Building the synthetic sample: a whole platform out of a seed.

Nobody in it exists. What is plausible about it was put in on purpose and is listed in ``data/README.md``; what it says
about real people is nothing.
"""

import os
from datetime import datetime
from typing import Any, Final

import numpy as np

from workbench.errors import UniverseError
from workbench.progress import Progress, ignore_progress
from workbench.universe.catalogue import catalogue_tables, draw_sites, sample_pins
from workbench.universe.engagements import EngagementMaker
from workbench.universe.folder import named_folder
from workbench.universe.identifiers import IDENTITY_RNG_SEED
from workbench.universe.interests import draw_affinity
from workbench.universe.opening import Universe, open_universe
from workbench.universe.people import draw_activity
from workbench.universe.randomness import BLOCK_SIZE, block_generator
from workbench.universe.schema import EARLIEST, LATEST
from workbench.universe.synthesis import DEFAULT_AS_OF, AccountBlock, tables_without_people, to_micros, write_block
from workbench.universe.third_party import FIRST_STRANGER
from workbench.universe.writing import check_destination, check_disk_space, new_universe

N_SAMPLE_ACCOUNTS: Final = 200_000
BYTES_PER_ACCOUNT: Final = 220
"""Size on disk of one account and all that belongs to it, measured and rounded up."""


def build_sample(
    path: str | os.PathLike[str],
    *,
    n_accounts: int = N_SAMPLE_ACCOUNTS,
    rng_seed: int = 1,
    as_of: datetime = DEFAULT_AS_OF,
    overwrite: bool = False,
    on_progress: Progress = ignore_progress,
) -> Universe:
    """Build the synthetic sample universe.

    The same arguments give the same bytes. Accounts are made in blocks, so memory stays the same whatever
    ``n_accounts`` is, and the first accounts of a large sample are the accounts of a small one.

    Parameters
    ----------
    path : path-like
        Folder of the universe to be.
    n_accounts : int
        Number of accounts, 1 to 2**30.
    rng_seed : int
        Seed of everything but the identities, which every universe shares.
    as_of : datetime
        "Now" of the universe, with its zone, 1992 to 2099; events lie in the 540 days before it.
    overwrite : bool
        Replace a universe that is there already.
    on_progress : Progress
        Called after every block.

    Returns
    -------
    Universe
        The sample, opened.

    Raises
    ------
    InputFileError
        If no folder can have the name.
    UniverseError
        If the number of accounts or "now" is absurd, the disk too small or the destination taken.
    """
    destination = named_folder(path)
    check_n_accounts(n_accounts)
    _check_as_of(as_of)
    check_destination(destination, overwrite=overwrite)
    check_disk_space(destination, n_accounts * BYTES_PER_ACCOUNT)
    pins = sample_pins(rng_seed)
    n_blocks = -(-n_accounts // BLOCK_SIZE)
    with new_universe(destination, overwrite=overwrite) as writer:
        sites = draw_sites(len(pins.pin_ids), block_generator(rng_seed, "sites"))
        tables = catalogue_tables(pins, sites) | tables_without_people()
        for name, table in tables.items():
            writer.append(name, table)
        maker = EngagementMaker(pins, tables["ads"], to_micros(as_of))
        for number in range(n_blocks):
            block = _draw_block(number, n_accounts, rng_seed)
            write_block(writer, block, rng_seed, as_of)
            streams = [block_generator(rng_seed, name, number) for name in ("pin_engagements", "paid engagements")]
            row, engagements = maker.draw(block.affinity, block.activity, *streams)
            writer.append("pin_engagements", block.rows_with_account("pin_engagements", row, engagements))
            on_progress(number + 1, n_blocks)
        writer.describe(as_of, _provenance(rng_seed))
    return open_universe(destination)


def check_n_accounts(n_accounts: int) -> None:
    """Refuse a number of accounts that no universe can have.

    Raises
    ------
    UniverseError
        Saying which numbers are possible.
    """
    is_whole = isinstance(n_accounts, (int, np.integer)) and not isinstance(n_accounts, bool)
    if not is_whole or not 1 <= n_accounts <= FIRST_STRANGER:
        raise UniverseError(
            f"expected a whole number of accounts from 1 to {FIRST_STRANGER:,}, got {n_accounts!r:.40};"
            f" {N_SAMPLE_ACCOUNTS:,} is a good start"
        )


def _check_as_of(as_of: datetime) -> None:
    if as_of.tzinfo is None:
        raise UniverseError("expected as_of with a time zone, got a naive datetime; add tzinfo=UTC")
    if not EARLIEST.year + 2 <= as_of.year < LATEST.year:  # the events before it are in the range of the schema too
        raise UniverseError(
            f"expected as_of from {EARLIEST.year + 2} to {LATEST.year - 1}, got {as_of.isoformat()}; choose another"
        )


def _draw_block(number: int, n_accounts: int, rng_seed: int) -> AccountBlock:
    first_account = number * BLOCK_SIZE
    return AccountBlock(
        number,
        first_account,
        min(BLOCK_SIZE, n_accounts - first_account),
        draw_affinity(block_generator(rng_seed, "affinity", number), BLOCK_SIZE),
        draw_activity(block_generator(rng_seed, "activity", number), BLOCK_SIZE),
    )


def _provenance(rng_seed: int) -> dict[str, Any]:
    return {
        "kind": "synthetic sample",
        "real": [],
        "synthesized": ["everything: accounts, identities, interests, pins, engagements, site visits, segments"],
        "rng_seed": rng_seed,
        "identity_rng_seed": IDENTITY_RNG_SEED,
    }
