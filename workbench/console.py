"""How both command lines speak: one sentence for a refusal, JSON for scripts, tables and a bar for people.

The rules are the same for every command. Answers go to stdout and everything about the work itself to stderr. Exit code
0 means done, 2 means refused with one sentence on stderr and nothing on stdout. Under ``--json`` stdout holds one JSON
document and not a byte more.
"""

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import click

from workbench.errors import WorkbenchError
from workbench.progress import Progress, ignore_progress

if TYPE_CHECKING:
    import pandas as pd

REFUSED = 2
NOTHING = "\N{EN DASH}"  # how a missing value is shown
INTERRUPTED = 130  # what a shell reports for a program stopped by Ctrl-C: 128 + SIGINT

F = TypeVar("F", bound=Callable[..., Any])


class CommandLine(click.Group):
    """A command group that turns every refusal into exit code 2 and a single sentence on stderr.

    Bad input (any `WorkbenchError`) and bad usage (an unknown option, a missing argument) read the same. Whatever else
    goes wrong is a fault of the program and keeps its traceback.
    """

    def main(self, *args: Any, standalone_mode: bool = True, **kwargs: Any) -> Any:
        """Run the command line; see `click.Command.main` for the arguments."""
        run: Callable[..., Any] = super().main
        if not standalone_mode:
            return run(*args, standalone_mode=False, **kwargs)
        try:
            exit_code = run(*args, standalone_mode=False, **kwargs)
        except click.exceptions.NoArgsIsHelpError as wish_for_help:
            wish_for_help.show()
            sys.exit(REFUSED)
        except (WorkbenchError, click.ClickException) as refusal:
            click.echo(_sentence(refusal), err=True)
            sys.exit(REFUSED)
        except click.Abort:
            click.echo("Stopped before the end; nothing half-written was left.", err=True)
            sys.exit(INTERRUPTED)
        sys.exit(exit_code if isinstance(exit_code, int) else 0)


def json_option(command: F) -> F:
    """Give a command the option ``--json``, passed to it as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout, nothing else.")(
        command
    )


def print_json(payload: Mapping[str, object]) -> None:
    """Print the one JSON document of a command.

    Parameters
    ----------
    payload : mapping
        Plain values, NumPy scalars, dates and paths; NaN is refused because JSON has no such number.
    """
    click.echo(json.dumps(payload, indent=2, allow_nan=False, default=_plain))


def print_table(rows: "pd.DataFrame | Sequence[Mapping[str, object]]", title: str | None = None) -> None:
    """Print a table on stdout; numbers stand on the right, and nothing in a cell is taken for markup.

    Parameters
    ----------
    rows : DataFrame or sequence of mappings
        One mapping per row, all with the same keys in the same order.
    title : str, optional
        Line above the table.
    """
    from rich import box  # imported late: a script that wants JSON does not wait for it
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    records = _records(rows)
    if not records:
        click.echo(f"{title or 'Rows'}: none")
        return
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in records[0]:
        is_number = all(_is_number(record[name]) for record in records)
        table.add_column(str(name), justify="right" if is_number else "left", overflow="fold")
    for record in records:
        table.add_row(*(Text(_cell(value)) for value in record.values()))
    # A pipe has no width; without one rich would fold at 80 columns and break what reads the text.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160)
    console.print(table)


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Show how far long work is, on stderr.

    Nothing is shown when stderr is not a terminal, or when the running command was given ``--json``.

    Parameters
    ----------
    title : str
        What is being done, such as "Reading the list".

    Yields
    ------
    Progress
        The callback to hand to the work as ``on_progress``.
    """
    context = click.get_current_context(silent=True)
    is_json = bool(context and context.params.get("as_json"))
    if is_json or not sys.stderr.isatty():
        yield ignore_progress
        return

    from rich.console import Console
    from rich.progress import Progress as RichProgress

    with RichProgress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def show(n_done: int, n_total: int, /) -> None:
            bar.update(task, completed=n_done, total=n_total)

        yield show


def _sentence(refusal: WorkbenchError | click.ClickException) -> str:
    if not isinstance(refusal, click.ClickException):
        return " ".join(str(refusal).split())
    message = " ".join(refusal.format_message().split()).removesuffix(".")
    context = getattr(refusal, "ctx", None)
    return f"{message}; try '{context.command_path} --help'." if context else f"{message}."


def _plain(value: object) -> object:
    if hasattr(value, "item"):  # NumPy scalars
        return value.item()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _records(rows: "pd.DataFrame | Sequence[Mapping[str, object]]") -> Sequence[Mapping[str, object]]:
    if isinstance(rows, Sequence):
        return rows
    return [{str(name): value for name, value in record.items()} for record in rows.to_dict("records")]


def _is_number(value: object) -> bool:
    return value is None or (hasattr(value, "__float__") and not isinstance(value, (str, bool)))


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "__index__"):
        return f"{value:,}"
    if hasattr(value, "__float__"):
        return f"{float(value):,.4g}" if abs(float(value)) < 1000 else f"{float(value):,.2f}"
    return str(value)
