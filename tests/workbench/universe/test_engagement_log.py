import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from workbench.errors import CancelledError, InputFileError, UniverseError
from workbench.universe import SHOP_AD_ACCOUNT_ID, SHOP_TAG_ID, Universe, import_engagement_log, synthesize_email
from workbench.universe.commands import summarize
from workbench.universe.log_file import LogLayout, read_log

PINTEREST = Path(__file__).parents[4] / "shared" / "data" / "pinterest"

PAIRS = """user,item,action,time
anna,1001,save,2026-03-01T12:00:00Z
anna,1002,click,2026-03-01T12:05:00Z
anna,1002,click,2026-03-01T12:05:00Z
bert,1001,outbound_click,2026-03-02 08:00:00
carl,1003,comment,1772530000
"""


@pytest.fixture
def import_text(tmp_path):
    def run(text: str | bytes, layout: str = "pairs", **options) -> Universe:
        path = tmp_path / "log.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return import_engagement_log([path], tmp_path / "universe", layout=layout, **options)

    return run


def engagements(universe: Universe) -> set[tuple[str, str, str]]:
    rows = universe.query("SELECT pin_id, action, event_time FROM pin_engagements")
    return {(row.pin_id, row.action, row.event_time.isoformat()) for row in rows.itertuples()}


def test_pairs_with_everything_keep_everything(import_text):
    universe = import_text(PAIRS)
    assert engagements(universe) == {
        ("1001", "save", "2026-03-01T12:00:00+00:00"),
        ("1002", "pin_click", "2026-03-01T12:05:00+00:00"),
        ("1001", "outbound_click", "2026-03-02T08:00:00+00:00"),
        ("1003", "comment", "2026-03-03T09:26:40+00:00"),
    }
    assert universe.n_accounts == 3
    assert universe.as_of.isoformat() == "2026-03-04T00:00:00+00:00"
    assert universe.provenance["n_duplicates_dropped"] == 1
    assert universe.provenance["delimiters"] == ["comma"]
    assert {"actions", "event times", "pin ids"} <= set(universe.provenance["real"])


@pytest.mark.parametrize(
    ("text", "layout", "delimiter"),
    [
        ("1,7\n1,8\n2,7\n", "pairs", "comma"),
        ("1;7\n1;8\n2;7\n", "pairs", "semicolon"),
        ("1\t7\n1\t8\n2\t7\n", "pairs", "tab"),
        ("1 7\n  1   8  \n\n2\t 7", "pairs", "blanks"),
        ("\ufeffitem,user\r\n7,1\r\n8,1\r\n7,2\r\n", "pairs", "comma"),
        ("\n \nuser,item\n1,7\n\n1,8\n2,7\n", "pairs", "comma"),
        ("1,7\r1,8\r2,7", "pairs", "comma"),
        ('"1","7"\n"1","8"\n"2","7"\n', "pairs", "comma"),
        ('"a,b",7\n"a,b","8"\nc,7\n', "pairs", "comma"),
        ('"a;""b""";7\n"a;""b""";8\nc;7\n', "pairs", "semicolon"),
        ('"a,b","7",8\nc,7\n', "item_lists", "comma"),
        ("1 7 8\n2 7\n", "item_lists", "blanks"),
        ("1,7,8\n2,7\n", "item_lists", "comma"),
        ("1 7 8 7\n\n2 7\n", "item_lists", "blanks"),
    ],
)
def test_one_log_in_many_spellings(import_text, text, layout, delimiter):
    universe = import_text(text, layout)
    counts = universe.query("SELECT pin_id, action, count(*) AS n FROM pin_engagements GROUP BY ALL ORDER BY ALL")
    assert counts.to_dict("records") == [
        {"pin_id": "7", "action": "save", "n": 2},
        {"pin_id": "8", "action": "save", "n": 1},
    ]
    assert universe.n_accounts == 2
    assert universe.provenance["delimiters"] == [delimiter]
    assert "actions: all taken as saves" in universe.provenance["synthesized"]


