import asyncio
import threading
import time

import pytest
from numba.core import event

from workbench.errors import CancelledError
from workbench.widgets.work import SECONDS_BETWEEN_NEWS, Work


class Listener:
    def __init__(self) -> None:
        self.news: list[tuple[int, int]] = []
        self.results: list[object] = []
        self.errors: list[Exception] = []
        self.compiling: list[bool] = []
        self.threads: set[int] = set()

    def on_progress(self, n_done, n_total):
        self.threads.add(threading.get_ident())
        self.news.append((n_done, n_total))

    def on_compiling(self, is_compiling):
        self.threads.add(threading.get_ident())
        self.compiling.append(is_compiling)

    def on_done(self, result):
        self.threads.add(threading.get_ident())
        self.results.append(result)

    def on_failed(self, error):
        self.errors.append(error)


@pytest.fixture
def listener() -> Listener:
    return Listener()


def test_without_a_loop_work_is_done_at_once(listener):
    Work(listener).start(lambda on_progress: on_progress(1, 2) or "result")
    assert listener.results == ["result"]
    assert listener.news == [(1, 2)]


def compiling_job(_on_progress):
    with event.trigger_event("numba:compile"):  # as Numba does around a compilation
        return "result"


def test_compilation_is_told_without_a_loop_and_in_one(listener):
    Work(listener).start(compiling_job)
    assert listener.compiling == [True, False]

    async def page():
        work = Work(listener)
        work.start(compiling_job)
        await work.task

    asyncio.run(page())
    assert listener.compiling == [True, False] * 2
    assert listener.results == ["result"] * 2
    assert listener.threads == {threading.get_ident()}


def test_an_error_reaches_the_listener(listener):
    work = Work(listener)
    work.start(lambda _on_progress: 1 // 0)
    assert isinstance(listener.errors[0], ZeroDivisionError)
    assert not work.is_running


def test_in_a_loop_the_page_keeps_answering_and_news_are_rare(listener):
    def job(on_progress):
        for n in range(300):
            on_progress(n, 300)
            time.sleep(0.001)
        return "result"

    async def page():
        work = Work(listener)
        work.start(job)
        assert work.is_running
        n_answers = 0
        while work.is_running:
            await asyncio.sleep(0.005)
            n_answers += 1
        return n_answers

    started = time.monotonic()
    assert asyncio.run(page()) > 10
    assert len(listener.news) <= 1 + (time.monotonic() - started) / SECONDS_BETWEEN_NEWS
    assert listener.results == ["result"]
    assert listener.threads == {threading.get_ident()}


def endless(on_progress):
    while True:
        on_progress(0, 1)
        time.sleep(0.001)


def test_cancel_stops_work(listener):
    async def page():
        work = Work(listener)
        work.start(endless)
        await asyncio.sleep(0.02)
        work.cancel()
        await work.task

    asyncio.run(page())
    assert isinstance(listener.errors[0], CancelledError)
    assert listener.results == []


def test_newer_work_takes_the_place_of_older(listener):
    async def page():
        work = Work(listener)
        work.start(endless)
        older = work.task
        work.start(lambda _on_progress: "newer")
        await asyncio.gather(older, work.task)

    asyncio.run(page())
    assert listener.results == ["newer"]
    assert listener.errors == []
