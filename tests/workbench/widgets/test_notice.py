import logging

import pytest

from workbench.audiences import VisitorDefinition
from workbench.errors import CancelledError, DefinitionError
from workbench.widgets.notice import Notice
from workbench.widgets.project import project_folder


@pytest.fixture
def notice() -> Notice:
    return Notice()


def test_a_refusal_is_shown_as_it_is(notice):
    notice.guarded(lambda: (_ for _ in ()).throw(DefinitionError("expected a <tag>, got none; choose one")))()
    assert notice.value == '<p class="wb-bad" role="alert">Expected a &lt;tag&gt;, got none; choose one</p>'


def test_paths_begin_at_the_project(notice):
    with notice.guard():
        raise DefinitionError(f"expected a file at {project_folder()}/data/list.csv; check the path")
    assert "Expected a file at data/list.csv;" in notice.value


def test_the_numbers_of_rules_stay_off_the_screen(notice):
    with notice.guard():
        raise DefinitionError("country: expected one that accounts live in, got XX (S12, Q25)")
    assert "country: expected one that accounts live in, got XX<" in notice.value


def test_an_unexpected_error_shows_a_reference_and_logs_neither_its_text_nor_a_value(notice, caplog):
    with caplog.at_level(logging.ERROR, "workbench.widgets"), notice.guard():
        raise RuntimeError("@".join(["ann", "mail.example"]))
    (record,) = caplog.records
    reference = notice.value.split("reference ")[1][:6]
    assert reference in record.getMessage()
    assert "RuntimeError" in record.getMessage()
    assert "test_notice.py" in record.getMessage()
    assert "ann@" not in record.getMessage() + notice.value
    assert "Traceback" not in notice.value


def test_a_wrong_field_is_named_without_its_value(notice):
    with notice.guard():
        VisitorDefinition(visitor_source_id="ann@mail.example")
    assert "visitor_source_id" in notice.value
    assert "ann@" not in notice.value


def test_stopping_is_no_error(notice):
    with notice.guard():
        raise CancelledError("stopped")
    assert 'class="wb-plain"' in notice.value


def test_the_next_attempt_clears_the_line(notice):
    notice.say("Something")
    with notice.guard():
        pass
    assert notice.value == ""


def test_leaving_the_program_is_not_caught(notice):
    with pytest.raises(KeyboardInterrupt), notice.guard():
        raise KeyboardInterrupt
