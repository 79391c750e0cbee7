import asyncio

import pytest

from workbench.audiences import AudienceSpec, populate
from workbench.identity import DigestKind, hash_email
from workbench.universe import synthesize_email
from workbench.widgets import CustomerListPanel


def texts(table) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in table.cells]


def panel_on(universe, list_file) -> CustomerListPanel:
    return CustomerListPanel(universe, base_folder=list_file.parent, list_file=list_file.name)


def test_checking_a_list_shows_what_is_invalid_and_never_a_value(sample_universe, list_file):
    panel = panel_on(sample_universe, list_file)
    panel._form.terms.value = True
    panel.check()
    assert panel.definition.list_file == "list.csv"
    assert (panel.checked.record_counts.valid, panel.checked.record_counts.invalid) == (1, 1)
    assert texts(panel._findings._errors)[0][:3] == ["2", "Missing at sign", "aaaaaa"]
    assert "Too small" in panel._findings.figures.value
    assert "&lt; 100" in panel._findings.figures.value
    assert "ann" not in panel._findings.figures.value + str(panel._findings._errors.cells) + str(
        panel._findings._chart.spec
    )


def test_whom_a_list_matches_is_shown_as_long_as_the_terms_are_acknowledged(sample_universe, list_file):
    panel = panel_on(sample_universe, list_file)
    panel.check()
    assert panel.checked.record_counts.valid == 1
    assert panel.matched is None
    assert not panel.definition.are_terms_acknowledged
    assert "Audience size" not in panel._findings.figures.value
    assert "once the box above is ticked" in panel._findings.figures.value
    panel._form.terms.set_state({"value": True})
    assert panel.matched is not None
    assert panel.definition.are_terms_acknowledged
    assert "Audience size" in panel._findings.figures.value
    panel._form.terms.set_state({"value": False})
    assert panel.matched is None
    assert "Audience size" not in panel._findings.figures.value


def test_the_terms_may_be_acknowledged_while_the_list_is_still_being_read(sample_universe, list_file):
    async def page():
        panel = panel_on(sample_universe, list_file)
        panel.check()
        panel._form.terms.set_state({"value": True})
        await panel._work.task
        return panel

    assert asyncio.run(page()).matched is not None


def test_the_panel_holds_a_list_against_the_profile_and_leaves_out_who_opted_out(sample_universe, tmp_path):
    emails = synthesize_email(range(600), sample_universe.provenance["identity_rng_seed"])
    sha1 = [hash_email(email, DigestKind.SHA1).hex() for email in emails]
    (tmp_path / "list.csv").write_text("\n".join(sha1) + "\n", "utf-8")
    (tmp_path / "opted_out.csv").write_text("\n".join(emails[100:]) + "\n", "utf-8")
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path, list_file="list.csv")
    panel._form.terms.value = True
    panel._run_bar._run.click()
    assert "DIGEST_KIND_NOT_ALLOWED" in panel._run_bar.notice.value
    panel._form._profile.value = "API"
    panel.check()
    assert 500 < len(panel.matched.members) < 600
    panel._form._suppression.value = "opted_out.csv"
    panel.check()
    assert panel.definition.suppression_file == "opted_out.csv"
    assert panel.checked.record_counts.valid == 100
    assert 80 < len(panel.matched.members) < 100
    assert {row[1] for row in texts(panel._findings._errors)} == {"Suppressed"}


def test_a_refused_list_is_explained_and_nothing_of_an_earlier_one_stays(sample_universe, list_file):
    panel = panel_on(sample_universe, list_file)
    panel.check()
    list_file.write_text("email,name\n", "utf-8")
    panel._run_bar._run.click()
    assert "expected" in panel._run_bar.notice.value
    assert panel.definition is panel.checked is panel.matched is None
    assert panel._findings._errors.cells == []
    assert "Processed" not in panel._findings.figures.value


def test_the_command_that_cleans_is_named_where_it_helps(sample_universe, list_file):
    panel = panel_on(sample_universe, list_file)
    command = f"list clean {list_file} {list_file.with_name('list.cleaned.csv')} --type EMAIL"
    panel.check()
    assert (
        f"without the invalid records, run in a terminal: <code>python -m workbench {command}"
        in panel._findings.figures.value
    )
    list_file.write_text("email\nann@mail.example\n", "utf-8")
    panel.check()
    assert f"mended and hashed, run in a terminal: <code>python -m workbench {command}" in panel._findings.figures.value
    list_file.write_text("idfa\n", "utf-8")
    panel.check()
    assert panel._findings.figures.value == ""
    list_file.write_text("ann@mail.example\n", "utf-8")
    panel.check()
    assert "terminal" not in panel._findings.figures.value


