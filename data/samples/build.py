"""Write the sample customer lists of this folder, and the README that lists them.

Run ``python data/samples/build.py``. The lists are pure functions of the invented identities and visits, so a test can
assert that the committed files are exactly what this writes. Which accounts are on a list is drawn by hashing their
number, which gives the same answer on every machine and with every version of every library.
"""

import hashlib
import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from workbench.customer_lists import CLEANING, Cleaning
from workbench.identity import ERROR_CODES, DigestKind, ErrorCode, ListType, hash_all, hash_email
from workbench.universe import SHOP_TAG_ID, build_sample, synthesize_aaid, synthesize_email

FOLDER = Path(__file__).parent
RNG_SEED = 1

# Members are drawn from the first accounts, so that the lists match small universes too. Strangers are accounts that no
# universe reaches.
N_DRAWN_FROM = 30_000
FIRST_STRANGER = 2**30

AAID = "38400000-8cf0-11bd-b23e-10b96e40000d"  # the example of Android's own documentation
OPTED_OUT_MAID = "00000000-0000-0000-0000-000000000000"

SUPPRESSION = "opted_out.csv"


@dataclass(frozen=True)
class Sample:
    """One sample list.

    Parameters
    ----------
    name : str
        File name inside this folder.
    list_type : ListType
        Type to check it as.
    data : bytes
        The whole file.
    shows : str
        What the sample is there to show.
    expected : ErrorCode or tuple of int
        The code that refuses the file, or records processed, valid and invalid.
    record_codes : tuple of ErrorCode
        For a file that is accepted: the codes of its invalid records.
    suppression : str
        File name of the people who opted out, if the sample is to be checked with one.
    """

    name: str
    list_type: ListType
    data: bytes
    shows: str
    expected: ErrorCode | tuple[int, int, int]
    record_codes: tuple[ErrorCode, ...] = ()
    suppression: str = ""

    @property
    def command(self) -> str:
        """The command that checks it, run in the root of the project."""
        options = f" --suppression data/samples/{self.suppression}" if self.suppression else ""
        return f"python -m workbench check data/samples/{self.name} --type {self.list_type}{options}"


def samples() -> list[Sample]:
    """Return every sample list: the good ones, then one per error code."""
    return [*_good_samples(), *_refused_samples(), *_invalid_email_samples(), *_invalid_maid_samples()]


def sample_files() -> dict[str, bytes]:
    """Return the content of every file that belongs in this folder, by name."""
    every_sample = samples()
    return {sample.name: sample.data for sample in every_sample} | {"README.md": _readme(every_sample).encode()}


def main() -> None:
    """Write the files."""
    for name, data in sample_files().items():
        path = FOLDER / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


def _good_samples() -> list[Sample]:
    hashed = hash_all(_emails("hashed customers", n_members=2_000, n_strangers=1_000), DigestKind.SHA256)
    hashed_rows = [digest.tobytes().hex() for digest in hashed]
    aaids = _aaids("app users", n_members=2_000, n_strangers=800)
    few = _emails("few customers", n_members=60, n_strangers=20)
    return [
        _customers(),
        Sample(
            "customers_sha256.csv",
            ListType.EMAIL,
            _lines(hashed_rows),
            "e-mail addresses that the advertiser hashed with SHA-256",
            (3_000, 3_000, 0),
        ),
        Sample(
            "app_users.csv",
            ListType.MAID,
            _lines(aaids),
            "Android advertising ids in plain form",
            (2_800, 2_800, 0),
        ),
        Sample(
            "few_customers.csv",
            ListType.EMAIL,
            _lines(few),
            "a list too short to match 100 accounts: TOO_SMALL",
            (80, 80, 0),
        ),
        Sample(
            SUPPRESSION,
            ListType.EMAIL,
            _lines(hash_email(row).hex() for row in _emails("short", n_members=4, n_strangers=0)[2:3]),
            "who opted out, for `--suppression`: one person, hashed",
            (1, 1, 0),
        ),
    ]


