"""Two advertisers, a private person's pins, and engagement with all of it."""

from datetime import timedelta

from tests.workbench.audiences.tiny_universe import AS_OF
from workbench.universe.schema import ENGAGEMENT_ACTIONS

OWN, OTHER = "701", "702"
INSTANT = timedelta(microseconds=1)
CATALOGUE = {
    "pins": [
        {"pin_id": "901", "ad_account_id": OWN, "domain": "own.example"},
        {"pin_id": "902", "ad_account_id": OWN, "domain": "own.example"},
        {"pin_id": "903", "ad_account_id": OWN, "domain": None},
        {"pin_id": "904", "ad_account_id": OTHER, "domain": "other.example"},
        {"pin_id": "905", "ad_account_id": None, "domain": "WWW.own.example"},
        {"pin_id": "906", "ad_account_id": None, "domain": None},
    ],
    "ads": [
        {"ad_id": "651", "ad_account_id": OWN, "campaign_id": "601", "pin_id": "901"},
        {"ad_id": "652", "ad_account_id": OWN, "campaign_id": "602", "pin_id": "903"},
        {"ad_id": "653", "ad_account_id": OTHER, "campaign_id": "603", "pin_id": "904"},
    ],
    "campaigns": [
        {"campaign_id": "601", "ad_account_id": OWN, "name": "a", "objective_type": "AWARENESS"},
        {"campaign_id": "602", "ad_account_id": OWN, "name": "b", "objective_type": "WEB_CONVERSION"},
        {"campaign_id": "603", "ad_account_id": OTHER, "name": "c", "objective_type": "AWARENESS"},
    ],
    "claimed_domains": [
        {"ad_account_id": OWN, "domain": "own.example"},
        {"ad_account_id": OTHER, "domain": "other.example"},
    ],
    "ad_accounts": [
        {"ad_account_id": OWN, "country": "US", "currency": "USD", "time_zone": "America/New_York"},
        {"ad_account_id": OTHER, "country": "NL", "currency": "EUR", "time_zone": None},
    ],
}


def engagement(account, pin_id, action="save", *, age=timedelta(days=1), ad_id=None):
    return {"account": account, "pin_id": pin_id, "action": action, "event_time": AS_OF - age, "ad_id": ad_id}


def generated_engagements():
    """Spread pins, actions and ages, the edges of a 30-day window among them; promoted pins are met both ways."""
    ad_of_pin = {row["pin_id"]: row["ad_id"] for row in CATALOGUE["ads"]}
    pins = [row["pin_id"] for row in CATALOGUE["pins"]]
    edges = [timedelta(days=30), timedelta(days=30) + INSTANT, timedelta(0), -INSTANT]
    ages = [timedelta(hours=9 * n) for n in range(90)] + edges
    return [
        engagement(
            n % 97,
            pins[n % 6],
            ENGAGEMENT_ACTIONS[n // 6 % 5],
            age=ages[n % len(ages)],
            ad_id=ad_of_pin.get(pins[n % 6]) if n % 7 < 3 else None,
        )
        for n in range(1_200)
    ]
