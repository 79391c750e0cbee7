"""Requests that are written down: placeholders, bytes, and who can read the file."""

import json
import stat

import pytest

from workbench.errors import DefinitionError, InputFileError
from workbench.export import ApiRequest, Export, Finding, FindingKind

LIST = ApiRequest("POST", "/a/customer_lists", "customer_lists/create", {"records": "00"}, gives="customer_list:42")
AUDIENCE = ApiRequest("POST", "/a/audiences", "audiences/create", {"rule": {"customer_list_id": "${customer_list:42}"}})
NOTE = Finding(FindingKind.LOST, "field", "P1", "Something.")


def test_a_request_says_which_ids_it_needs_and_takes_them():
    assert AUDIENCE.needs == ("customer_list:42",)
    filled = AUDIENCE.filled({"customer_list:42": "885", "other:1": "7"})
    assert (filled.needs, filled.body) == ((), {"rule": {"customer_list_id": "885"}})
    with pytest.raises(DefinitionError, match="got none for customer_list:42"):
        AUDIENCE.filled({})


def test_ids_are_filled_in_wherever_they_stand():
    body = [{"${audience:1}": 2.0, "ids": ["${audience:1.2}", "7"], "records": "${audience:1}"}]
    request = ApiRequest("PATCH", "/a/${audience:1}", "x", body)
    assert request.needs == ("audience:1", "audience:1.2")
    filled = request.filled({"audience:1": "10", "audience:1.2": "12"})
    assert filled.path == "/a/10"
    assert filled.body == [{"10": 2.0, "ids": ["12", "7"], "records": "${audience:1}"}]


def test_no_digest_is_on_a_screen():
    assert repr(LIST) == "ApiRequest(POST /a/customer_lists, gives='customer_list:42')"
    assert "00" not in repr(Export((LIST,)))


def test_a_file_with_digests_is_its_owners_alone_and_others_are_as_the_umask_says(tmp_path):
    path = Export((LIST, AUDIENCE)).write(tmp_path / "new" / "lists.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    open_to_others = Export((AUDIENCE,)).write(tmp_path / "audience.json")
    (tmp_path / "plain").touch()
    assert open_to_others.stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert {one.name for one in tmp_path.rglob("*")} == {"new", "lists.json", "audience.json", "plain"}


def test_the_same_export_makes_the_same_bytes(tmp_path):
    export = Export((LIST, AUDIENCE), (NOTE,))
    first, second = (export.write(tmp_path / name).read_bytes() for name in ("a.json", "b.json"))
    assert first == second
    written = json.loads(first)
    assert [request["operation_id"] for request in written["requests"]] == ["customer_lists/create", "audiences/create"]
    assert written["requests"][1]["needs"] == [written["requests"][0]["gives"]]
    assert written["findings"] == [{"kind": "LOST", "field": "field", "rule": "P1", "sentence": "Something."}]


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputFileError):
        Export((LIST,)).write(tmp_path / "folder")
    assert list((tmp_path / "folder").iterdir()) == []


def test_exports_are_joined_in_order_and_say_everything_once():
    joined = Export((LIST,), (NOTE,)) + Export((AUDIENCE,), (NOTE,))
    assert joined == Export((LIST, AUDIENCE), (NOTE,))
    assert str(NOTE) == "field: Something. (P1)"