def _customers() -> Sample:
    """Return the main list: members, strangers, repeats, and one row of each fault an e-mail list may have."""
    rows = _emails("customers", n_members=4_000, n_strangers=1_900, always=_shop_buyers())
    rows += rows[::60]
    rows[49::50] = [row.title() for row in rows[49::50]]  # as people type their own address
    faults = {
        777: ("jan.jansen.example", ErrorCode.MISSING_AT_SIGN),
        1_234: ("jan@jansen@mailbox.example", ErrorCode.MALFORMED_EMAIL),
        2_345: ("@mailbox.example", ErrorCode.MALFORMED_EMAIL),
        3_456: (hash_email("jan@mailbox.example", DigestKind.SHA1).hex(), ErrorCode.DIGEST_KIND_NOT_ALLOWED),
        4_567: (AAID, ErrorCode.MAID_IN_EMAIL_LIST),
        5_678: (hash_email("jan@mailbox.example").hex()[:40] + "00", ErrorCode.UNKNOWN_DIGEST_LENGTH),
    }
    for line_number, (row, _) in sorted(faults.items()):
        rows.insert(line_number - 1, row)
    n_faults = len(faults)
    places = ", ".join(f"{line_number:,}" for line_number in sorted(faults))
    return Sample(
        "customers.csv",
        ListType.EMAIL,
        _lines(rows),
        f"plain e-mail addresses with repeats, upper case, and faults in lines {places}",
        (len(rows), len(rows) - n_faults, n_faults),
        tuple(code for _, code in faults.values()),
    )


@cache
def _shop_buyers() -> frozenset[int]:
    """Return the accounts of the sample universe that put something into the shop's cart: a shop's list has them."""
    with tempfile.TemporaryDirectory() as folder:
        universe = build_sample(Path(folder) / "sample", n_accounts=N_DRAWN_FROM)
        buyers = universe.query(
            "SELECT DISTINCT account FROM tag_events WHERE tag_id = ? AND event = 'addtocart' ORDER BY account",
            (SHOP_TAG_ID,),
        )
    return frozenset(buyers["account"].tolist())


def _refused_samples() -> list[Sample]:
    """Return one list per structural error code."""
    rows = _emails("short", n_members=4, n_strangers=0)
    good = _lines(rows)
    return [
        _refused(ErrorCode.EMPTY_FILE, b"", "a file of 0 bytes"),
        _refused(ErrorCode.WRONG_ENCODING, "josé@mailbox.example\n".encode("latin-1") + good, "Latin-1 text"),
        _refused(ErrorCode.LINE_TOO_LONG, good + b"a" * 2_000 + b"@mailbox.example\n", "a line of 2,016 bytes"),
        _refused(ErrorCode.LONE_CARRIAGE_RETURN, good.replace(b"\n", b"\r"), "old Macintosh line ends"),
        _refused(ErrorCode.HEADER_ROW, b"email\n" + good, "a header"),
        _refused(ErrorCode.BLANK_ROW, _lines([*rows[:2], "", *rows[2:]]), "a blank third row"),
        _refused(ErrorCode.INDENTED_ROW, _lines([rows[0], "  " + rows[1], *rows[2:]]), "an indented second row"),
        _refused(ErrorCode.SECOND_COLUMN, _lines([f"{row};NL" for row in rows]), "a second column after a semicolon"),
        _refused(ErrorCode.IOS_SOURCE, good, "a file name that says iOS"),
        _refused(ErrorCode.NO_VALID_RECORDS, _lines(["jan", "piet", "klaas"]), "three names and no address"),
    ]


