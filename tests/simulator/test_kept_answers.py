from concurrent.futures import ThreadPoolExecutor

import pytest

from simulator.kept_answers import KeptAnswers


def test_an_answer_is_worked_out_once():
    kept, worked_out = KeptAnswers(2), []
    for _ in range(3):
        assert kept.answer("a", lambda: worked_out.append("a") or "found") == "found"
    assert worked_out == ["a"]


def test_what_nobody_has_asked_for_longest_goes_first():
    kept, worked_out = KeptAnswers(2), []
    for question in "abacab":
        kept.answer(question, lambda question=question: worked_out.append(question))
    assert worked_out == ["a", "b", "c", "b"]
    assert len(kept) == 2


def test_the_latest_answer_may_be_read_while_another_is_worked_out():
    kept = KeptAnswers(2)
    assert kept.latest is None
    assert kept.answer(1, lambda: "one") == "one"
    assert kept.answer(2, lambda: f"{kept.latest}, two") == "one, two"
    assert kept.answer(1, lambda: "never") == kept.latest == "one"


def test_threads_share_one_answer():
    kept, worked_out = KeptAnswers(1), []
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: kept.answer("a", lambda: worked_out.append("a")), range(100)))
    assert worked_out == ["a"]


def test_a_refusal_is_not_kept():
    kept = KeptAnswers(1)
    with pytest.raises(ZeroDivisionError):
        kept.answer("a", lambda: 1 // 0)
    assert kept.answer("a", lambda: "found") == "found"
