"""When an audience is counted: the help page's bounds, whatever is drawn."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.audiences import AudienceStatus, AudienceType, population_delay_hours
from workbench.audiences.lifecycle import populated_at, status_at

LARGEST_DRAW = 1 - 2**-53
CREATED = datetime(2026, 11, 1, tzinfo=UTC)
draws = st.floats(0, LARGEST_DRAW)
MINUTE = timedelta(minutes=1)


@given(draws)
def test_a_list_takes_24_to_48_hours_and_what_the_platform_computes_at_most_24(u):
    assert 24 < population_delay_hours(AudienceType.CUSTOMER_LIST, u) <= 48
    assert 0 < population_delay_hours(AudienceType.VISITOR, u) <= 24
    assert 0 < population_delay_hours(AudienceType.ENGAGEMENT, u) <= 24
    assert 0 < population_delay_hours(AudienceType.ACTALIKE, u) <= 24
    assert population_delay_hours(AudienceType.THIRD_PARTY, u) == 0
    assert population_delay_hours(AudienceType.COMBINATION, u) == 0


def test_the_bounds_of_the_delay_are_reached():
    assert population_delay_hours(AudienceType.CUSTOMER_LIST, 0) == 48
    assert population_delay_hours(AudienceType.CUSTOMER_LIST, LARGEST_DRAW) == pytest.approx(24)
    assert population_delay_hours(AudienceType.ACTALIKE, 0, source_delay_hours=30) == 72


@pytest.mark.parametrize("u", [-0.1, 1, float("nan")])
def test_a_draw_outside_its_range_is_refused(u):
    with pytest.raises(ValueError, match="uniform draw"):
        population_delay_hours(AudienceType.VISITOR, u)


@given(draws)
def test_golden_check_4_a_list_is_unknown_at_23_h_59_and_known_by_48_h(u):
    counted = populated_at(AudienceType.CUSTOMER_LIST, CREATED, u)
    assert status_at(CREATED + timedelta(hours=24) - MINUTE, counted, 500) is AudienceStatus.INITIALIZING
    assert status_at(CREATED + timedelta(hours=48), counted, 500) is AudienceStatus.READY
    assert status_at(CREATED + timedelta(hours=48), counted, 99) is AudienceStatus.TOO_SMALL


@given(st.sampled_from([AudienceType.VISITOR, AudienceType.ENGAGEMENT, AudienceType.ACTALIKE]), draws)
def test_golden_check_4_what_the_platform_computes_is_known_by_24_h(audience_type, u):
    old = [CREATED - MINUTE] if audience_type is AudienceType.ACTALIKE else []
    counted = populated_at(audience_type, CREATED, u, sources_populated_at=old)
    assert CREATED <= counted <= CREATED + timedelta(hours=24)


@given(draws, draws, st.timedeltas(timedelta(0), timedelta(hours=24) - MINUTE))
def test_golden_check_4_an_actalike_on_a_new_source_is_known_by_72_h_and_never_before_it(u, source_u, later):
    source = populated_at(AudienceType.CUSTOMER_LIST, CREATED, source_u)
    counted = populated_at(AudienceType.ACTALIKE, CREATED + later, u, sources_populated_at=[source])
    assert source <= counted <= CREATED + later + timedelta(hours=72)


@given(draws, st.lists(st.timedeltas(-timedelta(days=9), timedelta(days=9)), max_size=3))
def test_a_combination_is_counted_the_moment_its_last_source_is(u, sources):
    counted = populated_at(
        AudienceType.COMBINATION, CREATED, u, sources_populated_at=[CREATED + source for source in sources]
    )
    assert counted == max([CREATED, *(CREATED + source for source in sources)])
