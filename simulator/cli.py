"""The command line ``python -m simulator``: it assembles the commands and holds none itself."""

import click

from simulator.answer_commands import answer_command
from simulator.calibration_commands import back_test_command, calibrate_command
from simulator.commands import compare_command, demo_command, run_command, scenario_group
from simulator.sweep_commands import sweep_command
from workbench.console import CommandLine


@click.group(cls=CommandLine)
@click.version_option(package_name="audience-workbench", prog_name="simulator")
def main() -> None:
    """Simulate campaigns and ask what if, from a terminal or a script."""


main.add_command(run_command)
main.add_command(compare_command)
main.add_command(sweep_command)
main.add_command(answer_command)
main.add_command(scenario_group)
main.add_command(demo_command)
main.add_command(calibrate_command)
main.add_command(back_test_command)
