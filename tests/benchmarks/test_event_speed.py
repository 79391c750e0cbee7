"""Who did what, with what, within which days: the index on disk against the best that DuckDB can be given.

DuckDB has the events in tables of its own, sorted in several ways, with ids and actions as numbers, so that it compares
no texts and its zone maps skip what a question is not about. It counts; ours returns the set. One thread each. The
figures in the README are of a hundred million events: ``AUDIENCE_WORKBENCH_BENCH_SCALE=5 make bench``.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pytest

from tests.benchmarks.alternating import Timing, alternate, cpu_seconds
from tests.benchmarks.synthetic_events import (
    ACTIONS,
    FIRST_SOURCE,
    N_ACCOUNTS,
    NOW,
    days_ago,
    source_ids,
    write_events,
)
from tests.benchmarks.synthetic_lists import scaled
from workbench.events import (
    EventColumns,
    EventIndex,
    EventQuestion,
    answer_all,
    append_events,
    compact_events,
    write_event_index,
)

N_EVENTS = scaled(20_000_000)
COLUMNS = EventColumns("source", "action")
LAYOUTS = {
    "by_source_time": "ORDER BY source, ts",
    "by_source_action_time": "ORDER BY source, action, ts",
    "in_time_order": "",
}
MIDDLE = [40, 41, 42]

SELECTIVE = {
    "Q1: save or outbound click, 3 sources, 30 days": EventQuestion(
        source_ids(MIDDLE), ("save", "outbound_click"), days_ago(30), NOW
    ),
    "Q3: save, 1 source, 7 days": EventQuestion(source_ids(MIDDLE[:1]), ("save",), days_ago(7), NOW),
    "Q4: twice or more, 3 sources, 90 days": EventQuestion(
        source_ids(MIDDLE), ("save", "outbound_click"), days_ago(90), NOW, min_count=2
    ),
}
BROAD = {
    "Q2: 4 actions, 20 head sources, 180 days": EventQuestion(source_ids(range(20)), ACTIONS[:4], days_ago(180), NOW),
}
HARD = {
    "everything": EventQuestion(),
    "everything, 3 times or more": EventQuestion(min_count=3),
    "400 tail sources, 7 days": EventQuestion(source_ids(range(100, 500)), None, days_ago(7), NOW),
    "one source, one action, all days": EventQuestion(source_ids(MIDDLE[:1]), ("save",)),
}


class Stage(NamedTuple):
    """The same events as each contender wants them."""

    place: Path
    parquet: Path
    index: EventIndex
    database: duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    place = tmp_path_factory.mktemp("events")
    parquet = write_events(place / "events.parquet", N_EVENTS)
    write_event_index(parquet, place / "index", COLUMNS, N_ACCOUNTS)
    database = duckdb.connect(str(place / "events.duckdb"))
    codes = " ".join(f"WHEN '{action}' THEN {code}" for code, action in enumerate(ACTIONS))
    for name, order in LAYOUTS.items():
        database.execute(
            f"CREATE TABLE {name} AS SELECT (source::BIGINT - {FIRST_SOURCE})::USMALLINT AS source,"  # noqa: S608 - ours
            f" (CASE action {codes} END)::UTINYINT AS action, epoch(event_time)::UINTEGER AS ts, account"
            f" FROM read_parquet('{parquet}') {order}"
        )
    database.execute("CHECKPOINT")
    database.execute("SET threads = 1")
    return Stage(place, parquet, EventIndex.open(place / "index"), database)


def condition(question: EventQuestion, *, is_coded: bool) -> str:
    """Return what a question asks, in SQL; the columns are numbers or texts."""
    parts = ["true"]
    for column, texts in (("source", question.sources), ("action", question.actions)):
        if texts is not None:
            number = {"source": lambda text: int(text) - FIRST_SOURCE, "action": ACTIONS.index}[column]
            values = ", ".join(str(number(text)) if is_coded else f"'{text}'" for text in texts)
            parts.append(f"{column} IN ({values})")
    for bound, time in ((">=", question.since), ("<=", question.until)):
        if time is not None:
            parts.append(f"ts {bound} {int(time.timestamp())}" if is_coded else f"event_time {bound} '{time}'")
    return " AND ".join(parts)


def in_sql(stage: Stage, question: EventQuestion, table: str) -> int:
    """Count the accounts in one of DuckDB's tables, or in the Parquet file."""
    is_coded = table in LAYOUTS
    source = table if is_coded else f"read_parquet('{stage.parquet}')"
    having = f"HAVING count(*) >= {question.min_count}" if question.min_count > 1 else ""
    where = condition(question, is_coded=is_coded)
    inner = f"SELECT account FROM {source} WHERE {where} GROUP BY account {having}"  # noqa: S608 - ours
    return stage.database.execute(f"SELECT count(*) FROM ({inner})").fetchone()[0]  # noqa: S608


