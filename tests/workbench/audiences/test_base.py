import pytest

from workbench.audiences import AudienceStatus


@pytest.mark.parametrize(
    ("audience_size", "status"),
    [(None, "INITIALIZING"), (0, "TOO_SMALL"), (99, "TOO_SMALL"), (100, "READY"), (200_000, "READY")],
)
def test_hundred_members_make_an_audience_ready(audience_size, status):
    assert AudienceStatus.of_size(audience_size) == status