def test_a_third_column_is_an_action_or_a_time_by_what_is_in_it(import_text):
    assert {action for _, action, _ in engagements(import_text("1,7,comment\n2,7,\n"))} == {"comment", "save"}
    universe = import_text("1,7,1767225600\n2,7,\n", overwrite=True)
    assert universe.provenance["synthesized"][-1] == "event times of 1 of 2 engagements"
    assert ("7", "save", "2026-01-01T00:00:00+00:00") in engagements(universe)


def test_a_time_with_a_blank_is_one_field_where_blanks_separate_too(import_text):
    universe = import_text("anna 5 save 2024-03-01 10:00:00\nbert  6  comment  2024-03-01  11:30:00.5+01:00\n")
    assert engagements(universe) == {
        ("5", "save", "2024-03-01T10:00:00+00:00"),
        ("6", "comment", "2024-03-01T10:30:00.500000+00:00"),
    }


def test_a_file_whose_name_is_no_text_is_imported_too(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.csv")
    path.write_text("1,7\n2,8\n")
    universe = import_engagement_log(path, tmp_path / "universe", layout="pairs")
    assert universe.provenance["source_files"] == ["caf?.csv"]


def test_seconds_milliseconds_and_microseconds_are_told_apart(import_text):
    universe = import_text("1 7 1767225600.5\n2 7 1767225600500\n3 7 1767225600500000\n")
    assert {time for _, _, time in engagements(universe)} == {"2026-01-01T00:00:00.500000+00:00"}


def test_files_are_united_and_users_without_items_stay(tmp_path):
    (tmp_path / "a.txt").write_text("1 7 8\n2\n")
    (tmp_path / "b.txt").write_text("3 7\n1 8 9\n")
    universe = import_engagement_log([tmp_path / "a.txt", tmp_path / "b.txt"], tmp_path / "u", layout="item_lists")
    assert universe.n_accounts == 3
    assert len(universe.table("pin_engagements")) == 4
    assert universe.provenance["source_files"] == ["a.txt", "b.txt"]


def test_neither_user_ids_nor_item_ids_that_may_be_personal_are_stored(import_text):
    users = [f"maria.{number}@plainmail.test" for number in range(40)]
    universe = import_text("".join(f"{user},board of {user}\n" for user in users))
    assert all(pin_id.isdigit() for pin_id in universe.table("pins")["pin_id"].to_pylist())
    stored = b"".join(path.read_bytes() for path in universe.path.iterdir())
    assert b"plainmail" not in stored
    assert b"maria" not in stored


def test_accounts_are_not_in_the_order_of_user_ids(import_text):
    universe = import_text("".join(f"{user} {user + 1000}\n" for user in range(200)))
    rows = universe.query("SELECT account, pin_id FROM pin_engagements ORDER BY account")
    assert (rows["account"] != rows["pin_id"].astype(int) - 1000).sum() > 150


def test_the_order_of_files_and_lines_does_not_matter(tmp_path):
    lines = [f"{user} {item}\n" for user in range(60) for item in range(user % 7, 40, 3)]
    (tmp_path / "a.txt").write_text("".join(lines))
    (tmp_path / "b.txt").write_text("".join(reversed(lines)))
    one, other = (
        import_engagement_log([tmp_path / f"{name}.txt"], tmp_path / f"of_{name}", layout="pairs") for name in "ab"
    )
    for path in one.path.glob("*.parquet"):
        assert path.read_bytes() == (other.path / path.name).read_bytes(), path.name


def test_who_an_account_is_is_the_same_as_in_the_sample(import_text, sample_universe):
    universe = import_text("".join(f"{user} {user % 9}\n" for user in range(500)))
    shared = "SELECT sha256 FROM identifiers WHERE identifier_kind = 'EMAIL' AND account < 500"
    ours, samples = (set(each.query(shared)["sha256"]) for each in (universe, sample_universe))
    assert len(ours & samples) > 350
    assert synthesize_email(3, 1).endswith(".example")


@pytest.mark.parametrize(
    ("text", "layout", "message"),
    [
        ("", "pairs", "found an empty file"),
        (" \n\n", "item_lists", "found an empty file"),
        ("user,item\n", "pairs", "found a header only"),
        ("1,7\n", "pairs", "two users or more, found 1"),
        ("1 7 8 9\n", "item_lists", "two users or more, found 1"),
        ("1\n2\n", "item_lists", "found 2 with 0 items"),
        ("1,7\n2,8\n3\n4,9\n", "pairs", r"line 3: expected 2 fields separated by comma, found '9'"),
        ("1,7,8\n,,\n2,9\n", "item_lists", r"line 2: expected a user and then its items"),
        ("\n\nuser,item\n\n1,7\n ,8\n", "pairs", r"line 6: expected an id of the user"),
        ("1,7\n\n2,8,9\n", "pairs", r"line 3: expected 2 fields separated by comma"),
        ("1 7\n2 8 9\n", "pairs", r"line 2: expected 2 fields separated by blanks"),
        ("1,7\nanna,\n", "pairs", r"line 2: expected an id of the item, found 'aaaa,'"),
        ("user,item\n,7\n", "pairs", r"line 2: expected an id of the user"),
        ("1,7,save\n2,8,poked\n", "pairs", r"line 2: expected an action, one of pin_click"),
        ("1,7,save,yesterday\n2,8,save,1767225600\n", "pairs", r"line 1: expected a time"),
        ("user,item,time\n1,7,1767225600\n2,8,5\n", "pairs", r"line 3: expected a time"),
        ("user,item,rating\n1,7,3\n2,8,5\n", "pairs", r"line 1: expected a header of user, item, action and time"),
        ("user,item\n1,7\n", "item_lists", r"choose the layout pairs"),
        ("1 2 3 4 5 6\n2 3 4\n", "pairs", r"choose the layout item_lists"),
        ("customer,article\n1,7\n2,8\n", "pairs", r"line 1: .* looks like a header with unknown names: name the col"),
        ("\ncustomer,article,when\n1,7,1767225600\n2,8,\n", "pairs", r"line 2: .* header with unknown names"),
        ("user,article\nanna,one\nbert,two\n", "pairs", r"line 1: .* header with unknown names"),
        ("customer articles\n1 7 8\n2 7\n", "item_lists", r"line 1: .* looks like a header: drop it"),
        ('1,7\n"2,8\n3,9\n', "pairs", r"line 2: expected 2 fields"),
        ('1,7\n2,"8\n3,9"\n4,7\n', "pairs", r"line 2: expected 2 fields"),
        ('user,item\n1,7\n2,8\n3,"9\n4,7\n', "pairs", r"line 4: expected 2 fields"),
        (f'"{"x" * 200_000}",7\n2,8\n', "pairs", r"line 1: expected user, item"),
        (b"1,7\n2,\xff\xfe\n", "pairs", r"other bytes in line 2"),
        (b"1,7\n2,8\n\x00\x01", "item_lists", r"other bytes in line 3"),
    ],
)
def test_bad_logs_are_refused_in_one_sentence_and_leave_nothing(import_text, tmp_path, text, layout, message):
    with pytest.raises(UniverseError, match=message):
        import_text(text, layout)
    assert [path.name for path in tmp_path.iterdir()] == ["log.txt"]


def test_an_error_shows_the_shape_of_a_line_and_not_the_line(import_text):
    with pytest.raises(UniverseError) as refusal:
        import_text("anna@real.test,7\nanna@real.test\n")
    assert "anna" not in str(refusal.value)
    assert "aaaa@aaaa.aaaa" in str(refusal.value)


def test_one_path_need_not_be_a_list(tmp_path):
    (tmp_path / "log.csv").write_text(PAIRS)
    assert import_engagement_log(tmp_path / "log.csv", tmp_path / "universe", layout="pairs").n_accounts == 3


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary() | st.text('ab19,\t ;\n\r"@', max_size=60).map(str.encode), layout=st.sampled_from(LogLayout))
@example(text=b"\x1c", layout=LogLayout.ITEM_LISTS)  # a line of nothing but what Python, too, takes for a blank
def test_whatever_a_file_holds_it_is_read_or_refused(tmp_path, text, layout):
    path = tmp_path / "log.txt"
    path.write_bytes(text)
    try:
        log = read_log([path], layout)
    except UniverseError:
        return
    assert log.n_users >= 2
    assert 0 < len(log.user) <= log.n_rows_read
    assert log.user.max() < log.n_users
    assert log.item.max() < len(log.items)


