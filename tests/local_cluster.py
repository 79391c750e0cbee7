"""A Dask cluster for tests."""

from pathlib import Path

from distributed import LocalCluster


def new_cluster(n_workers: int, folder: Path) -> LocalCluster:
    """Make a cluster of processes that serve this machine only, at ports that are free, without a dashboard."""
    return LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        local_directory=str(folder),
    )
