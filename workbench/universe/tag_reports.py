"""What the shop's tag makes of visits to its site.

The base code reports every load of a page it is on; the event code of a page reports what is done there, with the event
data. Some visits are made in the shop's app, where there is no base code, some orders are reported by the shop's server
(the conversions API), and a few are made in its store and sent as a file.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workbench.universe.catalogue import SHOP_TAG_ID
from workbench.universe.people import as_category
from workbench.universe.randomness import Indices
from workbench.universe.schema import EVENT_SOURCES, INGESTION_SOURCES, PAGE_LOAD, TABLES, TAG_EVENTS
from workbench.universe.site import (
    BASE_CODE_PAGES,
    BRANDS,
    CATEGORIES,
    FIRST_PRODUCT,
    N_PRODUCTS,
    QUERIES,
    UNTAGGED_PAGE,
    URLS,
    VARIANTS,
    VIDEOS,
    page_url,
)
from workbench.universe.site_visits import Visits

_PROMO_CODES: Final = ("WELCOME10", "GARDEN15")
_PAGE_NAMES: Final = tuple(url.removeprefix(page_url("/")) or "home" for url in URLS)
_SIGNALS: Final = (PAGE_LOAD, *TAG_EVENTS)
_LOAD: Final = -1  # so that event + 1 is the place in _SIGNALS
_ADD_TO_CART: Final = TAG_EVENTS.index("addtocart")
_CHECKOUT: Final = TAG_EVENTS.index("checkout")
_APP_SHARE: Final = 0.15  # of mobile visits
_SERVER_SHARE: Final = 0.2  # of orders
_STORE_SHARE: Final = 0.05  # of orders
_PROMO_SHARE: Final = 0.25  # of orders
_BASE_CODE_PAGE_SHARE: Final = 0.1  # of visits, for each of the pages

Flags = npt.NDArray[np.bool_]


class _Ways(NamedTuple):
    """How each thing came to the platform: positions in EVENT_SOURCES and INGESTION_SOURCES, and whether in a store."""

    event_source: Indices
    ingestion_source: Indices
    is_in_store: Flags


def report_visits(visits: Visits, generator: np.random.Generator) -> tuple[Indices, pa.Table]:
    """Say what the tag reports of visits.

    Parameters
    ----------
    visits : Visits
        What happened on the site.
    generator : numpy.random.Generator
        Source of the draws; who visits and when does not depend on it.

    Returns
    -------
    int64 array, shape (n_rows,)
        Row of the block each report belongs to, ascending.
    pyarrow.Table
        The columns of the tag events table but the account, oldest first within an account.
    """
    n_visits = int(visits.visit.max(initial=-1)) + 1
    carts = _Carts(n_visits, generator)
    ways = _draw_ways(visits, n_visits, generator)
    columns = _event_columns(visits, carts, ways)
    is_tagged = visits.page != URLS.index(page_url(UNTAGGED_PAGE))
    loads, load_source = _page_loads(visits, ways, is_tagged, generator)
    every_load = _load_columns(loads, load_source)
    row = np.concatenate([visits.row[is_tagged], loads.row])
    event = np.concatenate([visits.event[is_tagged], loads.event])
    event_time = np.concatenate([visits.event_time[is_tagged], loads.event_time])
    reports = pa.concat_tables([columns.filter(pa.array(is_tagged)), every_load]).combine_chunks()
    order = np.lexsort((event, event_time, row))
    return row[order], reports.take(pa.array(order)).unify_dictionaries()


class _Carts:
    """What is in the cart of each visit, and what it is paid with.

    Parameters
    ----------
    n : int
        Visits.
    generator : numpy.random.Generator
        Source of the draws.
    """

    def __init__(self, n: int, generator: np.random.Generator) -> None:
        self.product = np.floor(generator.random(n) ** 2 * N_PRODUCTS).astype(np.int64)
        self.n_pieces = (1 + generator.poisson(0.4, n)).astype(np.int32)
        is_promoted = generator.random(n) < _PROMO_SHARE
        self.promo = np.where(is_promoted, generator.integers(len(_PROMO_CODES), size=n), -1)
        self.order_number = generator.integers(10**11, 10**12, size=n)


def _draw_ways(visits: Visits, n_visits: int, generator: np.random.Generator) -> _Ways:
    is_mobile = generator.random(n_visits) < 0.55
    is_app = is_mobile & (generator.random(n_visits) < _APP_SHARE)
    by_server = generator.random(n_visits) < _SERVER_SHARE
    in_store = (generator.random(n_visits) < _STORE_SHARE)[visits.visit] & (visits.event == _CHECKOUT)
    source = np.where(is_mobile, EVENT_SOURCES.index("mobile"), EVENT_SOURCES.index("web"))[visits.visit]
    ingestion = np.where(is_app, INGESTION_SOURCES.index("mmp"), INGESTION_SOURCES.index("tag"))[visits.visit]
    is_servers = by_server[visits.visit] & (visits.event == _CHECKOUT)
    ingestion = np.where(is_servers, INGESTION_SOURCES.index("conversions_api"), ingestion)
    return _Ways(
        np.where(in_store, EVENT_SOURCES.index("offline"), source),
        np.where(in_store, INGESTION_SOURCES.index("file_upload"), ingestion),
        in_store,
    )


def _page_loads(
    visits: Visits, ways: _Ways, is_tagged: Flags, generator: np.random.Generator
) -> tuple[Visits, Indices]:
    """Return the loads that the base code reports, and where each happened: one a thing done, and some more pages."""
    in_app = ways.ingestion_source == INGESTION_SOURCES.index("mmp")
    is_loaded = is_tagged & ~in_app & ~ways.is_in_store
    parts = [(np.flatnonzero(is_loaded), visits.page[is_loaded])]
    is_arrival = visits.event == TAG_EVENTS.index("pagevisit")
    for page in BASE_CODE_PAGES:
        is_seen = is_arrival & ~in_app & (generator.random(len(visits.visit)) < _BASE_CODE_PAGE_SHARE)
        places = np.flatnonzero(is_seen)
        parts.append((places, np.full(len(places), URLS.index(page_url(page)))))
    place, page_number = (np.concatenate(each) for each in zip(*parts, strict=True))
    loads = Visits(
        visits.visit[place],
        visits.row[place],
        np.full(len(place), _LOAD),
        page_number,
        visits.event_time[place],
        visits.cart_micros[place],
    )
    return loads, ways.event_source[place]


def _load_columns(loads: Visits, event_source: Indices) -> pa.Table:
    by_tag = np.full(len(loads.visit), INGESTION_SOURCES.index("tag"))
    return _as_table(_every_report(loads, loads.page, event_source, by_tag), len(loads.visit))


def _event_columns(visits: Visits, carts: _Carts, ways: _Ways) -> pa.Table:
    visit = visits.visit
    is_order = visits.event == _CHECKOUT
    is_worth = is_order | (visits.event == _ADD_TO_CART)
    page = np.where(ways.is_in_store, -1, visits.page)
    known = {
        **_every_report(visits, page, ways.event_source, ways.ingestion_source),
        "value_micros": pa.array(visits.cart_micros, mask=~is_worth),
        "currency": as_category(np.where(is_worth, 0, -1), ("USD",)),
        "order_id": pa.array(carts.order_number[visit], mask=~is_order).cast(pa.string()),
        "order_quantity": pa.array(carts.n_pieces[visit], mask=~is_worth),
        "promo_code": as_category(np.where(is_order, carts.promo[visit], -1), _PROMO_CODES),
        "page_name": as_category(page, _PAGE_NAMES),
        "property": as_category(np.where(ways.is_in_store, 1, 0), ("web shop", "store")),
        "search_query": _place_among(page, f"/search?q={QUERIES[0]}", [query.replace("+", " ") for query in QUERIES]),
        "video_title": _place_among(page, f"/guides/{VIDEOS[0]}", [video.replace("-", " ") for video in VIDEOS]),
        **_product_data(visits, carts, is_worth),
    }
    return _as_table(known, len(visit))


def _every_report(
    visits: Visits, page: Indices, event_source: Indices, ingestion_source: Indices
) -> dict[str, pa.Array]:
    """Return the columns that loads and events have."""
    event_time = TABLES["tag_events"].column("event_time")
    return {
        "tag_id": as_category(np.zeros(len(page), dtype=np.int32), (SHOP_TAG_ID,)),
        "event": as_category(visits.event + 1, _SIGNALS),
        "url": as_category(page, URLS),
        event_time.name: pa.array(visits.event_time).cast(event_time.type),
        "event_source": as_category(event_source, EVENT_SOURCES),
        "ingestion_source": as_category(ingestion_source, INGESTION_SOURCES),
    }


def _product_data(visits: Visits, carts: _Carts, is_worth: Flags) -> dict[str, pa.Array]:
    """Return the product that a page shows, or one of those in the cart; of a category's page the category alone."""
    product = _place(visits.page, f"/product/{FIRST_PRODUCT}", N_PRODUCTS)
    product = np.where(is_worth, carts.product[visits.visit], product)
    shown_category = _place(visits.page, f"/category/{CATEGORIES[0]}", len(CATEGORIES))
    category = np.where(product < 0, shown_category, product % len(CATEGORIES))
    n_pieces = carts.n_pieces[visits.visit]
    ids = [str(FIRST_PRODUCT + number) for number in range(N_PRODUCTS)]
    names = [f"{CATEGORIES[number % len(CATEGORIES)]} no. {number}" for number in range(N_PRODUCTS)]
    return {
        "product_id": _named(product, ids),
        "product_name": _named(product, names),
        "product_category": _named(category, CATEGORIES),
        "product_brand": _named(np.where(product < 0, -1, product % len(BRANDS)), BRANDS),
        "product_variant": _named(np.where(product < 0, -1, product % len(VARIANTS)), VARIANTS),
        "product_price_micros": pa.array(visits.cart_micros // n_pieces // 10_000 * 10_000, mask=~is_worth),
        "product_quantity": pa.array(n_pieces, mask=~is_worth),
    }


def _place(page: Indices, first_page: str, n: int) -> Indices:
    """Return the place of each page among the ``n`` from ``first_page`` on, -1 for another page."""
    place = page - URLS.index(page_url(first_page))
    return np.where((page >= 0) & (place >= 0) & (place < n), place, -1)


def _place_among(page: Indices, first_page: str, values: Sequence[str]) -> pa.DictionaryArray:
    return _named(_place(page, first_page, len(values)), values)


def _named(codes: Indices, values: Sequence[str]) -> pa.DictionaryArray:
    return as_category(codes, tuple(values))


def _as_table(known: dict[str, pa.Array], n: int) -> pa.Table:
    """Put the columns in order; those that nothing is known of hold missing values."""
    schema = TABLES["tag_events"].arrow_schema.remove(0)
    return pa.Table.from_arrays([known.get(field.name, pa.nulls(n, field.type)) for field in schema], schema=schema)