def contenders(stage: Stage, question: EventQuestion, *, with_parquet: bool) -> dict:
    works = {"ours": lambda: len(stage.index.accounts(question))}
    for table in LAYOUTS:
        works[f"DuckDB, own table {table}"] = lambda table=table: in_sql(stage, question, table)
    if with_parquet:
        works["DuckDB, Parquet in time order"] = lambda: in_sql(stage, question, "parquet")
    return works


def compare(title: str, works: dict, n_rounds: int) -> str:
    """Return the table of one question, after all have given the same answer; milliseconds rather than seconds."""
    found = {name: work() for name, work in works.items()}
    assert len(set(found.values())) == 1, found
    timings = alternate(works, n_rounds=n_rounds)
    return table_of(f"{title}: {found['ours']:,} accounts", timings)


def table_of(title: str, timings: dict[str, Timing]) -> str:
    lines = [f"  {title:<64}{'CPU ms':>10}{'x ours':>9}"]
    lines += [f"    {name:<62}{t.seconds * 1000:>10.3f}{t.ratio:>9.1f}" for name, t in timings.items()]
    return "\n".join(lines)


@pytest.mark.benchmark
@pytest.mark.parametrize(("questions", "n_rounds"), [(SELECTIVE, 15), (BROAD, 3), (HARD, 3)])
def test_questions_against_duckdb(stage, capsys, questions, n_rounds):
    lines = [f"\n{N_EVENTS:,} events of {N_ACCOUNTS:,} accounts"]
    lines += [
        compare(title, contenders(stage, question, with_parquet=questions is not HARD), n_rounds)
        for title, question in questions.items()
    ]
    with capsys.disabled():
        print("\n".join(lines))  # noqa: T201 - a benchmark is run for its figures


@pytest.mark.benchmark
def test_the_same_people_not_only_as_many(stage):
    for question in (*SELECTIVE.values(), *BROAD.values()):
        where = condition(question, is_coded=True)
        found = stage.database.execute(
            f"SELECT account FROM by_source_time WHERE {where} GROUP BY account HAVING count(*) >= ? ORDER BY account",  # noqa: S608
            [question.min_count],
        ).fetchnumpy()["account"]
        assert np.array_equal(stage.index.accounts(question).indices(), found)


@pytest.mark.benchmark
def test_last_event_times_against_duckdb(stage, capsys):
    lines = ["\nthe last qualifying event of each member"]
    for title, question in (SELECTIVE | BROAD).items():
        if question.min_count == 1:
            sql = (
                f"SELECT sum(last)::BIGINT FROM (SELECT max(ts) AS last FROM by_source_time "  # noqa: S608
                f"WHERE {condition(question, is_coded=True)} GROUP BY account)"
            )
            works = {
                "ours": lambda q=question: int(
                    stage.index.last_event_times(q).times.astype("datetime64[s]").astype(int).sum()
                ),
                "DuckDB, own table by_source_time": lambda s=sql: stage.database.execute(s).fetchone()[0],
            }
            assert len({work() for work in works.values()}) == 1
            lines.append(table_of(title, alternate(works, n_rounds=3)))
    with capsys.disabled():
        print("\n".join(lines))  # noqa: T201


def some_questions(n: int) -> list[EventQuestion]:
    """Return what a nightly run might ask: a few sources each, mostly rare ones, some frequent."""
    rng = np.random.default_rng(5)
    return [
        EventQuestion(
            source_ids(sorted(set((500 * rng.random(rng.integers(1, 6)) ** 2).astype(int).tolist()))),
            tuple(sorted(set(rng.choice(ACTIONS, rng.integers(1, 4)).tolist()))),
            days_ago(int(rng.choice([7, 30, 90, 180]))),
            NOW,
            min_count=int(rng.choice([1, 1, 1, 2, 5])),
        )
        for _ in range(n)
    ]


@pytest.mark.benchmark
def test_three_hundred_audiences(stage, capsys):
    questions = some_questions(300)
    works = {
        "ours": lambda: sum(map(len, answer_all(stage.index, questions))),
        "ours, one by one": lambda: sum(map(len, [stage.index.accounts(question) for question in questions])),
    }
    slow = {
        "ours": works["ours"],
        "DuckDB, own table by_source_time, one by one": lambda: sum(
            in_sql(stage, question, "by_source_time") for question in questions
        ),
    }
    assert len({work() for work in (works | slow).values()}) == 1
    with capsys.disabled():
        print("\n" + table_of("300 audiences", alternate(works, n_rounds=5)))  # noqa: T201
        print(table_of("  in a round of their own", alternate(slow, n_rounds=1)))  # noqa: T201


