"""Where the platform offers ads, and what a viewer elsewhere is told.

The help page greets a viewer from a region without ads with a notice and a pointer to the list of places. The API's own
enum of countries holds every country there is, so it does not say where ads are offered.
"""

from collections.abc import Collection
from typing import Final

# fmt: off
AD_COUNTRIES: Final = frozenset({
    "AR", "AT", "AU", "BE", "BR", "CA", "CH", "CL", "CO", "CY", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "GR", "HU",
    "IE", "IT", "JP", "LU", "MT", "MX", "NL", "NO", "NZ", "PL", "PT", "RO", "SE", "SK", "US",
})
# fmt: on
"""Countries in which ads can be shown, ISO 3166-1 alpha-2. An illustrative list: the platform changes its own, so check
it before you rely on it, and hand another one to `region_notice` where yours differs."""


def region_notice(country: str, ad_countries: Collection[str] = AD_COUNTRIES) -> str:
    """Return the notice for a viewer, or about people, in a country.

    Parameters
    ----------
    country : str
        ISO 3166-1 alpha-2, in capitals.
    ad_countries : collection of str
        Where ads are offered.

    Returns
    -------
    str
        Empty where ads are offered.
    """
    if country in ad_countries:
        return ""
    return f"Ads are not offered in {country} yet; they are in {', '.join(sorted(ad_countries))}."
