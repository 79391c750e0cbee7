"""What every table of a universe holds: the contract between whoever makes the tables and whoever reads them.

A universe is a folder with one Parquet file per table and a ``universe.json``. This module says which tables there are,
which columns they have, of which Arrow type, in which range, and what a value means; ``data/README.md`` says the same
for people, and a test keeps the two in step. A file may leave out columns whose values may be missing: then all of them
are. How files are checked against it is `workbench.universe.validation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

import pyarrow as pa

DESCRIPTION_FILE: Final = "universe.json"
DIRECTORY_FOLDER: Final = "directory"
ADDITIONS_FOLDER: Final = "additions"
FORMAT_VERSION: Final = 1

AGE_BUCKETS: Final = ("18-24", "25-34", "35-44", "45-49", "50-54", "55-64", "65+")
GENDERS: Final = ("female", "male", "unknown")
DEVICES: Final = ("android_mobile", "android_tablet", "ipad", "iphone", "web", "web_mobile")
TAG_EVENTS: Final = (
    "pagevisit",
    "signup",
    "checkout",
    "viewcategory",
    "search",
    "addtocart",
    "watchvideo",
    "lead",
    "custom",
)
"""What the event code of a tag reports, spelled as in audience rules."""
PAGE_LOAD: Final = "pageload"
"""What the base code of a tag reports, from every page it is on; no rule asks for it by name."""
EVENT_SOURCES: Final = ("web", "mobile", "offline")
INGESTION_SOURCES: Final = ("tag", "mmp", "file_upload", "conversions_api")
ENGAGEMENT_ACTIONS: Final = ("pin_click", "outbound_click", "save", "comment", "video_view")
ENGAGER_TYPES: Final = ("any", "optimised")
OBJECTIVE_TYPES: Final = ("AWARENESS", "CONSIDERATION", "WEB_CONVERSION", "CATALOG_SALES", "VIDEO_COMPLETION")
IDENTIFIER_KINDS: Final = ("EMAIL", "MAID")
DATA_FEE_RATE_BP_MAX: Final = 10_000
INT32_MAX: Final = 2**31 - 1
ACTIVITY_MAX: Final = 1_000_000
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""No event is outside these: a time that is was written in another unit."""

