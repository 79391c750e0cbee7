"""Do everything that can be done with a customer list; `test_plaintext_stays_in_memory` searches what is left of it.

Run in the folder that shall hold whatever is written. Every refusal is logged with its traceback and the local
variables of all frames; every result is printed, represented and pickled.
"""

import contextlib
import logging
import pickle
import shutil
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

CANARIES = ("zqcanary", "cafecafe-beef-4bad-8bad-c0ffeec0ffee", "feedface-dead-4bee-8bee-0123456789ff")
_VALID = "zqcanary.valid{}@shop.example\n"
_MAID, _OTHER_MAID = CANARIES[1], CANARIES[2]

# Each holds canaries, and each meets another way in or out of the reader. The second is long enough to be read in
# machine code, in several chunks.
LISTS = {
    "plain.csv": "".join(map(_VALID.format, range(500))),
    "long.plain.csv": "".join(map(_VALID.format, range(120_000))),
    "mixed.csv": '"zqcanary.quoted@shop.example"\nZQCANARY.UPPER@SHOP.EXAMPLE\nzqcanary.spaces@shop.example  \n'
    "zqcanary.no.at.sign\nzqcanary@two@signs.example\nzqcanary@shop..example\nzqcanäry.ümlaut@shop.example\n"
    f"{_MAID}\n" + "zqcanary" + "x" * 400 + "@shop.example\n",
    "no_valid.csv": "zqcanary.one\nzqcanary.two\n",
    "title.csv": "zqcanary customers\nzqcanary.a@shop.example\n",
    "columns.csv": "zqcanary.a@shop.example\nzqcanary.b@shop.example,zqcanary Name\n",
    "indented.csv": "zqcanary.a@shop.example\n  zqcanary.b@shop.example\n",
    "blank.csv": "zqcanary.a@shop.example\n\nzqcanary.b@shop.example\n",
    "cr.csv": "zqcanary.a@shop.example\rzqcanary.b@shop.example\r",
    "long.csv": "zqcanary" * 1000 + "@shop.example\n",
    "latin.csv": "zqcanary.a@shop.example\nzqcanary.\xe9@shop.example\n",
    "nul.csv": "zqcanary.a@shop.example\nzqcanary.\0b@shop.example\n",
    "table.csv": "zqcanary customers\nName;E-mail;\n"
    + "".join(f"zqcanary {n};{_VALID.format(n)[:-1]};\n" for n in range(50)),
    "cells.csv": '"zqcanary, Jan";zqcanary.a@shop.example\n"zqcanary ""Piet""";\tzqcanary@nobody..example\n',
    "utf16.csv": "zqcanary.a@shop.example\r\nzqcanary.b@shop.example\r\n",
    "open.csv": 'zqcanary.a@shop.example\n"zqcanary.b@shop.example\n',
    "maids.csv": f"{_MAID}\n{_OTHER_MAID}\n{_MAID.upper()}\nzqcanary@shop.example\n{_MAID[:-1]}\n",
}
ENCODINGS = {"latin.csv": "latin-1", "utf16.csv": "utf-16"}


def write_inputs(folder: Path) -> None:
    """Write the lists, which are the only files that may hold a canary."""
    for name, text in LISTS.items():
        (folder / name).write_bytes(text.encode(ENCODINGS.get(name, "utf-8")))


@contextlib.contextmanager
def shown_if_refused(what: str, *, has_locals: bool = True) -> Iterator[None]:
    """Log what goes wrong inside as a debugger would show it."""
    try:
        yield
    except BaseException as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=has_locals).format())
        logging.getLogger("everything").exception("%s was refused:\n%s\n%r", what, shown, error)
        Path(f"{what}.refusal.pickle").write_bytes(pickle.dumps(error))


def keep(what: str, value: object) -> None:
    """Print a value in every way and pickle it."""
    print(what, value, repr(value), vars(value) if hasattr(value, "__dict__") else "")  # noqa: T201 - that is the point
    Path(f"{what}.pickle").write_bytes(pickle.dumps(value))


