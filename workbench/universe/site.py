"""The shop's site: its pages, and what is sold there.

Two things about it are as sites often are. The page where one asks for a garden plan has lost its tag, so no load of it
is reported and no lead either; and two pages have the base code alone, so that they are known by their loads only.
"""

from typing import Final

import pyarrow as pa

from workbench.universe.catalogue import SHOP_DOMAIN, SHOP_TAG_ID
from workbench.universe.schema import TABLES

CATEGORIES: Final = ("living-room", "bedroom", "kitchen", "lighting", "garden", "terrace", "tools", "textiles")
QUERIES: Final = ("rattan+chair", "raised+bed", "linen+curtain", "herb+planter", "reading+lamp", "wall+shelf")
VIDEOS: Final = ("planting-a-hedge", "hanging-wallpaper")
BRANDS: Final = ("Hearth & Garden", "Oakline", "Fernwell")
VARIANTS: Final = ("natural", "green", "charcoal")
N_PRODUCTS: Final = 40
FIRST_PRODUCT: Final = 1000

EVENT_PAGES: Final[dict[str, tuple[str, ...]]] = {
    "pagevisit": ("/", *(f"/product/{FIRST_PRODUCT + number}" for number in range(N_PRODUCTS))),
    "viewcategory": tuple(f"/category/{category}" for category in CATEGORIES),
    "search": tuple(f"/search?q={query}" for query in QUERIES),
    "addtocart": ("/cart",),
    "checkout": ("/checkout/confirmation",),
    "signup": ("/account/welcome",),
    "lead": ("/garden-planner/request",),
    "watchvideo": tuple(f"/guides/{video}" for video in VIDEOS),
    "custom": ("/wishlist",),
}
"""Pages by the event that happens on them."""
BASE_CODE_PAGES: Final = ("/delivery", "/about")
UNTAGGED_PAGE: Final = EVENT_PAGES["lead"][0]


def page_url(page: str) -> str:
    """Return the address of a page as the tag reports it."""
    return f"https://{SHOP_DOMAIN}{page}"


URLS: Final = tuple(
    page_url(page) for page in (*(page for pages in EVENT_PAGES.values() for page in pages), *BASE_CODE_PAGES)
)


def site_pages_table() -> pa.Table:
    """Return the pages of the site, as whoever keeps it would list them."""
    columns = {"tag_id": [SHOP_TAG_ID] * len(URLS), "url": list(URLS)}
    return pa.Table.from_pydict(columns, schema=TABLES["site_pages"].arrow_schema)
