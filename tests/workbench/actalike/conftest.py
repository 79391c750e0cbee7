import pytest

from tests.workbench.actalike import tastes
from workbench.actalike import ActalikeSpace


@pytest.fixture(scope="session")
def space() -> ActalikeSpace:
    return tastes.space()


@pytest.fixture(scope="session")
def two_countries() -> ActalikeSpace:
    return tastes.space(n_countries=2)