def interrupting(error: BaseException) -> Callable[[int, int], None]:
    """Return a progress callback that stops the work in its middle."""

    def on_progress(_n_done: int, _n_total: int, /) -> None:
        raise error

    return on_progress


def read_all(inputs: Path) -> None:
    """Read every list as either kind, in full, stopped in the middle and broken in the middle."""
    from workbench.identity import ListProfile, ListType, SuppressionList, hash_email, hash_maid, read_list
    from workbench.identity.normalize import normalize_email, normalize_maid

    for name in LISTS:
        for list_type in ListType:
            what = f"read-{name}-{list_type}"
            with shown_if_refused(what):
                keep(what, read_list(inputs / name, list_type, profile=ListProfile.API))
            with shown_if_refused(f"{what}-suppressed"):
                suppression = SuppressionList.read(inputs / name, list_type)
                keep(f"{what}-suppression", suppression)
                keep(f"{what}-suppressed", read_list(inputs / "mixed.csv", list_type, suppression=suppression))
            for error in (RuntimeError("a fault of the caller"), KeyboardInterrupt(), MemoryError()):
                with shown_if_refused(f"{what}-{type(error).__name__}"):
                    read_list(inputs / name, list_type, on_progress=interrupting(error))
    text = "zqcanary is no identifier"
    for function in (normalize_email, normalize_maid, hash_email, hash_maid):
        with shown_if_refused(function.__name__, has_locals=False):  # one of them is the caller's own text
            function(text)


def populate_all(inputs: Path) -> None:
    """Open a universe, populate audiences from the lists, show them, save what can be saved."""
    from workbench.audiences import AudienceSpec, CustomerListDefinition, overlap_matrix, populate
    from workbench.universe import build_sample

    universe = build_sample(Path("universe"), n_accounts=2_000)
    audiences = []
    for number, name in enumerate(LISTS):
        definition = CustomerListDefinition(list_file=name, are_terms_acknowledged=True)
        spec = AudienceSpec(audience_id=str(number), name=name, definition=definition)
        with shown_if_refused(f"populate-{name}"):
            audiences.append(populate(spec, universe, base_folder=inputs))
            keep(f"populate-{name}", audiences[-1])
            Path(f"{name}.spec.json").write_text(spec.model_dump_json())
    keep("overlap", overlap_matrix(audiences))


def keep_all(inputs: Path) -> None:
    """Keep audiences of the lists in a catalogue, populate them, and write canaries wherever people can write."""
    from workbench.audiences import CustomerListDefinition
    from workbench.catalog import Catalog
    from workbench.universe import open_universe

    catalog, universe = Catalog.open("catalogue.sqlite"), open_universe("universe")
    with contextlib.closing(sqlite3.connect("catalogue.sqlite")) as held:
        held.execute("SELECT count(*) FROM catalog_events").fetchone()  # so that the log of writes stays
        for name in LISTS:
            definition = CustomerListDefinition(list_file=name, are_terms_acknowledged=True)
            with shown_if_refused(f"keep-{name}"):
                saved = catalog.create(name, definition, tags=["kept"])
                catalog.populate(universe, [saved.audience_id], base_folder=inputs)
        canary = f"{_VALID.format(1).strip()} and {_MAID}"
        for what, write in {
            "name": lambda: catalog.create(canary, definition),
            "description": lambda: catalog.update("1", expected_version=1, description=canary),
            "note": lambda: catalog.note("1", canary),
            "tag": lambda: catalog.tag("1", add=[canary]),
        }.items():
            with shown_if_refused(f"write-{what}", has_locals=False):  # they are the caller's own text
                write()
        keep("catalogue", catalog.audiences())
        keep("catalogue-history", catalog.history())
        Path("definitions.json").write_text(catalog.export_definitions().model_dump_json())
        for path in Path().glob("catalogue.sqlite*"):
            shutil.copy(path, f"held-{path.name}")


