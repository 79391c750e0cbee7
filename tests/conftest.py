"""What tests of several packages share."""

import pytest
from hypothesis import settings

from workbench.universe import Universe, build_sample

# How long an example takes says something about the machine, not about the code; benchmarks measure speed.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture(scope="session")
def sample_universe(tmp_path_factory: pytest.TempPathFactory) -> Universe:
    return build_sample(tmp_path_factory.mktemp("universe") / "sample", n_accounts=20_000)
