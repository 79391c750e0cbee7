import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.audiences import AudienceStatus, AudienceType, population_delay_hours

LARGEST_DRAW = 1 - 2**-53


@pytest.mark.parametrize(
    ("audience_size", "status"),
    [(None, "INITIALIZING"), (0, "TOO_SMALL"), (99, "TOO_SMALL"), (100, "READY"), (200_000, "READY")],
)
def test_hundred_members_make_an_audience_ready(audience_size, status):
    assert AudienceStatus.of_size(audience_size) == status


@given(st.floats(0, LARGEST_DRAW))
def test_a_list_takes_24_to_48_hours_and_what_the_platform_computes_at_most_24(u):
    assert 24 < population_delay_hours(AudienceType.CUSTOMER_LIST, u) <= 48
    assert 0 < population_delay_hours(AudienceType.VISITOR, u) <= 24
    assert 0 < population_delay_hours(AudienceType.ENGAGEMENT, u) <= 24
    assert population_delay_hours(AudienceType.THIRD_PARTY, u) == 0


def test_the_bounds_of_the_delay_are_reached():
    assert population_delay_hours(AudienceType.CUSTOMER_LIST, 0) == 48
    assert population_delay_hours(AudienceType.CUSTOMER_LIST, LARGEST_DRAW) == pytest.approx(24)


@pytest.mark.parametrize("u", [-0.1, 1, float("nan")])
def test_a_draw_outside_its_range_is_refused(u):
    with pytest.raises(ValueError, match="uniform draw"):
        population_delay_hours(AudienceType.VISITOR, u)