def _invalid_email_samples() -> list[Sample]:
    """Return one list per error code of a record in an e-mail list."""
    digest = hash_email("jan@mailbox.example").hex()
    empty = hashlib.sha256(b"").hexdigest()
    return [
        _invalid(ErrorCode.MISSING_AT_SIGN, "jan.mailbox.example", "an address without @"),
        _invalid(ErrorCode.MALFORMED_EMAIL, "jan@jansen@mailbox.example", "an address with two @"),
        _invalid(ErrorCode.MAID_IN_EMAIL_LIST, AAID, "a mobile advertising id among addresses"),
        _invalid(
            ErrorCode.DIGEST_KIND_NOT_ALLOWED,
            hash_email("jan@mailbox.example", DigestKind.SHA1).hex(),
            "an address hashed with SHA-1",
        ),
        _invalid(ErrorCode.UNKNOWN_DIGEST_LENGTH, digest[:-1], "a SHA-256 digest that lost its last digit"),
        _invalid(ErrorCode.EMPTY_VALUE_DIGEST, empty, "the SHA-256 digest of an empty cell"),
        Sample(
            "bad/suppressed.csv",
            ListType.EMAIL,
            _lines(_emails("short", n_members=4, n_strangers=0)),
            f"somebody who is on [{SUPPRESSION}]({SUPPRESSION})",
            (4, 3, 1),
            (ErrorCode.SUPPRESSED,),
            SUPPRESSION,
        ),
    ]


def _invalid_maid_samples() -> list[Sample]:
    """Return one list per error code of a record in a list of mobile advertising ids."""
    plain_and_hashed = (OPTED_OUT_MAID, hashlib.md5(OPTED_OUT_MAID.encode(), usedforsecurity=False).hexdigest())
    return [
        _invalid(ErrorCode.MALFORMED_MAID, AAID[:-1], "an id that lost its last digit", ListType.MAID),
        _invalid(ErrorCode.MIXED_CASE_MAID, AAID[:-1] + "D", "an id in mixed case", ListType.MAID),
        _invalid(ErrorCode.IDFA_SHAPED, AAID.upper(), "an upper-case id, as iOS writes them", ListType.MAID),
        _invalid(
            ErrorCode.OPTED_OUT_MAID,
            "\n".join(plain_and_hashed),
            "the all-zero id of people who opted out, plain and hashed",
            ListType.MAID,
            n_invalid=2,
        ),
        _invalid(ErrorCode.EMAIL_IN_MAID_LIST, "jan@mailbox.example", "an address among ids", ListType.MAID),
    ]


def _refused(code: ErrorCode, data: bytes, shows: str) -> Sample:
    return Sample(f"bad/{code.lower()}.csv", ListType.EMAIL, data, shows, code)


def _invalid(
    code: ErrorCode, row: str, shows: str, list_type: ListType = ListType.EMAIL, *, n_invalid: int = 1
) -> Sample:
    """Return a list of four good rows with a bad one, or several, in line 3."""
    draw = _emails if list_type is ListType.EMAIL else _aaids
    rows = draw("short", n_members=4, n_strangers=0)
    data = _lines([*rows[:2], row, *rows[2:]])
    # A file name that says IDFA is refused as a whole, and this one is about a record.
    name = "upper_case_maid" if code is ErrorCode.IDFA_SHAPED else code.lower()
    return Sample(f"bad/{name}.csv", list_type, data, shows, (4 + n_invalid, 4, n_invalid), (code,) * n_invalid)


def _emails(purpose: str, *, n_members: int, n_strangers: int, always: Collection[int] = ()) -> list[str]:
    accounts = np.array(_drawn_accounts(purpose, n_members, n_strangers, always))
    return [str(email) for email in synthesize_email(accounts, RNG_SEED)]


def _aaids(purpose: str, *, n_members: int, n_strangers: int) -> list[str]:
    accounts = np.array(_drawn_accounts(purpose, n_members, n_strangers))
    return [str(aaid) for aaid in synthesize_aaid(accounts, RNG_SEED)]


