import pytest

from workbench.errors import DefinitionError
from workbench.widgets.download import Download, DownloadFile


@pytest.fixture
def sent(monkeypatch):
    """What the button hands to the browser."""
    messages: list[tuple[dict, list[bytes]]] = []
    monkeypatch.setattr(Download, "send", lambda _self, content, buffers=None: messages.append((content, buffers)))
    return messages


def click(button: Download) -> None:
    button._handle_custom_msg({"kind": "wanted"}, [])


def test_a_file_is_made_when_it_is_asked_for(sent):
    button = Download("Figures (CSV)")
    assert button.is_disabled
    button.offer(lambda: DownloadFile("figures.csv", "text/csv", b"a,b\n1,2\n"))
    assert (button.is_disabled, sent) == (False, [])
    click(button)
    assert sent == [({"kind": "file", "name": "figures.csv", "type": "text/csv"}, [b"a,b\n1,2\n"])]
    assert (button.is_busy, button.message) == (False, "")


def test_without_an_offer_nothing_is_made(sent):
    button = Download("Figures")
    click(button)
    assert sent == []


def test_why_there_is_no_file_is_said_in_place(sent, caplog):
    button = Download("Figures")

    def refuse() -> DownloadFile:
        raise DefinitionError("expected a scenario that was run, got none; run it")

    button.offer(refuse)
    click(button)
    assert (sent, button.is_busy) == ([], False)
    assert button.message == "Expected a scenario that was run, got none; run it"

    address = "someone@somewhere.example"

    def break_down() -> DownloadFile:
        raise RuntimeError(address)

    button.offer(break_down)
    click(button)
    assert "reference" in button.message
    assert address not in button.message + caplog.text
