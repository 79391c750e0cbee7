"""Who advertises in a synthetic universe: ad accounts, their sites, pins, campaigns and ads.

One shop is the hero of the demo and has constants here; the others are smaller and only keep it company. All of it is
invented, and every site is under a reserved ``.example`` domain.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workbench.universe.interests import INTERESTS, weigh_interests
from workbench.universe.randomness import Floats, GroupedChoice, Indices, block_generator
from workbench.universe.schema import TABLES

SHOP_AD_ACCOUNT_ID: Final = "700000000001"
"""Ad account of the demo's advertiser, a home and garden shop."""
SHOP_TAG_ID: Final = "800000000001"
"""Tag on the shop's site (the API's visitor_source_id)."""
SHOP_DOMAIN: Final = "hearth-and-garden.example"
"""Site the shop has claimed."""

N_SAMPLE_PINS: Final = 300 * len(INTERESTS)


@dataclass(frozen=True)
class Advertiser:
    """One ad account and what it publishes.

    Parameters
    ----------
    ad_account_id : str
        Digit string.
    domain : str
        Site it has claimed.
    interests : tuple of str
        What its pins are about.
    n_pins : int
        Pins it has published, when there are as many about its interests.
    campaigns : tuple of (str, str)
        Name and objective type of each campaign.
    country, time_zone : str
        Where it advertises from.
    """

    ad_account_id: str
    domain: str
    interests: tuple[str, ...]
    n_pins: int
    campaigns: tuple[tuple[str, str], ...]
    country: str = "US"
    time_zone: str = "America/New_York"


ADVERTISERS: Final = (
    Advertiser(
        SHOP_AD_ACCOUNT_ID,
        SHOP_DOMAIN,
        ("home_decor", "gardening", "diy_and_crafts"),
        36,
        (
            ("Spring garden", "CONSIDERATION"),
            ("New living room", "AWARENESS"),
            ("Shop again", "WEB_CONVERSION"),
            ("Whole catalogue", "CATALOG_SALES"),
        ),
    ),
    Advertiser(
        "700000000002",
        "copper-kettle.example",
        ("cooking", "baking"),
        18,
        (("Sunday baking", "CONSIDERATION"), ("One-pot week", "VIDEO_COMPLETION")),
    ),
    Advertiser(
        "700000000003",
        "plainstitch.example",
        ("womens_fashion", "mens_fashion"),
        18,
        (("Autumn collection", "CATALOG_SALES"), ("Who we are", "AWARENESS")),
    ),
    Advertiser("700000000004", "little-steps.example", ("parenting",), 12, (("First year", "CONSIDERATION"),)),
    Advertiser(
        "700000000005",
        "trailhead-tours.example",
        ("travel", "outdoor"),
        12,
        (("Short breaks", "AWARENESS"),),
        "NL",
        "Europe/Amsterdam",
    ),
    Advertiser("700000000006", "tidy-paws.example", ("pets",), 8, (("New puppy", "WEB_CONVERSION"),)),
)
_OTHER_SITES: Final = tuple(
    f"{adjective}-{noun}.example"
    for adjective in ("daily", "simple", "clever", "cosy", "bright")
    for noun in ("recipes", "rooms", "wardrobe", "journeys", "makers", "notes", "studio", "weekend")
)


@dataclass(frozen=True)
class PinCatalogue:
    """The pins of a universe, as arrays to choose from.

    Parameters
    ----------
    pin_ids : pyarrow.Array of str
        One id per pin.
    interest_names : tuple of str
        Names of the interests.
    interest : int64 array, shape (n_pins,)
        Position of each pin's interest.
    popularity : float64 array, shape (n_pins,)
        Relative frequency within its interest.
    """

    pin_ids: pa.Array
    interest_names: tuple[str, ...]
    interest: Indices
    popularity: Floats

    def owners(self) -> npt.NDArray[np.int64]:
        """Decide which advertiser published each pin.

        Each advertiser gets every seventh pin about its interests in order of popularity, so that a small share of all
        engagement is with pins that somebody owns.

        Returns
        -------
        int64 array, shape (n_pins,)
            Position in `ADVERTISERS`, -1 for a private person's pin.
        """
        owner = np.full(len(self.interest), -1, dtype=np.int64)
        by_popularity = np.lexsort((np.arange(len(owner)), -self.popularity))
        for position, advertiser in enumerate(ADVERTISERS):
            is_wanted = weigh_interests(dict.fromkeys(advertiser.interests, 1.0))[self.interest] > 0
            candidates = by_popularity[is_wanted[by_popularity] & (owner[by_popularity] < 0)]
            spread = [*candidates[3::7], *np.delete(candidates, np.s_[3::7])]
            owner[spread[: advertiser.n_pins]] = position
        return owner