@pytest.mark.parametrize("name", ["nowhere.txt", "."])
def test_a_missing_file_and_a_folder_are_refused(tmp_path, name):
    with pytest.raises(InputFileError, match="expected a file that can be read"):
        import_engagement_log([tmp_path / name], tmp_path / "universe", layout="pairs")


def test_an_unknown_layout_and_no_file_at_all_are_refused(tmp_path):
    with pytest.raises(UniverseError, match="one of pairs, item_lists"):
        import_engagement_log([tmp_path], tmp_path / "universe", layout="matrix")
    with pytest.raises(UniverseError, match="at least one log file"):
        import_engagement_log([], tmp_path / "universe", layout="pairs")


def test_stopping_an_import_leaves_nothing(import_text, tmp_path):
    def stop_at_half(n_done: int, n_total: int, /) -> None:
        if 2 * n_done > n_total:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        import_text(PAIRS, on_progress=stop_at_half)
    assert [path.name for path in tmp_path.iterdir()] == ["log.txt"]


@pytest.fixture(scope="module")
def pinterest(tmp_path_factory) -> Universe:
    if not PINTEREST.is_dir():
        pytest.skip("the real Pinterest pairs are not beside the checkout (../shared/data/pinterest)")
    destination = tmp_path_factory.mktemp("pinterest") / "universe"
    return import_engagement_log([PINTEREST / "train.txt", PINTEREST / "test.txt"], destination, layout="item_lists")


