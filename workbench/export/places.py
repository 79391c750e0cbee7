"""Where people are, as the API spells it: countries, metro areas of the United States, regions and postal codes."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator

# fmt: off
COUNTRIES: Final = frozenset({
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA", "BB",
    "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV", "BW", "BY",
    "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX",
    "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK",
    "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS",
    "GT", "GU", "GW", "GY", "HK", "HM", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR",
    "IS", "IT", "JE", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KR", "KW", "KY", "KZ", "LA", "LB",
    "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK", "ML",
    "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE", "NF",
    "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM", "PN",
    "PR", "PS", "PT", "PW", "PY", "QA", "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG", "SH",
    "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG",
    "TH", "TJ", "TK", "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY", "UZ",
    "VA", "VC", "VE", "VG", "VI", "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW",
})
# fmt: on
"""ISO 3166-1 alpha-2, as far as the API has it."""

UNITED_STATES: Final = "US"

_METRO: Final = re.compile(r"[5-8][0-9]{2}")
_GEO: Final = re.compile(r"([A-Z]{2})-[A-Z0-9][A-Z0-9 -]{0,9}")
_LONGEST_REGION: Final = len("US-") + 3


def _checked_country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError("expected a country as two capitals of ISO 3166-1, such as US, got another text (Q25)")
    return code


def _checked_location(code: str) -> str:
    if code not in COUNTRIES and not _METRO.fullmatch(code):
        raise ValueError(
            "expected countries as two capitals of ISO 3166-1 such as US, or the three digits of a Nielsen metro area "
            "(DMA) of the United States such as 807, got another text; a region or postal code belongs into GEO (P7)"
        )
    return code


def _checked_geo(code: str) -> str:
    found = _GEO.fullmatch(code)
    if not found or found[1] not in COUNTRIES:
        raise ValueError(
            "expected regions such as BE-VOV or postal codes such as US-94107, got another text; a country belongs "
            "into LOCATION (P7)"
        )
    return code


Country = Annotated[str, AfterValidator(_checked_country)]
Location = Annotated[str, AfterValidator(_checked_location)]
Geo = Annotated[str, AfterValidator(_checked_geo)]


def is_postal(code: str) -> bool:
    """Tell whether a code of GEO is a postal code, such as US-94107: those of regions are shorter (ISO 3166-2)."""
    return len(code) > _LONGEST_REGION


def is_american(code: str) -> bool:
    """Tell whether a code of LOCATION or GEO lies in the United States."""
    return code == UNITED_STATES or bool(_METRO.fullmatch(code)) or code.startswith(f"{UNITED_STATES}-")
