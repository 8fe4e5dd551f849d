from collections.abc import Callable, Iterator

import pytest

from alerts.timer_job import RunOnce, Timer, TimerJob, TimerMetrics
from core.backoff import Backoff
from core.clock import ManualClock
from core.database_link import DatabaseLink
from core.db import Connection, connect
from core.log import get_logger

NOW_US = 1_767_574_800_000_000
MakeJob = Callable[..., TimerJob]


@pytest.fixture
def metrics() -> TimerMetrics:
    return TimerMetrics()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_US)


@pytest.fixture
def make_job(database_url: str, clock: ManualClock, metrics: TimerMetrics) -> Iterator[MakeJob]:
    made: list[TimerJob] = []

    def make(run_once: RunOnce, url: str = database_url) -> TimerJob:
        backoff = Backoff(1.0, lambda: 0.0)
        link = DatabaseLink(url, "test-timer", backoff=backoff, log=get_logger("test"))
        made.append(TimerJob(Timer("sweep", 30.0, run_once), link, clock, metrics))
        return made[-1]

    yield make
    for job in made:
        job.close()


def runs(metrics: TimerMetrics, result: str) -> float:
    return metrics.runs.labels(timer="sweep", result=result)._value.get()


def add_town(connection: Connection, now_us: int) -> int:
    connection.execute("INSERT INTO town (code, name, name_en) VALUES ('x', 'x', %s)", (now_us,))
    return 1


def towns(database_url: str) -> list[tuple[object, ...]]:
    with connect(database_url, "test", autocommit=True) as connection:
        return connection.execute("SELECT name_en FROM town").fetchall()


def test_a_run_is_committed_and_counted(
    make_job: MakeJob, metrics: TimerMetrics, database_url: str
) -> None:
    job = make_job(add_town)
    job.run()
    assert towns(database_url) == [(str(NOW_US),)]
    assert runs(metrics, "ok") == 1
    assert metrics.done.labels(timer="sweep")._value.get() == 1
    assert job.problem() is None


def test_a_run_that_fails_is_rolled_back_and_counted_and_the_next_one_works(
    make_job: MakeJob, metrics: TimerMetrics, database_url: str
) -> None:
    calls: list[int] = []

    def fail_first(connection: Connection, now_us: int) -> int:
        calls.append(now_us)
        done = add_town(connection, now_us)
        if len(calls) == 1:
            raise KeyError("a defect")
        return done

    job = make_job(fail_first)
    job.run()
    assert towns(database_url) == []
    assert runs(metrics, "failed") == 1
    job.run()
    assert len(towns(database_url)) == 1
    assert runs(metrics, "ok") == 1


def test_a_database_that_is_away_is_counted_and_never_raised(
    make_job: MakeJob, metrics: TimerMetrics
) -> None:
    job = make_job(add_town, url="postgresql://trapwatch@127.0.0.1:1/nothing")
    job.run()
    assert runs(metrics, "database_unavailable") == 1


def test_a_timer_without_success_for_five_intervals_is_a_problem(
    make_job: MakeJob, clock: ManualClock
) -> None:
    healthy = True

    def run_once(_connection: Connection, _now_us: int) -> int:
        if not healthy:
            raise KeyError("a defect")
        return 0

    job = make_job(run_once)
    clock.advance_s(100)
    job.run()
    healthy = False
    clock.advance_s(150)
    job.run()
    assert job.problem() is None
    clock.advance_s(1)
    problem = job.problem()
    assert problem is not None
    assert "sweep" in problem
    assert "a defect" in problem
    healthy = True
    job.run()
    assert job.problem() is None
