"""What tests of several packages share."""

import pytest

from workbench.universe import Universe, build_sample


@pytest.fixture(scope="session")
def sample_universe(tmp_path_factory: pytest.TempPathFactory) -> Universe:
    return build_sample(tmp_path_factory.mktemp("universe") / "sample", n_accounts=20_000)