def _drawn_accounts(purpose: str, n_members: int, n_strangers: int, always: Collection[int] = ()) -> list[int]:
    def lot(account: int) -> bytes:
        return hashlib.sha256(f"{purpose} {account}".encode()).digest()

    members = sorted(range(N_DRAWN_FROM), key=lambda account: (account not in always, lot(account)))[:n_members]
    strangers = range(FIRST_STRANGER, FIRST_STRANGER + n_strangers)
    return sorted([*members, *strangers], key=lot)


def _lines(rows: Iterable[str]) -> bytes:
    return "".join(f"{row}\n" for row in rows).encode()


def _readme(every_sample: list[Sample]) -> str:
    return "\n".join(
        [
            "# Sample customer lists",
            "",
            "Everybody on these lists is invented: the addresses are under the reserved domain `.example`, the",
            f"advertising ids are random, and both come from `workbench.universe` with `rng_seed={RNG_SEED}`. The good",
            f"lists are drawn from the first {N_DRAWN_FROM:,} accounts and from people who have none, so that they",
            "match any larger universe; `customers.csv` holds everybody who filled a cart in the sample's shop.",
            "`python data/samples/build.py` writes this folder anew; `scenario.json` beside it is written by hand.",
            "",
            "Check one with, for example,",
            "",
            "```",
            every_sample[0].command,
            "```",
            "",
            "| file | type | shows | expected |",
            "| --- | --- | --- | --- |",
            *(
                f"| [{sample.name}]({sample.name}) | {sample.list_type} | {sample.shows} | {_expectation(sample)} |"
                for sample in every_sample
            ),
            "",
            *_rules(every_sample),
            "",
        ]
    )


def _rules(every_sample: list[Sample]) -> list[str]:
    """Return what there is to know of every error code."""
    shown_by = {sample.expected: sample for sample in every_sample}
    shown_by |= {code: sample for sample in every_sample if _is_bad(sample) for code in sample.record_codes}
    return [
        "## Every error code",
        "",
        "A rule of the *file* refuses the file, one of a *record* leaves that record out. Most can be cleaned:",
        "",
        "```",
        "python -m workbench list clean data/samples/bad/second_column.csv cleaned.csv --type EMAIL",
        "```",
        "",
        "writes a new list, of digests only, and never plaintext. It mends what can be mended without guessing, leaves",
        "out records that are invalid, and refuses lists that nobody should share or that can be read in two ways.",
        "",
        "| error code | of the | what is wrong | what to do | `list clean` | sample |",
        "| --- | --- | --- | --- | --- | --- |",
        *(
            f"| `{code}` | {'file' if rule.is_structural else 'record'} | {rule.message} | {rule.fix} "
            f"| {_CLEANED[CLEANING[code]]}{_CLEANED_TOO.get(code, '')} "
            f"| [{shown_by[code].name}]({shown_by[code].name}) |"
            for code, rule in ERROR_CODES.items()
        ),
    ]


_CLEANED = {Cleaning.MENDED: "mends it", Cleaning.LEFT_OUT: "leaves the record out", Cleaning.REFUSED: "refuses it"}
_CLEANED_TOO = {
    ErrorCode.WRONG_ENCODING: "; mends UTF-16 with its mark, refuses what is no text",
    ErrorCode.SECOND_COLUMN: "; refuses it if several columns hold identifiers, or rows differ in columns",
    ErrorCode.MALFORMED_MAID: "; refuses 32 digits, which may be an MD5 digest or an id without hyphens",
}


def _is_bad(sample: Sample) -> bool:
    return sample.name.startswith("bad/")


def _expectation(sample: Sample) -> str:
    if isinstance(sample.expected, ErrorCode):
        return f"refused: `{sample.expected}`"
    processed, valid, invalid = sample.expected
    codes = ", ".join(f"`{code}`" for code in sorted(set(sample.record_codes)))
    return f"{processed:,} processed, {valid:,} valid, {invalid:,} invalid" + (f": {codes}" if codes else "")


if __name__ == "__main__":
    main()