def test_a_missing_file_is_one_sentence(sample_universe, tmp_path):
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path, list_file="absent.csv")
    panel._run_bar._run.click()
    assert "absent.csv" in panel._run_bar.notice.value
    assert "reference" not in panel._run_bar.notice.value


def test_no_file_at_all_is_one_sentence(sample_universe):
    panel = CustomerListPanel(sample_universe)
    panel._run_bar._run.click()
    assert "Please pick the file" in panel._run_bar.notice.value


def test_long_tables_of_errors_are_cut_and_say_so(sample_universe, list_file):
    list_file.write_text("ann@mail.example\n" + "nobody\n" * 250, "utf-8")
    panel = panel_on(sample_universe, list_file)
    panel.check()
    assert len(panel._findings._errors.cells) == 200
    assert panel._findings._errors.note == "first 200 of 250"


def test_picking_a_file_looks_at_it_at_once_and_nothing_outside_can_be_picked(sample_universe, tmp_path, list_file):
    (tmp_path / "root").mkdir()
    list_file.rename(tmp_path / "root" / "list.csv")
    (tmp_path / "secret.csv").write_text("ann@mail.example\n", "utf-8")
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path / "root")
    picker = panel._form.picker
    picker._toggle.click()
    assert texts(picker._table)[0][:2] == ["list.csv", "24 bytes"]
    picker._table.set_state({"selected": "list.csv"})
    assert picker._list.layout.display == "none"
    assert panel.checked.record_counts.processed == 2
    picker.value = "../secret.csv"
    assert "inside the folder" in panel._run_bar.notice.value
    assert panel.definition is None or panel.definition.list_file == "list.csv"


# -- uploads -----------------------------------------------------------------------------------------------------------


class Browser:
    """Plays the page: sends pieces of a file when it is told to."""

    def __init__(self, field, content, *, name="C:\\lists\\customers.csv", piece_bytes=5_000, n_bytes=None):
        self.field, self.content, self.name, self.piece_bytes = field, content, name, piece_bytes
        self.n_bytes, self.offset, self.is_stopped = len(content) if n_bytes is None else n_bytes, 0, False
        field.send = self.take

    def tell(self, message, *buffers):
        self.field._on_message(self.field, {"id": 7, **message}, buffers)

    def begin(self):
        self.tell({"kind": "begin", "name": self.name, "n_bytes": self.n_bytes})

    def take(self, message):
        self.is_stopped |= message["kind"] == "stop"
        for _ in range(message.get("n_pieces", 0)):
            piece = self.content[self.offset : self.offset + self.piece_bytes]
            if piece and not self.is_stopped:
                self.tell({"kind": "piece", "offset": self.offset}, memoryview(piece))
                self.offset += len(piece)


def uploaded(panel, content, **fields):
    """Let a browser upload a list, and wait until it is read."""

    async def page():
        browser = Browser(panel._upload, content, **fields)
        browser.begin()
        while panel._work.is_running:
            await asyncio.sleep(0.002)
        return browser

    return asyncio.run(page())


@pytest.fixture
def members_list(sample_universe) -> bytes:
    emails = synthesize_email(range(3_000), sample_universe.provenance["identity_rng_seed"])
    return "\n".join([*emails, "nobody"]).encode()


def test_an_upload_is_read_while_it_arrives_and_matched_once_the_terms_are_ticked(
    sample_universe, tmp_path, members_list
):
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path)
    uploaded(panel, members_list)
    assert panel._upload.file_name == "customers.csv"
    assert (panel.checked.record_counts.valid, panel.checked.record_counts.invalid) == (3_000, 1)
    assert panel.matched is None
    assert panel._keeper._keep.layout.display == "none"
    panel._form.terms.set_state({"value": True})
    assert len(panel.matched.members) > 1_000
    assert panel.definition is None  # there is no file to name
    assert panel._form.picker.value == ""
    assert list(tmp_path.iterdir()) == []


def test_an_upload_is_kept_as_digests_and_nothing_else_is_on_disk(sample_universe, tmp_path, members_list):
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path)
    panel._form.terms.value = True
    uploaded(panel, members_list)
    members = panel.matched.members
    panel._keeper._keep.click()
    assert "give the list a name" in panel._keeper._notice.value
    panel._keeper._name.set_state({"value": "Customers, autumn"})
    panel._keeper._keep.click()
    assert panel.definition.list_file == "lists/customers-autumn"
    spec = AudienceSpec(audience_id="1", name="Kept", definition=panel.definition)
    assert populate(spec, sample_universe, base_folder=tmp_path).members == members
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not any(email in written for email in members_list.split(b"\n")[:50])
    panel._form.picker._toggle.click()
    panel._form.picker._table.set_state({"selected": "lists"})
    assert texts(panel._form.picker._table)[0][:2] == ["customers-autumn", "kept list"]


