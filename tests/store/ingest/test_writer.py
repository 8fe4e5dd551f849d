"""Faults are injected: the worker keeps what it can, retries what passes, loses nothing."""

from threading import Thread
from typing import TYPE_CHECKING

import pytest

from alerts.engine import BatchOutcome, Engine
from core.db import Connection, connect
from core.reading_batch import ReadingBatch
from ingest.writer import StoppedError

if TYPE_CHECKING:
    from tests.store.conftest import Ingest, MakeMessage


class EngineWithDefect(Engine):
    """Fails on one value, as a rule with a defect would."""

    def evaluate_batch(
        self, connection: Connection, readings: ReadingBatch, now_us: int
    ) -> BatchOutcome:
        if (readings.value == 666.0).any():
            raise ZeroDivisionError("a rule's defect")
        return super().evaluate_batch(connection, readings, now_us)


def test_one_poisonous_message_is_isolated(ingest: "Ingest", message: "MakeMessage") -> None:
    ingest.connection.execute("ALTER TABLE reading ADD CONSTRAINT poison CHECK (value <> 666)")
    ledger = ingest.settle(
        *(message(("dev-1", n, 666.0 if n == 37 else 500.0 + n)) for n in range(100))
    )
    assert ledger == {
        "received": 100, "stored": 99, "duplicate": 0, "rejected": 1, "in_flight": 0,
    }  # fmt: skip
    ((reason, detail),) = ingest.rows("SELECT reason, detail FROM rejected_message")
    assert reason == "database_refused"
    assert "poison" in detail
    assert ingest.rows("SELECT count(*) FROM reading") == [(99,)]


def test_a_batch_of_poison_leaves_the_worker_healthy(
    ingest: "Ingest", message: "MakeMessage"
) -> None:
    ingest.connection.execute("ALTER TABLE reading ADD CONSTRAINT poison CHECK (value <> 666)")
    ledger = ingest.settle(*(message(("dev-1", n, 666.0)) for n in range(16)))
    assert (ledger["rejected"], ledger["in_flight"]) == (16, 0)
    assert ingest.settle(message(("dev-1", 99, 600.0)))["stored"] == 1
    assert ingest.writer.problem is None


def test_a_rules_defect_does_not_cost_the_reading(ingest: "Ingest", message: "MakeMessage") -> None:
    ingest.engine = EngineWithDefect(900_000_000)
    ingest.__post_init__()
    ledger = ingest.settle(*(message(("dev-1", n, 666.0 if n == 3 else 600.0)) for n in range(8)))
    assert (ledger["stored"], ledger["rejected"]) == (8, 0)
    assert ingest.rows("SELECT count(*) FROM reading") == [(8,)]


def test_a_killed_connection_is_retried(ingest: "Ingest", message: "MakeMessage") -> None:
    ingest.settle(message(("dev-1", 0, 600.0)))
    ingest.connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'trapwatch-ingest'"
    )
    ledger = ingest.settle(message(("dev-1", 1, 601.0)))
    assert (ledger["stored"], ledger["in_flight"]) == (2, 0)


def test_a_lock_held_by_somebody_else_delays_but_loses_nothing(
    ingest: "Ingest", message: "MakeMessage", database_url: str
) -> None:
    ingest.settle(message(("dev-1", 0, 600.0)))
    with connect(database_url, "blocker") as blocker:
        blocker.execute("SELECT * FROM series_state FOR UPDATE")
        thread = Thread(target=ingest.settle, args=(message(("dev-1", 1, 601.0)),))
        thread.start()
        ingest.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'trapwatch-ingest'"
        )
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert ingest.rows("SELECT count(*) FROM reading") == [(2,)]


def test_a_database_that_stays_away_ends_in_a_stop_without_loss(
    ingest: "Ingest", message: "MakeMessage"
) -> None:
    ingest.url = "postgresql://nobody@127.0.0.1:1/none"
    ingest.__post_init__()
    ingest.ledger.count_received(1)
    failed: list[BaseException] = []

    def settle() -> None:
        try:
            ingest.writer.settle([message(("dev-1", 0, 600.0))])
        except StoppedError as error:
            failed.append(error)

    thread = Thread(target=settle)
    thread.start()
    ingest.stop.set()
    thread.join(timeout=30)
    assert len(failed) == 1
    assert ingest.ledger.snapshot()["in_flight"] == 1
    assert ingest.writer.problem is not None


def test_a_wrong_database_is_reported_and_waited_for(
    ingest: "Ingest", message: "MakeMessage"
) -> None:
    ingest.connection.execute("ALTER TABLE series_state RENAME TO elsewhere")
    thread = Thread(target=ingest.settle, args=(message(("dev-1", 0, 600.0)),))
    thread.start()
    while ingest.writer.problem is None or "not as expected" not in ingest.writer.problem:
        thread.join(timeout=0.01)
        assert thread.is_alive()
    ingest.connection.execute("ALTER TABLE elsewhere RENAME TO series_state")
    thread.join(timeout=30)
    assert ingest.rows("SELECT count(*) FROM reading") == [(1,)]
    assert ingest.writer.problem is None


@pytest.mark.parametrize("dup", [True, False])
def test_the_ledger_balances_after_a_crash_between_commit_and_acknowledgement(
    ingest: "Ingest", message: "MakeMessage", dup: bool
) -> None:
    batch = [message(("dev-1", n, 600.0 + n), dup=dup) for n in range(50)]
    ingest.settle(*batch)
    ledger = ingest.settle(*batch)
    assert (ledger["stored"], ledger["duplicate"], ledger["in_flight"]) == (50, 50, 0)
    assert ingest.rows("SELECT count(*) FROM reading") == [(50,)]