def test_the_real_pinterest_log_has_its_published_size(pinterest):
    rows = {table["table"]: table["n_rows"] for table in summarize(pinterest)["tables"]}
    assert (rows["accounts"], rows["pins"], rows["pin_engagements"]) == (37_501, 9_836, 1_000_154)


def test_groups_of_real_pins_are_many_and_none_swallows_the_rest(pinterest):
    sql = "SELECT count(*) AS n FROM pin_engagements JOIN pins USING (pin_id) GROUP BY interest"
    sizes = pinterest.query(sql)["n"]
    assert len(sizes) == 20
    assert sizes.max() < 0.25 * sizes.sum()


def test_the_demo_finds_its_shop_on_real_engagements(pinterest):
    visitors = pinterest.query("SELECT count(DISTINCT account) AS n FROM tag_events WHERE tag_id = ?", [SHOP_TAG_ID])[
        "n"
    ].item()
    own_pins = pinterest.query("SELECT count(*) AS n FROM pins WHERE ad_account_id = ?", [SHOP_AD_ACCOUNT_ID])
    assert 0.04 < visitors / pinterest.n_accounts < 0.10
    assert own_pins["n"].item() == 36
    assert len(pinterest.segments()) == 10


def test_the_description_of_an_import_holds_no_folder(pinterest):
    text = (pinterest.path / "universe.json").read_text()
    assert json.loads(text)["provenance"]["source_files"] == ["train.txt", "test.txt"]
    assert "/" not in text