def save_all(inputs: Path) -> None:
    """Save every list, add the others to it, remove them, replace it by them, and open it again."""
    from workbench.customer_lists import SavedList, Upload
    from workbench.identity import ListType

    for name in LISTS:
        upload = Upload(inputs / name, are_terms_acknowledged=True)
        with shown_if_refused(f"save-{name}"):
            keep(f"save-{name}", SavedList.create(f"saved-{name}", "A list", upload))
    with shown_if_refused("open"):
        saved = SavedList.open("saved-plain.csv")
    for name in LISTS:
        for list_type in ListType:
            upload = Upload(
                inputs / name, list_type, suppression_file=inputs / "mixed.csv", are_terms_acknowledged=True
            )
            for edit in (saved.add, saved.remove, saved.replace):
                with shown_if_refused(f"{edit.__name__}-{name}-{list_type}"):
                    keep(f"{edit.__name__}-{name}-{list_type}", edit(upload))
    keep("saved", saved.customer_list)


def clean_all(inputs: Path) -> None:
    """Clean every list as either kind, in full, stopped in the middle and broken in the middle."""
    from workbench.customer_lists import clean_list
    from workbench.identity import ListType

    for name in LISTS:
        for list_type in ListType:
            what = f"clean-{name}-{list_type}"
            with shown_if_refused(what):
                keep(what, clean_list(inputs / name, f"{what}.csv", list_type))
            for error in (RuntimeError("a fault of the caller"), KeyboardInterrupt()):
                with shown_if_refused(f"{what}-{type(error).__name__}"):
                    clean_list(inputs / name, f"{what}-stopped.csv", list_type, on_progress=interrupting(error))


def show_all(inputs: Path) -> None:
    """Check the lists on the screen, and keep everything that the page is told."""
    import json

    from ipywidgets.embed import dependency_state

    from workbench.universe import open_universe
    from workbench.widgets import CustomerListPanel

    for name in LISTS:
        panel = CustomerListPanel(open_universe("universe"), base_folder=inputs, list_file=name)
        with shown_if_refused(f"panel-{name}"):
            panel._form._terms.value = True
            panel.check()
        Path(f"{name}.widgets.json").write_text(
            json.dumps(dependency_state([panel], drop_defaults=False), default=repr)
        )


def command_all(inputs: Path) -> None:
    """Run the command line on every list, in words and in JSON."""
    from workbench.cli import main

    commands = [["check", name, "--type", "EMAIL", *more] for name in LISTS for more in ([], ["--json"])]
    commands += [["check", "maids.csv", "--type", "MAID", "--first", "100", "--universe", "universe"]]
    commands += [["list", "clean", name, f"command-{name}", *more] for name in LISTS for more in ([], ["--json"])]
    export = ["export", "list", "--ad-account", "1", "--name", "A list", "--id", "1", "--accept-terms"]
    commands += [[*export, name, "--output", f"export-{name}.json", "--json"] for name in LISTS]
    for command in commands:
        with shown_if_refused("command"), contextlib.suppress(SystemExit):
            main([str(inputs / part) if part in LISTS else part for part in command])


def run_notebook(inputs: Path) -> None:
    """Execute a notebook that shows results and refusals, and save it with its outputs."""
    import nbformat
    from nbclient import NotebookClient

    cells = ["%xmode Verbose\nfrom workbench import read_list"]
    cells += [f"read_list({str(inputs / name)!r}, 'EMAIL')" for name in LISTS]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    executed = NotebookClient(notebook, allow_errors=True, kernel_name="python3").execute()
    nbformat.write(executed, "executed.ipynb")


def main() -> None:
    """Do all of it."""
    logging.basicConfig(filename="everything.log", level=logging.DEBUG)
    inputs = Path(sys.argv[1])
    for step in (read_all, populate_all, keep_all, save_all, clean_all, show_all, command_all, run_notebook):
        step(inputs)
    print("everything was done")  # noqa: T201


if __name__ == "__main__":
    main()