@pytest.mark.benchmark
def test_many_tiny_sources(tmp_path, capsys):
    n_events, n_sources = scaled(4_000_000), scaled(400_000)
    parquet = write_events(tmp_path / "e.parquet", n_events, n_sources=n_sources, exponent=0.0)
    write_event_index(parquet, tmp_path / "index", COLUMNS, N_ACCOUNTS)
    index, database = EventIndex.open(tmp_path / "index"), duckdb.connect(config={"threads": 1})
    database.execute(
        f"CREATE TABLE events AS SELECT source::BIGINT AS source, account FROM read_parquet('{parquet}')"  # noqa: S608
        " ORDER BY source, event_time"
    )
    lines = [f"\n{n_events:,} events of {n_sources:,} sources"]
    for n_asked in (10, 1_000, 100_000):
        asked = source_ids(np.random.default_rng(7).choice(n_sources, min(n_asked, n_sources), replace=False).tolist())
        database.execute("CREATE OR REPLACE TABLE asked AS SELECT unnest(?::BIGINT[]) AS source", [asked])
        works = {
            "ours": lambda asked=asked: len(index.accounts(EventQuestion(asked))),
            "DuckDB, own table sorted": lambda: database.execute(
                "SELECT count(*) FROM (SELECT DISTINCT account FROM events SEMI JOIN asked USING (source))"
            ).fetchone()[0],
        }
        assert len({work() for work in works.values()}) == 1
        lines.append(table_of(f"{n_asked:,} of them", alternate(works, n_rounds=5)))
    with capsys.disabled():
        print("\n".join(lines))  # noqa: T201


@pytest.mark.benchmark
def test_building_adding_and_merging(stage, tmp_path, capsys):
    build = cpu_seconds(lambda: write_event_index(stage.parquet, tmp_path / "index", COLUMNS, N_ACCOUNTS))
    day = write_events(tmp_path / "day.parquet", max(N_EVENTS // 180, 1))
    adding = [cpu_seconds(lambda: append_events(tmp_path / "index", day, COLUMNS)) for _ in range(15)]
    question = BROAD["Q2: 4 actions, 20 head sources, 180 days"]
    many = EventIndex.open(tmp_path / "index")
    n_bytes = sum(file.n_bytes for file in many.description.files())
    merge = cpu_seconds(lambda: compact_events(tmp_path / "index"))
    one = EventIndex.open(tmp_path / "index")
    works = {"ours": lambda: len(one.accounts(question)), "16 runs": lambda: len(many.accounts(question))}
    assert len({work() for work in works.values()}) == 1
    selective = next(iter(SELECTIVE.values()))
    also = {"ours": lambda: len(one.accounts(selective)), "16 runs": lambda: len(many.accounts(selective))}
    lines = [
        f"\n  build, M events/CPU s{N_EVENTS / build / 1e6:>12.2f}",
        f"  bytes an event{n_bytes / many.n_events:>19.2f}",
        f"  add a day of {N_EVENTS // 180:,}, CPU s{np.median(adding):>12.3f}",
        f"  merge 16 runs, M events/CPU s{many.n_events / merge / 1e6:>12.1f}",
        table_of("Q2, merged and not", alternate(works, n_rounds=3)),
        table_of("Q1, merged and not", alternate(also, n_rounds=9)),
        f"  open, ms{1000 * min(cpu_seconds(lambda: EventIndex.open(one.path)) for _ in range(9)):>24.2f}",
    ]
    with capsys.disabled():
        print("\n".join(lines))  # noqa: T201


FIRST_USE = """
import sys, time
from datetime import datetime
start = time.perf_counter()
from workbench.events import EventIndex, EventQuestion
imported = time.perf_counter()
index = EventIndex.open(sys.argv[1])
opened = time.perf_counter()
question = EventQuestion(sys.argv[2].split(","), ("save", "outbound_click"), datetime.fromisoformat(sys.argv[3]))
index.accounts(question)
answered = time.perf_counter()
index.accounts(question)
print(*(1000 * s for s in (imported - start, opened - imported, answered - opened, time.perf_counter() - answered)))
"""


@pytest.mark.benchmark
def test_first_use_in_a_new_process(stage, tmp_path, capsys):
    head = "".join(f"{title:>12}" for title in ("import", "open", "first", "second"))
    lines = [f"\n  {'Q1 in a new process, ms of wall time':<52}{head}"]
    command = [sys.executable, "-c", FIRST_USE, str(stage.index.path), ",".join(source_ids(MIDDLE)), str(days_ago(30))]
    for title in ("nothing compiled before", "compiled before"):
        environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "compiled")}
        said = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout  # noqa: S603
        lines.append(f"  {title:<52}" + "".join(f"{float(ms):>12.1f}" for ms in said.split()))
    with capsys.disabled():
        print("\n".join(lines))  # noqa: T201