def test_a_refused_upload_is_stopped_at_once_and_explained(sample_universe, tmp_path, members_list):
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path)
    browser = uploaded(panel, b"email\n" + members_list * 40, piece_bytes=100_000)
    assert "customers.csv, line 1" in panel._run_bar.notice.value
    assert browser.offset < len(browser.content)
    assert panel.checked is None
    assert "terminal" not in panel._findings.figures.value  # no command can mend a file that is not here


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"n_bytes": 10**12}, "Expected a file of 1 to 256,000,000 bytes"),
        ({"n_bytes": 0}, "Expected a file of 1 to"),
        ({"n_bytes": 20}, "20 in all, got others"),
    ],
)
def test_the_length_of_an_upload_is_held_to_here_too(sample_universe, tmp_path, members_list, fields, sentence):
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path)
    uploaded(panel, members_list, **fields)
    assert sentence in panel._run_bar.notice.value
    assert panel.checked is None


def test_cancel_stops_an_upload_on_both_ends(sample_universe, tmp_path, members_list):
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path)

    async def page():
        browser = Browser(panel._upload, members_list, piece_bytes=10)
        browser.begin()
        panel._run_bar._cancel.click()
        while panel._work.is_running:
            await asyncio.sleep(0.002)
        return browser

    assert asyncio.run(page()).is_stopped
    assert "Stopped" in panel._run_bar.notice.value
    assert panel._upload._incoming is None


def test_rules_that_change_after_an_upload_ask_for_it_again(sample_universe, tmp_path, members_list):
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path)
    uploaded(panel, members_list)
    panel._form._profile.set_state({"index": 1})
    assert panel.checked is None
    assert "upload the list once more" in panel._run_bar.notice.value


def test_messages_of_an_earlier_upload_do_nothing(sample_universe, tmp_path):
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path)
    panel._upload._on_message(panel._upload, {"kind": "piece", "id": 1, "offset": 0}, [memoryview(b"a")])
    panel._upload._on_message(panel._upload, {"kind": "nonsense"}, [])
    panel._upload._on_message(panel._upload, {"kind": "failed", "id": 1}, [])
    assert panel._run_bar.notice.value == ""


def opted_out(panel, content):
    """Let a browser upload the people who opted out."""

    async def page():
        Browser(panel._opt_outs._field, content, name="opted_out.csv").begin()
        while panel._opt_outs._work.is_running or panel._work.is_running:
            await asyncio.sleep(0.002)

    asyncio.run(page())


def test_people_who_opted_out_can_be_uploaded_and_are_left_out_of_what_is_kept(sample_universe, tmp_path, members_list):
    emails = members_list.split(b"\n")[:3_000]
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path)
    panel._form.terms.value = True
    opted_out(panel, b"\n".join([*emails[100:], b"nobody"]))
    assert "2,900 records" in panel._opt_outs._notice.value
    assert "1 could not be read" in panel._opt_outs._notice.value
    uploaded(panel, members_list)
    assert panel.checked.record_counts.valid == 100
    members = panel.matched.members
    panel._keeper._name.set_state({"value": "Left"})
    panel._keeper._keep.click()
    spec = AudienceSpec(audience_id="1", name="Kept", definition=panel.definition)
    assert populate(spec, sample_universe, base_folder=tmp_path).members == members


def test_a_picked_list_without_those_who_were_uploaded_is_kept_and_not_named(sample_universe, tmp_path, members_list):
    (tmp_path / "list.csv").write_bytes(members_list)
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path, list_file="list.csv")
    panel._form.terms.value = True
    panel.check()
    n_all = len(panel.matched.members)
    opted_out(panel, b"\n".join(members_list.split(b"\n")[:1_500]))
    assert len(panel.matched.members) < n_all  # read again at once
    assert panel.definition is None  # the file alone would take them in again
    assert panel._keeper._keep.layout.display is None
    panel._opt_outs._forget.click()
    assert len(panel.matched.members) == n_all
    assert panel.definition is not None


def test_opt_outs_that_are_refused_leave_nobody_out_and_say_so(sample_universe, tmp_path, members_list):
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path)
    opted_out(panel, b"email\n" + members_list)
    assert "header or title" in panel._opt_outs._notice.value
    assert panel._opt_outs.suppression is None
