"""The command line ``python -m workbench``: it assembles the commands and holds none itself."""

import click

from workbench.catalog_commands import catalog_group
from workbench.check import check_command
from workbench.console import CommandLine
from workbench.export_commands import export_group
from workbench.list_commands import list_group
from workbench.tag_commands import tags_command
from workbench.universe.commands import universe_group


@click.group(cls=CommandLine)
@click.version_option(package_name="audience-workbench", prog_name="workbench")
def main() -> None:
    """Check and keep customer lists, keep and export audiences, look at tags and build universes."""


main.add_command(catalog_group)
main.add_command(check_command)
main.add_command(export_group)
main.add_command(list_group)
main.add_command(tags_command)
main.add_command(universe_group)
