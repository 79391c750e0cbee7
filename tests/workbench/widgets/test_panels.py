import asyncio
from dataclasses import replace

from tests.workbench.audiences_for_charts import three_audiences
from workbench.identity import DigestKind, hash_email
from workbench.universe import synthesize_email
from workbench.widgets import AudienceTable, CustomerListPanel, OverlapExplorer


def texts(table) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in table.cells]


# -- customer list -----------------------------------------------------------------------------------------------------


def test_checking_a_list_shows_what_is_invalid_and_never_a_value(sample_universe, list_file):
    panel = CustomerListPanel(sample_universe, list_file=str(list_file))
    panel._form._terms.value = True
    panel.check()
    assert panel.definition.list_file == str(list_file)
    assert (panel.checked.record_counts.valid, panel.checked.record_counts.invalid) == (1, 1)
    assert texts(panel._errors)[0][:3] == ["2", "Missing at sign", "aaaaaa"]
    assert "Too small" in panel._figures.value
    assert "&lt; 100" in panel._figures.value
    assert "ann" not in panel._figures.value + str(panel._errors.cells) + str(panel._chart.spec)


def test_whom_a_list_matches_is_shown_as_long_as_the_terms_are_acknowledged(sample_universe, list_file):
    panel = CustomerListPanel(sample_universe, list_file=str(list_file))
    panel.check()
    assert panel.checked.record_counts.valid == 1
    assert panel.matched is None
    assert not panel.definition.are_terms_acknowledged
    assert "Audience size" not in panel._figures.value
    assert "once the box above is ticked" in panel._figures.value
    panel._form._terms.set_state({"value": True})
    assert panel.matched is not None
    assert panel.definition.are_terms_acknowledged
    assert "Audience size" in panel._figures.value
    panel._form._terms.set_state({"value": False})
    assert panel.matched is None
    assert "Audience size" not in panel._figures.value


def test_the_terms_may_be_acknowledged_while_the_list_is_still_being_read(sample_universe, list_file):
    async def page():
        panel = CustomerListPanel(sample_universe, list_file=str(list_file))
        panel.check()
        panel._form._terms.set_state({"value": True})
        await panel._work.task
        return panel

    assert asyncio.run(page()).matched is not None


def test_the_panel_holds_a_list_against_the_profile_and_leaves_out_who_opted_out(sample_universe, tmp_path):
    emails = synthesize_email(range(600), sample_universe.provenance["identity_rng_seed"])
    sha1 = [hash_email(email, DigestKind.SHA1).hex() for email in emails]
    (tmp_path / "list.csv").write_text("\n".join(sha1) + "\n", "utf-8")
    (tmp_path / "opted_out.csv").write_text("\n".join(emails[100:]) + "\n", "utf-8")
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path, list_file="list.csv")
    panel._form._terms.value = True
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
    assert {row[1] for row in texts(panel._errors)} == {"Suppressed"}


def test_a_refused_list_is_explained_and_nothing_of_an_earlier_one_stays(sample_universe, list_file):
    panel = CustomerListPanel(sample_universe, list_file=str(list_file))
    panel.check()
    list_file.write_text("email,name\n", "utf-8")
    panel._run_bar._run.click()
    assert "expected" in panel._run_bar.notice.value
    assert panel.definition is panel.checked is panel.matched is None
    assert panel._errors.cells == []
    assert "Processed" not in panel._figures.value


def test_the_command_that_cleans_is_named_where_it_helps(sample_universe, list_file):
    panel = CustomerListPanel(sample_universe, list_file=str(list_file))
    command = f"list clean {list_file} {list_file.with_name('list.cleaned.csv')} --type EMAIL"
    panel.check()
    assert (
        f"without the invalid records, run in a terminal: <code>python -m workbench {command}" in panel._figures.value
    )
    list_file.write_text("email\nann@mail.example\n", "utf-8")
    panel.check()
    assert f"mended and hashed, run in a terminal: <code>python -m workbench {command}" in panel._figures.value
    list_file.write_text("idfa\n", "utf-8")
    panel.check()
    assert panel._figures.value == ""
    list_file.write_text("ann@mail.example\n", "utf-8")
    panel.check()
    assert "terminal" not in panel._figures.value


def test_a_missing_file_is_one_sentence(sample_universe, tmp_path):
    panel = CustomerListPanel(sample_universe, base_folder=tmp_path, list_file="absent.csv")
    panel._run_bar._run.click()
    assert "absent.csv" in panel._run_bar.notice.value
    assert "reference" not in panel._run_bar.notice.value


def test_no_file_at_all_is_one_sentence(sample_universe):
    panel = CustomerListPanel(sample_universe)
    panel._run_bar._run.click()
    assert "Please say which file" in panel._run_bar.notice.value


def test_long_tables_of_errors_are_cut_and_say_so(sample_universe, list_file):
    list_file.write_text("ann@mail.example\n" + "nobody\n" * 250, "utf-8")
    panel = CustomerListPanel(sample_universe, list_file=str(list_file))
    panel.check()
    assert len(panel._errors.cells) == 200
    assert panel._errors.note == "first 200 of 250"


# -- audiences ---------------------------------------------------------------------------------------------------------


def test_audience_table_shows_words_and_safe_sizes():
    table = AudienceTable(three_audiences())
    assert [row[2:4] for row in texts(table._table)] == [["1,000", "Ready"], ["200", "Ready"], ["< 100", "Too small"]]
    assert [row[2]["order"] for row in table._table.cells] == [1000, 200, 0]
    assert "40" not in str(table._chart.spec["datasets"])


def test_overlap_explorer_lists_each_pair_once_with_both_shares():
    explorer = OverlapExplorer(three_audiences())
    assert texts(explorer._table)[0] == ["Wide", "Narrow", "200", "20 %", "100 %"]
    assert len(explorer._table.cells) == 3
    explorer.audiences = ()
    assert explorer._table.cells == []
    assert "usermeta" in explorer._chart.spec


def test_two_audiences_of_one_name_are_told_apart_wherever_they_are_shown():
    same = [
        replace(audience, spec=audience.spec.model_copy(update={"name": "Same"})) for audience in three_audiences()[:2]
    ]
    table = AudienceTable(same)
    assert [row[0] for row in texts(table._table)] == ["Same (1)", "Same (2)"]
    assert "Same (2)" in str(table._chart.spec)
    assert texts(OverlapExplorer(same)._table)[0][:2] == ["Same (1)", "Same (2)"]
