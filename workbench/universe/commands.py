"""``python -m workbench universe``: make a universe, or look at one."""

import click


@click.group("universe")
def universe_group() -> None:
    """Make the platform's tables, synthetic or from a real engagement log, and look at them."""
