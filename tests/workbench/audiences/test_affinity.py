import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaincinv

from tests.workbench.audiences.tiny_universe import N_ACCOUNTS, account_row
from workbench.audiences import Demographics
from workbench.audiences.affinity import (
    demographic_affinity,
    interest_affinity,
    shown_affinity,
    wilson_interval,
)
from workbench.audiences.interests import Interests
from workbench.identity import AccountSet


def test_wilson_interval_as_published():
    # Agresti and Coull, "Approximate Is Better than Exact" (1998): 0 of 10 gives (0, 0.278), 5 of 10 (0.237, 0.763).
    assert wilson_interval(0, 10) == pytest.approx((0.0, 0.2775), abs=5e-4)
    assert wilson_interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=5e-4)


@given(st.integers(100, 5_000), st.floats(0.05, 0.95))
def test_wilson_interval_is_near_the_exact_one(whole, share):
    n = round(whole * share)
    low, high = wilson_interval(n, whole)
    assert low <= n / whole <= high
    exact = betaincinv(n, whole - n + 1, 0.025), betaincinv(n + 1, whole - n, 0.975)
    assert (low, high) == pytest.approx(exact, abs=1.5 / whole)


def everybody():
    return AccountSet.full(N_ACCOUNTS)


@pytest.mark.parametrize("population", [range(N_ACCOUNTS), range(40, 300)])
def test_counts_agree_with_asking_every_account(universe, population):
    members = set(range(0, N_ACCOUNTS, 2))
    found = demographic_affinity(
        AccountSet.from_indices(members, N_ACCOUNTS),
        AccountSet.from_indices(population, N_ACCOUNTS),
        Demographics(universe),
    )
    inside = members & set(population)
    for row in found.itertuples():
        having = {account for account in population if account_row(account)[row.attribute] == row.value}
        assert (row.n_having, row.n_members) == (len(inside & having), len(inside))
        assert (row.n_population_having, row.n_population) == (len(having), len(population))
    assert found.groupby("attribute")["n_population_having"].sum().eq(len(population)).all()


def test_an_index_follows_from_what_is_shown_and_small_counts_have_none():
    sets = {
        "common": AccountSet.from_indices(range(905), 2_000),
        "rare": AccountSet.from_indices(range(1_000, 1_130), 2_000),
        "few": AccountSet.from_indices(range(50), 2_000),
    }
    members = AccountSet.from_indices(range(600, 1_099), 2_000)
    shown = shown_affinity(interest_affinity(members, AccountSet.full(2_000), sets)).set_index("value")
    assert list(shown.index) == ["common", "rare"]  # nobody may see that the population has only 50 of the last
    # 305 of 499 members and 905 of 2,000 others read 300, 490, 900 and 2,000.
    assert shown.loc["common", "index"] == pytest.approx(100 * (300 / 490) / (900 / 2_000))
    low, high = wilson_interval(300, 490)
    assert tuple(shown.loc["common", ["low", "high"]]) == pytest.approx((low / 0.45 * 100, high / 0.45 * 100))
    assert math.isnan(shown.loc["rare", "index"])
    assert (shown.loc["rare", "shown_n_having"], shown.loc["rare", "shown_share"]) == ("< 100", "hidden")


def test_nothing_of_an_audience_that_is_too_small_is_shown():
    members = AccountSet.from_indices(range(99), 2_000)
    shown = shown_affinity(interest_affinity(members, AccountSet.full(2_000), {"all": AccountSet.full(2_000)}))
    assert shown["index"].isna().all()
    assert "99" not in shown.to_string()


def test_interests_agree_with_asking_every_engagement(sample_universe):
    pins = sample_universe.table("pins").to_pandas().set_index("pin_id")["interest"]
    done = sample_universe.table("pin_engagements", ["account", "pin_id"]).to_pandas()
    interest = done["pin_id"].astype(str).map(pins)
    naive = {name: set(np.unique(done.loc[interest == name, "account"])) for name in interest.dropna().unique()}
    interests = Interests(sample_universe)
    assert {name: set(members.indices().tolist()) for name, members in interests.members().items()} == naive
    assert interests.members() is interests.members()


def test_a_universe_without_pins_has_no_interests(universe):
    assert (Interests(universe).members() == {}) is not Interests(universe).are_known