def sample_pins(rng_seed: int) -> PinCatalogue:
    """Invent the pins of the synthetic sample: as many per interest, popular ones few, by Zipf's law."""
    interest = np.repeat(np.arange(len(INTERESTS)), N_SAMPLE_PINS // len(INTERESTS))
    rank = np.tile(np.arange(N_SAMPLE_PINS // len(INTERESTS)), len(INTERESTS))
    numbers = block_generator(rng_seed, "pins").permutation(N_SAMPLE_PINS) + 900_000_000_001
    pin_ids = pa.array(numbers).cast(pa.string())
    return PinCatalogue(pin_ids, tuple(each.name for each in INTERESTS), interest, 1.0 / (rank + 5.0) ** 0.9)


def catalogue_tables(pins: PinCatalogue, domain: pa.Array) -> dict[str, pa.Table]:
    """Write the ad catalogue of a universe down.

    Parameters
    ----------
    pins : PinCatalogue
        The pins.
    domain : pyarrow.Array of str, shape (n_pins,)
        Site each pin links to when no advertiser owns it; missing when unknown.

    Returns
    -------
    dict of str to pyarrow.Table
        Tables pins, ads, ad_accounts, campaigns and claimed_domains.
    """
    owner = pins.owners()
    account_ids = pa.array([advertiser.ad_account_id for advertiser in ADVERTISERS])
    sites = pa.array([advertiser.domain for advertiser in ADVERTISERS])
    who = pa.array(owner, mask=owner < 0)
    own_site = sites.take(who)
    columns = {
        "pin_id": pins.pin_ids,
        "ad_account_id": account_ids.take(who),
        "domain": pc.coalesce(own_site, domain),
        "interest": pa.array(pins.interest_names).take(pa.array(pins.interest)),
    }
    own_pins = [pins.pin_ids.filter(pa.array(owner == position)).to_pylist() for position in range(len(ADVERTISERS))]
    return {
        "pins": _as_table("pins", columns),
        **_campaign_tables(own_pins),
        "ad_accounts": _as_table("ad_accounts", _ad_account_columns()),
        "claimed_domains": _as_table("claimed_domains", {"ad_account_id": account_ids, "domain": sites}),
    }


def draw_sites(n_pins: int, generator: np.random.Generator) -> pa.Array:
    """Draw which site each pin of a private person links to: some none, a few the shop's own, as a fan might."""
    sites = pa.array([SHOP_DOMAIN, *_OTHER_SITES])
    weights = [1.5, *(1.0 / (rank + 2) for rank in range(len(_OTHER_SITES)))]
    chosen = GroupedChoice([weights]).draw(np.zeros(n_pins, dtype=np.int64), generator.random(n_pins))
    return sites.take(pa.array(chosen, mask=generator.random(n_pins) < 0.4))


def _ad_account_columns() -> dict[str, list[str]]:
    return {
        "ad_account_id": [advertiser.ad_account_id for advertiser in ADVERTISERS],
        "country": [advertiser.country for advertiser in ADVERTISERS],
        "currency": ["EUR" if advertiser.country == "NL" else "USD" for advertiser in ADVERTISERS],
        "time_zone": [advertiser.time_zone for advertiser in ADVERTISERS],
    }


def _campaign_tables(own_pins: list[list[str]]) -> dict[str, pa.Table]:
    campaigns: dict[str, list[str]] = {column.name: [] for column in TABLES["campaigns"].columns}
    ads: dict[str, list[str]] = {column.name: [] for column in TABLES["ads"].columns}
    for advertiser, pins in zip(ADVERTISERS, own_pins, strict=True):
        for number, (name, objective_type) in enumerate(advertiser.campaigns):
            campaign_id = str(600_000_000_001 + len(campaigns["name"]))
            row = (campaign_id, advertiser.ad_account_id, name, objective_type)
            _append(campaigns, row)
            # An advertiser's pins are dealt out, so that no pin is promoted twice.
            for pin_id in pins[number :: len(advertiser.campaigns)][:4]:
                _append(ads, (str(650_000_000_001 + len(ads["ad_id"])), row[1], campaign_id, pin_id))
    return {"campaigns": _as_table("campaigns", campaigns), "ads": _as_table("ads", ads)}


def _append(columns: dict[str, list[str]], row: tuple[str, ...]) -> None:
    for values, value in zip(columns.values(), row, strict=True):
        values.append(value)


def _as_table(name: str, columns: dict[str, pa.Array] | dict[str, list[str]]) -> pa.Table:
    schema = TABLES[name].arrow_schema
    arrays = [values if isinstance(values, pa.Array) else pa.array(values, pa.string()) for values in columns.values()]
    casts = [
        array.dictionary_encode() if pa.types.is_dictionary(field.type) else array
        for array, field in zip(arrays, schema, strict=True)
    ]
    return pa.Table.from_arrays(casts, schema=schema)
