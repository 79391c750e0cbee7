import asyncio
import threading

import pytest

from workbench.widgets import live_answer
from workbench.widgets.live_answer import LiveAnswer


class Listener:
    def __init__(self) -> None:
        self.n_waits = 0
        self.shares: list[float] = []
        self.answers: list[object] = []
        self.errors: list[Exception] = []

    def on_waiting(self, share):
        if share is None:
            self.n_waits += 1
        else:
            self.shares.append(share)

    def on_answer(self, answer):
        self.answers.append(answer)

    def on_no_answer(self, error):
        self.errors.append(error)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture(autouse=True)
def _short_rest(monkeypatch):
    monkeypatch.setattr(live_answer, "SECONDS_OF_REST", 0.02)


def answering(answer, asked):
    def job(_on_progress):
        asked.append(answer)
        return answer

    return job


async def until_quiet(live):
    await asyncio.sleep(0.05)
    while live.work.is_running or live._question is not None:
        await asyncio.sleep(0.005)


def test_without_a_loop_an_answer_comes_at_once_and_is_remembered(listener):
    live, asked = LiveAnswer(listener), []
    live.ask("a", answering(1, asked))
    live.ask("b", answering(2, asked))
    live.ask("a", answering(1, asked))
    assert listener.answers == [1, 2, 1]
    assert asked == [1, 2]


def test_while_somebody_types_only_the_last_question_is_asked(listener, monkeypatch):
    monkeypatch.setattr(live_answer, "SECONDS_OF_REST", 0.3)
    asked = []

    async def page():
        live = LiveAnswer(listener)
        for n in range(5):
            live.ask(n, answering(n, asked))
            await asyncio.sleep(0)
        await until_quiet(live)

    asyncio.run(page())
    assert asked == [4]
    assert listener.answers == [4]
    assert listener.n_waits == 5


def test_while_one_is_worked_out_only_the_last_of_the_others_is_kept_and_never_two_run(listener):
    asked, go = [], threading.Event()

    def slow(_on_progress):
        asked.append("slow")
        go.wait(5)
        return "slow"

    async def page():
        live = LiveAnswer(listener)
        live.ask("slow", slow)
        await asyncio.sleep(0.05)
        for n in range(3):
            live.ask(n, answering(n, asked))
            await asyncio.sleep(0.03)
        assert asked == ["slow"]
        go.set()
        await until_quiet(live)

    asyncio.run(page())
    assert asked == ["slow", 2]
    assert listener.answers == [2]  # the first is not asked for any more
    assert listener.errors == []


def test_a_question_that_is_taken_back_gets_no_answer(listener):
    async def page():
        live = LiveAnswer(listener)
        live.ask("a", answering(1, []))
        live.forget_question()
        await until_quiet(live)

    asyncio.run(page())
    assert listener.answers == []


def test_why_there_is_no_answer_is_told(listener):
    LiveAnswer(listener).ask("a", lambda _on_progress: 1 // 0)
    assert isinstance(listener.errors[0], ZeroDivisionError)


def test_how_far_an_answer_is_is_told(listener):
    LiveAnswer(listener).ask("a", lambda on_progress: on_progress(1, 4))
    assert listener.shares == [0.25]
