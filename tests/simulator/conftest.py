import pytest

from workbench.universe import Universe, build_sample


@pytest.fixture(scope="session")
def small_universe(tmp_path_factory: pytest.TempPathFactory) -> Universe:
    return build_sample(tmp_path_factory.mktemp("universe") / "small", n_accounts=600)
