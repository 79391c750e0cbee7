"""What drives a ranking: the planted tastes, in numbers that add up."""

from dataclasses import replace

import numpy as np
import pytest

from tests.workbench.actalike.tastes import N_KINDS, N_PEOPLE, N_THINGS, engagements, fans
from workbench.actalike import explain, fit_space, learn_seed


@pytest.fixture(scope="module")
def grouped():
    kinds = np.arange(N_THINGS, dtype=np.int32) % N_KINDS
    kinds[:10] = -1  # things without a kind
    names = tuple(f"kind {kind}" for kind in range(N_KINDS))
    return fit_space(replace(engagements(), group_of_feature=kinds, group_names=names))


def test_the_things_of_a_taste_drive_it(grouped):
    source = fans(4, 80)
    drivers = explain(grouped, learn_seed(grouped, source, "US"), source)
    assert len(drivers) == 10
    assert all(int(driver.name) % N_KINDS == 4 for driver in drivers)
    assert [driver.contribution for driver in drivers] == sorted((d.contribution for d in drivers), reverse=True)
    has = grouped.rows.toarray() > 0
    for driver in drivers:
        assert driver.n_in_source == has[source.indices(), int(driver.name)].sum()
        assert driver.n_in_country == has[:, int(driver.name)].sum()
        assert (driver.n_source, driver.n_country) == (80, N_PEOPLE)
        assert driver.lift == pytest.approx(driver.share_in_source / driver.share_in_country)
        assert driver.lift > 1


def test_an_interest_contributes_what_its_things_do_and_people_count_once(grouped):
    source = fans(4, 80)
    model = learn_seed(grouped, source, "US")
    [first, *_] = explain(grouped, model, source, by_group=True)
    assert first.name == "kind 4"
    things = explain(grouped, model, source, n_drivers=N_THINGS)
    of_kind = [thing.contribution for thing in things if int(thing.name) % N_KINDS == 4 and int(thing.name) >= 10]
    assert first.contribution == pytest.approx(sum(of_kind), rel=1e-3)
    assert 0.5 < first.contribution <= 1.5
    has = grouped.rows.toarray()[:, 14::10].any(axis=1)
    assert first.n_in_country == has.sum()


def test_without_groups_no_group_drives(space):
    source = fans(4, 80)
    assert explain(space, learn_seed(space, source, "US"), source, by_group=True) == ()