CATEGORY: Final = pa.dictionary(pa.int32(), pa.string())
"""Text that repeats: stored once per value, and a pandas categorical when read."""
TEXT: Final = pa.string()
INSTANT: Final = pa.timestamp("us", tz="UTC")
ID_PATTERN: Final = "[0-9]+"


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        Column name in the Parquet file.
    type : pyarrow.DataType
        Type readers get; a file may hold another one that casts to it without loss.
    meaning : str
        What a value says, with its unit.
    is_nullable : bool
        Whether a value may be missing, and with all of them the column (but never that of accounts).
    values : tuple of str, optional
        The only values allowed.
    minimum, maximum : int, float or datetime, optional
        Least and greatest value allowed.
    pattern : str, optional
        Regular expression every text matches in full.
    is_account : bool
        Whether it holds account indices, so that its greatest value is ``n_accounts - 1``.
    """

    name: str
    type: pa.DataType
    meaning: str
    is_nullable: bool = False
    values: tuple[str, ...] | None = None
    minimum: float | datetime | None = None
    maximum: float | datetime | None = None
    pattern: str | None = None
    is_account: bool = False


@dataclass(frozen=True)
class Table:
    """One table of a universe.

    Parameters
    ----------
    name : str
        Table name; its file is ``<name>.parquet``.
    meaning : str
        What a row is.
    columns : tuple of Column
        In the order they are written and read.
    is_required : bool
        Whether a universe without it is refused; without an optional one, only what needs it is refused.
    key : str, optional
        Column that no two rows share.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    is_required: bool = False
    key: str | None = None

    @property
    def file_name(self) -> str:
        """Name of the table's file inside the folder of the universe."""
        return f"{self.name}.parquet"

    @property
    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema readers get."""
        return pa.schema([pa.field(column.name, column.type, column.is_nullable) for column in self.columns])

    def column(self, name: str) -> Column:
        """Return the column called ``name``; KeyError when there is none."""
        return {column.name: column for column in self.columns}[name]


def _account(meaning: str, *, is_nullable: bool = False) -> Column:
    return Column(
        "account", pa.int32(), meaning, minimum=0, maximum=INT32_MAX, is_account=True, is_nullable=is_nullable
    )


def _event_time(meaning: str) -> Column:
    return Column("event_time", INSTANT, meaning, minimum=EARLIEST, maximum=LATEST)


def _id(name: str, meaning: str, *, is_nullable: bool = False) -> Column:
    return Column(name, CATEGORY, meaning, is_nullable=is_nullable, pattern=ID_PATTERN)


def _text_id(name: str, meaning: str, *, is_nullable: bool = False) -> Column:
    return Column(name, TEXT, meaning, is_nullable=is_nullable, pattern=ID_PATTERN)


def _micros(name: str, meaning: str) -> Column:
    return Column(name, pa.int64(), meaning, is_nullable=True, minimum=0)


def _quantity(name: str, meaning: str) -> Column:
    return Column(name, pa.int32(), meaning, is_nullable=True, minimum=0, maximum=INT32_MAX)


def _event_datum(name: str, meaning: str) -> Column:
    return Column(name, CATEGORY, meaning, is_nullable=True)


_ACCOUNTS = Table(
    "accounts",
    "One account of the platform per row; the row number is the account.",
    (
        _account("Index of the account: 0 in the first row, 1 in the second, …"),
        Column("country", CATEGORY, "Country, ISO 3166-1 alpha-2", pattern="[A-Z]{2}"),
        Column("region", CATEGORY, "Subdivision, ISO 3166-2, such as US-CA", is_nullable=True, pattern="[A-Z]{2}-.+"),
        Column("age_bucket", CATEGORY, "Age in years, the platform's buckets", values=AGE_BUCKETS),
        Column("gender", CATEGORY, "Gender the account states", values=GENDERS),
        Column(
            "device", CATEGORY, "Where the account mostly uses the platform (targeting key APPTYPE)", values=DEVICES
        ),
        Column(
            "activity",
            pa.float32(),
            "Relative frequency of ad opportunities; the mean is 1",
            minimum=0,
            maximum=ACTIVITY_MAX,
        ),
    ),
    is_required=True,
)
_IDENTIFIERS = Table(
    "identifiers",
    "One e-mail address or Android advertising id of an account per row, as digests only.",
    (
        _account("Account the identifier belongs to"),
        Column("identifier_kind", CATEGORY, "EMAIL, or MAID for an Android advertising id", values=IDENTIFIER_KINDS),
        Column("md5", pa.binary(16), "MD5 of the canonical identifier"),
        Column(
            "sha1",
            pa.binary(20),
            "SHA-1 of it; without one, SHA-1 records do not match (of e-mails only the API takes them)",
            is_nullable=True,
        ),
        Column("sha256", pa.binary(32), "SHA-256 of it"),
    ),
    is_required=True,
)
_TAG_EVENTS = Table(
    "tag_events",
    "One event that an advertiser's tag reported from its site per row.",
    (
        _account("Account the visitor was recognised as; none for a visitor who was not", is_nullable=True),
        _id("tag_id", "Tag that fired (the API's visitor_source_id)"),
        Column(
            "event",
            CATEGORY,
            "What happened, spelled as in audience rules; pageload is the base code, the others are event codes",
            values=(*TAG_EVENTS, PAGE_LOAD),
        ),
        Column("url", CATEGORY, "Page it happened on", is_nullable=True),
        _event_time("When it happened"),
        _micros("value_micros", "Value of the cart or order, micro-currency"),
        Column("currency", CATEGORY, "Currency of the value, ISO 4217", is_nullable=True, pattern="[A-Z]{3}"),
        Column("event_source", CATEGORY, "Where it happened", is_nullable=True, values=EVENT_SOURCES),
        Column(
            "ingestion_source", CATEGORY, "How the platform heard of it", is_nullable=True, values=INGESTION_SOURCES
        ),
        Column("order_id", TEXT, "Number of the order, the advertiser's own", is_nullable=True),
        _quantity("order_quantity", "Pieces in the cart or order"),
        _event_datum("page_name", "Name of the page"),
        _event_datum("promo_code", "Promotion that was used"),
        _event_datum("property", "What the advertiser calls the site or shop"),
        _event_datum("search_query", "What was searched for"),
        _event_datum("video_title", "Video that was watched"),
        _event_datum("lead_type", "Kind of lead"),
        _event_datum("product_id", "Product it was about, the advertiser's own number"),
        _event_datum("product_name", "Name of the product"),
        _event_datum("product_category", "Category of the product"),
        _event_datum("product_brand", "Brand of the product"),
        _event_datum("product_variant", "Variant of the product, such as red"),
        _event_datum("product_variant_id", "Number of the variant"),
        _micros("product_price_micros", "Price of one piece, micro-currency"),
        _quantity("product_quantity", "Pieces of the product"),
    ),
)
_SITE_PAGES = Table(
    "site_pages",
    "One page of a site that a tag belongs on per row, whether or not the tag is there.",
    (_text_id("tag_id", "Tag of the site"), Column("url", TEXT, "Page, spelled as the tag reports it")),
)
_PIN_ENGAGEMENTS = Table(
    "pin_engagements",
    "One thing an account did with a pin per row.",
    (
        _account("Account that did it"),
        _id("pin_id", "Pin it was done with"),
        Column("action", CATEGORY, "What was done", values=ENGAGEMENT_ACTIONS),
        _event_time("When it was done"),
        _id("ad_id", "Ad it was done through; none when the pin was met without one (organic)", is_nullable=True),
    ),
)
_ENGAGEMENT_ACTIONS = Table(
    "engagement_actions",
    "One action that makes an engagement audience of one type, from some time on until a later version, per row.",
    (
        Column(
            "valid_from",
            INSTANT,
            "When the version it belongs to came into force; rows of one time are one version",
            minimum=EARLIEST,
            maximum=LATEST,
        ),
        Column("engager_type", TEXT, "Type of engagement audience", values=ENGAGER_TYPES),
        Column("action", TEXT, "What has to be done", values=ENGAGEMENT_ACTIONS),
    ),
)
_PINS = Table(
    "pins",
    "One pin per row.",
    (
        _text_id("pin_id", "Id of the pin"),
        _text_id("ad_account_id", "Ad account that published it; none for a pin of a private person", is_nullable=True),
        Column("domain", TEXT, "Site it links to", is_nullable=True),
        Column("interest", TEXT, "Interest it belongs to", is_nullable=True),
    ),
    key="pin_id",
)
_ADS = Table(
    "ads",
    "One ad, a pin promoted in a campaign, per row.",
    (
        _text_id("ad_id", "Id of the ad"),
        _text_id("ad_account_id", "Ad account that made it"),
        _text_id("campaign_id", "Campaign it belongs to"),
        _text_id("pin_id", "Pin it promotes"),
    ),
    key="ad_id",
)
_AD_ACCOUNTS = Table(
    "ad_accounts",
    "One ad account per row.",
    (
        _text_id("ad_account_id", "Id of the ad account"),
        Column("country", TEXT, "Country it advertises from, ISO 3166-1 alpha-2", pattern="[A-Z]{2}"),
        Column("currency", TEXT, "Currency it pays in, ISO 4217", pattern="[A-Z]{3}"),
        Column("time_zone", TEXT, "Its time zone, a name of the IANA database; UTC when missing", is_nullable=True),
    ),
    key="ad_account_id",
)
_CAMPAIGNS = Table(
    "campaigns",
    "One campaign per row.",
    (
        _text_id("campaign_id", "Id of the campaign"),
        _text_id("ad_account_id", "Ad account that made it"),
        Column("name", TEXT, "Name of the campaign"),
        Column("objective_type", TEXT, "What it is for", values=OBJECTIVE_TYPES),
    ),
    key="campaign_id",
)
_CLAIMED_DOMAINS = Table(
    "claimed_domains",
    "One site that an ad account has claimed as its own per row.",
    (_text_id("ad_account_id", "Ad account"), Column("domain", TEXT, "Site it claimed")),
)
_SEGMENTS = Table(
    "segments",
    "One third-party segment of a data provider's catalogue per row.",
    (
        _text_id("segment_id", "Id of the segment"),
        Column("name", TEXT, "Name of the segment"),
        Column("provider", TEXT, "Who offers it"),
        Column("description", TEXT, "Who is in it"),
        Column(
            "data_fee_rate_bp",
            pa.int32(),
            "Data fee, basis points of the auction price",
            minimum=0,
            maximum=DATA_FEE_RATE_BP_MAX,
        ),
        Column("country", TEXT, "Where it can be used; third-party data is offered in the US only", values=("US",)),
    ),
    key="segment_id",
)
_SEGMENT_RECORDS = Table(
    "segment_records",
    "One record of a provider's segment file per row: a person who may or may not have an account.",
    (
        _id("segment_id", "Segment the person is in"),
        Column("identifier_kind", CATEGORY, "EMAIL, or MAID for an Android advertising id", values=IDENTIFIER_KINDS),
        Column("sha256", pa.binary(32), "SHA-256 of the canonical identifier"),
    ),
)

TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {
        table.name: table
        for table in (
            _ACCOUNTS,
            _IDENTIFIERS,
            _TAG_EVENTS,
            _SITE_PAGES,
            _PIN_ENGAGEMENTS,
            _ENGAGEMENT_ACTIONS,
            _PINS,
            _ADS,
            _AD_ACCOUNTS,
            _CAMPAIGNS,
            _CLAIMED_DOMAINS,
            _SEGMENTS,
            _SEGMENT_RECORDS,
        )
    }
)
"""Every table of a universe by name, in reading order."""

GROWING_TABLES: Final = ("tag_events", "pin_engagements")
"""The tables to which new events are added; a file of their own each time, so that nothing is written anew."""
