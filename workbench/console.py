"""How both command lines speak: one sentence for a refusal, JSON for scripts, tables and a bar for people.

The rules are the same for every command. Answers go to stdout and everything about the work itself to stderr. Exit code
0 means done, 2 means refused with one sentence on stderr and nothing on stdout. Under ``--json`` stdout holds one JSON
document and not a byte more.

What is printed was often named by somebody else: a file, a scenario, a segment. Nothing in such a name is taken for
markup, and a character that a terminal would act upon instead of showing it is replaced.
"""

import io
import json
import math
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

import click

from workbench.errors import WorkbenchError
from workbench.progress import Progress, ignore_progress

if TYPE_CHECKING:
    import pandas as pd

REFUSED = 2
NOTHING = "\N{EN DASH}"  # how a missing value is shown
INTERRUPTED = 130  # what a shell reports for a program stopped by Ctrl-C: 128 + SIGINT
TERMINATED = 143  # and for one that was asked to end: 128 + SIGTERM

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
        _print_any_text()
        try:
            with _ending_when_asked():
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
        except OSError as error:
            # Files are opened by name and their errors hold it: one without is about the stream that is written to.
            if error.errno is None or error.filename is not None:
                raise
            _drop_unprinted()
            reason = os.strerror(error.errno).lower()
            click.echo(f"expected to print the answer, but the system refused ({reason}); send it elsewhere", err=True)
            sys.exit(REFUSED)
        sys.exit(exit_code if isinstance(exit_code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; Ctrl-C is reported by `main`, without the empty line that click would print first."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.Abort from None


class NamedPath(click.Path):
    """A path on the command line, as `pathlib.Path`; an empty name is refused instead of taken for this folder.

    Parameters
    ----------
    meaning : str
        What the path leads to, for the refusal, such as "the folder of a universe".
    """

    def __init__(self, meaning: str) -> None:
        super().__init__(path_type=Path)
        self._meaning = meaning

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path that was named; see `click.ParamType.convert` for the arguments."""
        if value == "":
            self.fail(f"expected {self._meaning}, got an empty name", param, ctx)
        return super().convert(value, param, ctx)


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


def print_line(text: str) -> None:
    """Print a line on stdout, whatever names are in it: it stays one line and cannot act upon the terminal."""
    click.echo(printable(text))


def print_notes(warnings: Iterable[str]) -> None:
    """Print what a reader should know, one line each, on stdout."""
    for warning in warnings:
        print_line(f"Note: {warning}")


def printable(text: str) -> str:
    """Return a text without what a terminal would act upon: white space is a blank, an invisible character is shown.

    Parameters
    ----------
    text : str
        Any text, such as a file name.

    Returns
    -------
    str
        One line; ``�`` stands for each character that cannot be printed.
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else " " if letter.isspace() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def print_table(rows: "pd.DataFrame | Sequence[Mapping[str, object]]", title: str | None = None) -> None:
    """Print a table on stdout; numbers stand on the right, and nothing in it is taken for markup.

    Parameters
    ----------
    rows : DataFrame or sequence of mappings
        One mapping per row, all with the same keys in the same order. Two columns may have one name.
    title : str, optional
        Line above the table.
    """
    from rich import box  # imported late: a script that wants JSON does not wait for it
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    names, records = _names_and_records(rows)
    if not records:
        print_line(f"{title or 'Rows'}: none")
        return
    heading = None if title is None else Text(printable(title), style="table.title")
    table = Table(title=heading, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name, values in zip(names, zip(*records, strict=True), strict=True):
        justify: Literal["left", "right"] = "right" if all(map(_is_number, values)) else "left"
        table.add_column(Text(printable(name)), justify=justify, overflow="fold")
    for record in records:
        table.add_row(*(Text(_cell(value)) for value in record))
    # A pipe has no width; without one rich would fold at 80 columns and break what reads the text.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160)
    console.print(table)


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Show how far long work is, on stderr, and when it waits for its kernels to be compiled, once on a machine.

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

    from workbench.jit import COMPILING, telling_of_compilation

    with RichProgress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def show(n_done: int, n_total: int, /) -> None:
            bar.update(task, completed=n_done, total=n_total)

        def show_compiling(is_compiling: bool) -> None:
            bar.update(task, description=f"{title} ({COMPILING})" if is_compiling else title)

        with telling_of_compilation(show_compiling):
            yield show


def _print_any_text() -> None:
    """Have a character that the streams' encoding lacks printed as a question mark instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a notebook's is none, and takes any text
            stream.reconfigure(errors="replace")


@contextmanager
def _ending_when_asked() -> Iterator[None]:
    """While inside, SIGTERM ends the program the long way round, so that half-built files are removed."""
    try:
        is_default = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        if is_default:
            signal.signal(signal.SIGTERM, _end)
    except ValueError:  # not the main thread: signals are somebody else's affair
        is_default = False
    try:
        yield
    finally:
        if is_default:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(signal_number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(signal_number, signal.SIG_IGN)  # asked twice, it still cleans up
    raise SystemExit(TERMINATED)


def _drop_unprinted() -> None:
    """Send what is left of the answer nowhere if it cannot be printed, lest the interpreter try again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _sentence(refusal: WorkbenchError | click.ClickException) -> str:
    if not isinstance(refusal, click.ClickException):
        return printable(" ".join(str(refusal).split()))
    message = printable(" ".join(refusal.format_message().split())).removesuffix(".")
    context = getattr(refusal, "ctx", None)
    return f"{message}; try '{context.command_path} --help'." if context else f"{message}."


def _plain(value: object) -> object:
    if hasattr(value, "item"):  # NumPy scalars
        return value.item()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _names_and_records(
    rows: "pd.DataFrame | Sequence[Mapping[str, object]]",
) -> tuple[list[str], list[tuple[object, ...]]]:
    """Return the names of the columns, and the values of each row by position: a name need not be unique."""
    if isinstance(rows, Sequence):
        return [str(name) for name in rows[0]] if rows else [], [tuple(row.values()) for row in rows]
    return [str(name) for name in rows.columns], list(rows.itertuples(index=False, name=None))


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
    return printable(str(value))
