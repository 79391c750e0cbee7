"""Where the access token comes from, and what is refused as one."""

import os

import pytest

from workbench.errors import ServingError
from workbench.serving.access import TOKEN_FILE_VARIABLE, TOKEN_VARIABLE, AccessToken, access_token

TOKEN = "0123456789abcdef0123"  # noqa: S105 - a test's


@pytest.fixture(autouse=True)
def _no_token(monkeypatch):
    for name in (TOKEN_VARIABLE, TOKEN_FILE_VARIABLE):
        monkeypatch.delenv(name, raising=False)


def test_each_start_makes_a_new_one():
    first, second = access_token(), access_token()
    assert first.value != second.value
    assert len(first.value) >= 32
    assert not first.is_chosen


def test_it_is_taken_out_of_the_environment_so_that_no_kernel_inherits_it(monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert access_token() == AccessToken(TOKEN, is_chosen=True)
    assert TOKEN_VARIABLE not in os.environ


def test_a_file_may_end_with_a_line_break(monkeypatch, tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n", "utf-8")
    monkeypatch.setenv(TOKEN_FILE_VARIABLE, str(tmp_path / "token"))
    assert access_token() == AccessToken(TOKEN, is_chosen=True)


def test_off_asks_for_nothing(monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, "off")
    assert access_token() == AccessToken("", is_chosen=True)


def test_a_token_that_could_be_guessed_is_refused_without_being_shown(monkeypatch):
    monkeypatch.setenv(TOKEN_VARIABLE, "secret")
    with pytest.raises(ServingError, match="at least 16 characters in AUDIENCE_WORKBENCH_TOKEN, got 6") as refusal:
        access_token()
    assert "secret" not in str(refusal.value)


def test_an_empty_or_missing_file_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv(TOKEN_FILE_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(ServingError, match="cannot be read"):
        access_token()
    (tmp_path / "empty").write_text("\n", "utf-8")
    monkeypatch.setenv(TOKEN_FILE_VARIABLE, str(tmp_path / "empty"))
    with pytest.raises(ServingError, match="got 0"):
        access_token()
