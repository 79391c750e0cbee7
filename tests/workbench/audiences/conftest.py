import pytest

from tests.workbench.audiences.tiny_universe import write_universe
from workbench.universe import Universe


@pytest.fixture(scope="session")
def universe(tmp_path_factory) -> Universe:
    return write_universe(tmp_path_factory.mktemp("universe") / "tiny")
