"""The fictional catalogue of third-party segments, and the segment files its provider delivers.

A provider knows people, not accounts: its files hold digests of e-mail addresses and advertising ids, of some people
who have an account, of some whose account the platform knows by another address, and of strangers. Who is a member is
computed by `workbench.identity`, from the same digests, in the same way as for a customer list.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workbench.universe.identifiers import as_digests, hash_identities
from workbench.universe.interests import INTEREST_SHARE, Affinity, weigh_interests
from workbench.universe.people import People, as_category
from workbench.universe.schema import AGE_BUCKETS, GENDERS, IDENTIFIER_KINDS, TABLES

PROVIDER: Final = "Sample Data Exchange (fictional)"
FIRST_STRANGER: Final = 2**30
"""Identities from here on belong to people without an account."""


@dataclass(frozen=True)
class Segment:
    """One segment of the catalogue.

    Parameters
    ----------
    segment_id : str
        Digit string.
    name, description : str
        As the catalogue prints them.
    data_fee_rate_bp : int
        Data fee, basis points of the auction price.
    share : float
        Share of the accounts in the US that are in it, roughly.
    interests : dict of str to float
        Weights of the interests that make a member likelier; none: interests do not matter.
    visitor_lift : float
        How many times likelier a visitor of the shop's site is a member.
    age_buckets : tuple of str
        Ages of the members; all when empty.
    gender : str, optional
        Gender of the members.
    """

    segment_id: str
    name: str
    description: str
    data_fee_rate_bp: int
    share: float
    interests: dict[str, float] = field(default_factory=dict)
    visitor_lift: float = 1.0
    age_buckets: tuple[str, ...] = ()
    gender: str | None = None


SEGMENTS: Final = (
    Segment(
        "110000000001",
        "Home improvement intenders",
        "People planning to renovate or refurnish in the next six months",
        1000,
        0.08,
        {"home_decor": 1.0, "diy_and_crafts": 1.0},
        2.0,
    ),
    Segment(
        "110000000002",
        "Garden owners",
        "Households with a garden of their own",
        1500,
        0.07,
        {"gardening": 1.0, "outdoor": 0.3},
        1.5,
    ),
    Segment(
        "110000000003",
        "Recent online home shoppers",
        "Bought furniture or home textiles online in the last 90 days",
        1764,
        0.03,
        {"home_decor": 1.0, "gardening": 0.4},
        6.0,
    ),
    Segment(
        "110000000004",
        "New parents",
        "Households with a child under two",
        1200,
        0.04,
        {"parenting": 1.0},
        age_buckets=("18-24", "25-34", "35-44"),
    ),
    Segment(
        "110000000005",
        "Beauty enthusiasts",
        "Women who buy beauty products every month",
        800,
        0.06,
        {"beauty": 1.0, "womens_fashion": 0.5},
        gender="female",
    ),
    Segment(
        "110000000006",
        "Home cooks",
        "Cooks at home five days a week or more",
        500,
        0.09,
        {"cooking": 1.0, "baking": 0.7},
    ),
    Segment(
        "110000000007",
        "Frequent travellers",
        "Three holidays or more a year",
        1350,
        0.05,
        {"travel": 1.0, "outdoor": 0.5},
        age_buckets=("25-34", "35-44", "45-49", "50-54", "55-64"),
    ),
    Segment(
        "110000000008",
        "Technology early adopters",
        "First in their circle to own a new device",
        1600,
        0.04,
        {"technology": 1.0, "gaming": 0.6, "cars": 0.2},
    ),
    Segment("110000000009", "Recent movers", "Moved house in the last twelve months", 650, 0.05, visitor_lift=1.8),
    Segment(
        "110000000010",
        "Luxury home buyers",
        "Bought furniture above 5,000 dollars; its fee is more than a bid reduction of 15 % can cover",
        2000,
        0.015,
        {"home_decor": 1.0, "art": 0.6},
        3.0,
        age_buckets=("35-44", "45-49", "50-54", "55-64", "65+"),
    ),
)


def segments_table() -> pa.Table:
    """Return the catalogue as the segments table."""
    schema = TABLES["segments"].arrow_schema
    rows = [
        {
            "segment_id": each.segment_id,
            "name": each.name,
            "provider": PROVIDER,
            "description": each.description,
            "data_fee_rate_bp": each.data_fee_rate_bp,
            "country": "US",
        }
        for each in SEGMENTS
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def draw_segment_records(
    first_account: int,
    people: People,
    affinity: Affinity,
    has_visited: npt.NDArray[np.bool_],
    n: int,
    generator: np.random.Generator,
) -> pa.Table:
    """Draw what a provider delivers about the people of a block, and about strangers.

    Parameters
    ----------
    first_account : int
        Account of the block's first row.
    people : People
        Who the accounts are.
    affinity : float32 array, shape (n_block, n_interests)
        What they care about.
    has_visited : bool array, shape (n_block,)
        Whether they visited the shop's site.
    n : int
        Accounts to keep; the draws are made for the whole block all the same.
    generator : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    pyarrow.Table
        Rows of the segment records table, by segment and digest: their order tells nothing about accounts.
    """
    tables = []
    for position, segment in enumerate(SEGMENTS):
        is_member = generator.random(len(affinity)) < _chances(segment, people, affinity, has_visited)
        uniforms = generator.random((2, len(affinity)))
        strangers = generator.integers(FIRST_STRANGER, 2 * FIRST_STRANGER, len(affinity))
        rows = np.flatnonzero(is_member[:n])
        # One record in five is about somebody without an account.
        identity = np.concatenate([rows + first_account, strangers[rows[::4]]])
        is_android = np.concatenate([people.has_android[rows], people.has_android[rows[::4]]])
        drawn = np.concatenate([uniforms[0][rows], uniforms[1][rows[::4]]])
        kind = ((drawn > 0.75) & is_android).astype(np.int64)
        digests = hash_identities(identity, kind, drawn < 0.07)
        order = np.argsort(digests[:, :8].copy().view(">u8").ravel(), kind="stable")
        columns = [
            as_category(np.full(len(order), position), tuple(each.segment_id for each in SEGMENTS)),
            as_category(kind[order], IDENTIFIER_KINDS),
            as_digests(digests[order]),
        ]
        tables.append(pa.Table.from_arrays(columns, schema=TABLES["segment_records"].arrow_schema))
    return pa.concat_tables(tables)


def _chances(
    segment: Segment, people: People, affinity: Affinity, has_visited: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    chance = np.full(len(affinity), segment.share)
    if segment.interests:
        weights = weigh_interests(segment.interests)
        chance *= 0.1 + 0.9 * (affinity @ weights) / float(INTEREST_SHARE @ weights)
    chance *= np.where(has_visited, segment.visitor_lift, 1.0)
    if segment.age_buckets:
        chance *= np.isin(people.age_bucket, [AGE_BUCKETS.index(bucket) for bucket in segment.age_buckets])
    if segment.gender is not None:
        chance *= people.gender == GENDERS.index(segment.gender)
    chances: npt.NDArray[np.float64] = np.minimum(chance, 0.9) * people.is_american
    return chances
