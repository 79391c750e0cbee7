"""Feed the reader whatever a coverage-guided fuzzer thinks of, and hold every outcome against three things.

The compiled reader and its twin in Python must agree on all they bring to light, the digests must be those of an oracle
that shares no code with them, and whatever is shown of a value must be its shape.

``python -m tests.workbench.identity.fuzz_list_file -runs=1000000`` takes all options of libFuzzer.
"""

import resource
import sys
import tempfile
from pathlib import Path

import atheris

from tests.workbench.identity import naive_list
from tests.workbench.identity.list_contents import BEFORE, BEHIND, ENDS, VALUES

with atheris.instrument_imports(
    include=[f"workbench.identity.{name}" for name in ("list_row", "normalize", "list_file")]
):
    from workbench.errors import ListFileError
    from workbench.identity import DigestKind, list_file, read_list

MAX_MEMORY_BYTES = 8 << 30
CHUNK_SIZES = (17, 61, 300, 5_000)
PIECES = [*VALUES, *BEFORE, *BEHIND, *ENDS, b"\xef\xbb\xbf", b"\xff", b"\0", b"\x1c", b'""']
SHAPE_CHARACTERS = {chr(code) for code in range(0x21, 0x7F) if not chr(code).isalnum()} | set("aA9…")
FOLDER = tempfile.TemporaryDirectory()
PATH = Path(FOLDER.name) / "list.csv"


def content_of(provider):
    """Return raw bytes, or pieces of lists with raw bytes between them."""
    if provider.ConsumeBool():
        return provider.ConsumeBytes(1_500)
    content = b""
    while provider.remaining_bytes() and len(content) < 3_000:
        number = provider.ConsumeIntInRange(0, len(PIECES) + 1)
        content += PIECES[number] if number < len(PIECES) else provider.ConsumeBytes(number - len(PIECES) + 2)
        content += b"\n" if provider.ConsumeBool() else b""
    return content


def outcome(list_type, profile, chunk_bytes, *, is_compiled):
    """Return what reading brings to light, and what may be shown of values."""
    list_file.COMPILED_FROM_BYTES = 0 if is_compiled else sys.maxsize
    list_file.CHUNK_BYTES = chunk_bytes
    try:
        checked = read_list(PATH, list_type, profile=profile)
    except ListFileError as refusal:
        _, is_shown, shape = str(refusal).partition(" (shape ")
        return (refusal.error_code, refusal.line_number, str(refusal)), [shape.partition(")")[0]] if is_shown else []
    errors = list(checked.record_errors)
    found = (checked.record_counts, checked.error_counts, errors, checked.warnings)
    kinds, values = checked.digests.kinds.tobytes(), checked.digests.values.tobytes()
    return (*found, kinds, values), [error.shape for error in errors]


def digests_in(found):
    """Return the digests in an outcome as the oracle gives them, or None for a file that was refused."""
    if len(found) == 3:
        return None
    kinds, values = found[-2:]
    names = [list(DigestKind)[code].value.lower() for code in kinds]
    sizes = [DigestKind(name.upper()).n_bytes for name in names]
    return [(name, values[32 * i : 32 * i + size]) for i, (name, size) in enumerate(zip(names, sizes, strict=True))]


def test_one_input(data):
    """Read one file in every way."""
    provider = atheris.FuzzedDataProvider(data)
    list_type = "EMAIL" if provider.ConsumeBool() else "MAID"
    profile = "API" if provider.ConsumeBool() else "HELP_PAGE"
    chunk_bytes = provider.PickValueInList(list(CHUNK_SIZES))
    content = content_of(provider)
    PATH.write_bytes(content)
    found, shapes = outcome(list_type, profile, chunk_bytes, is_compiled=True)
    twin, _ = outcome(list_type, profile, list_file.CHUNK_BYTES, is_compiled=False)
    if found != twin:
        raise AssertionError(f"the two readers differ on {content!r}:\n{found}\n{twin}")
    if digests_in(found) != naive_list.read(content, list_type, is_sha1_allowed=profile == "API"):
        raise AssertionError(f"the oracle disagrees on {content!r}: {found}")
    if any(set(shape.replace(")", "")) - SHAPE_CHARACTERS for shape in shapes):
        raise AssertionError(f"more than a shape is shown of {content!r}: {shapes}")


def main():
    """Run the fuzzer with the options of the command line."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
