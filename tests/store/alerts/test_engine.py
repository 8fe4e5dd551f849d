"""Readings to episodes, tickets, audit rows and messages, in the real ingest transaction."""

import json
import random
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from alerts import store as alert_store
from alerts.gate import NotificationGate
from alerts.replays.streaming import replay
from alerts.rules.rulebook import RuleBook
from core.db import connect
from core.instant import SECOND_US, from_us, to_us
from core.reading import Metric
from core.reading_batch import ReadingBatch
from core.registry.model import Registry
from core.registry.store import select_devices
from core.sql import load_queries
from tests.store.conftest import NOW_US, Ingest

if TYPE_CHECKING:
    from tests.store.conftest import MakeMessage

#: Outlet at 600 mm, cover at 900 mm: R02 fires at 870 for two minutes and clears below 750.
HIGH, LOW = 880.0, 610.0


def later(ingest: Ingest, seconds: float) -> float:
    """Move the clock; return the seconds since NOW."""
    ingest.clock.advance_s(seconds)
    return (ingest.clock.now_us() - NOW_US) / SECOND_US


def overflow(ingest: Ingest, message: "MakeMessage", uid: str = "dev-1") -> None:
    for _ in range(3):
        at_s = later(ingest, 60)
        ingest.settle(message((uid, at_s, HIGH), received_s=at_s))


def clear(ingest: Ingest, message: "MakeMessage", uid: str = "dev-1") -> None:
    for _ in range(4):
        at_s = later(ingest, 300)
        ingest.settle(message((uid, at_s, LOW), received_s=at_s))


ALERTS = "SELECT rule_code, status, severity, seq, ticket_id FROM alert ORDER BY alert_id"


def test_an_idle_trap_leaves_no_trace(ingest: Ingest, message: "MakeMessage") -> None:
    ingest.settle(*(message(("dev-1", n, LOW + n % 7), received_s=n) for n in range(100)))
    assert ingest.rows("SELECT count(*) FROM rule_state") == [(0,)]
    assert ingest.rows("SELECT count(*) FROM alert") == [(0,)]


def test_an_overflow_is_an_alert_a_ticket_and_messages_in_one_go(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    ingest.rows(
        "INSERT INTO webhook_endpoint (url, secret, created_at, updated_at)"
        " VALUES ('http://127.0.0.1:9/', 'whsec_x', now(), now()) RETURNING 1"
    )
    overflow(ingest, message)
    assert ingest.rows(ALERTS) == [("R02", "firing", "red", 2, 1)]
    assert ingest.rows("SELECT type FROM alert_event ORDER BY seq") == [("fired",), ("notified",)]
    assert ingest.rows("SELECT problem, state, severity, source_ref FROM ticket") == [
        ("overflow", "new", "red", "1")
    ]
    assert ingest.rows("SELECT action FROM audit_event ORDER BY audit_event_id") == [
        ("alert.fired",), ("alert.notified",), ("ticket.open",),
    ]  # fmt: skip
    messages = ingest.rows(
        "SELECT m.event_type, m.body, d.state FROM webhook_message m"
        " JOIN webhook_delivery d USING (webhook_message_id) ORDER BY 1"
    )
    assert [(kind, state) for kind, _, state in messages] == [
        ("alert.fired", "queued"), ("ticket.created", "queued"),
    ]  # fmt: skip
    body = json.loads(messages[0][1])
    assert body["type"] == "alert.fired"
    data = body["data"]
    assert (data["rule_id"], data["trap"], data["device"]) == ("R02", "T1", "dev-1")
    assert (data["value"], data["threshold"]["raise_at"]) == (HIGH, 870.0)
    assert data["wording"].startswith("疑似")
    assert (data["started_at"], data["fired_at"]) == (
        "2026-01-05T01:01:00Z", "2026-01-05T01:03:00Z",
    )  # fmt: skip
    assert data["site"]["name"] == "老灶"


def test_it_resolves_but_the_ticket_stays_open(ingest: Ingest, message: "MakeMessage") -> None:
    overflow(ingest, message)
    clear(ingest, message)
    assert ingest.rows(ALERTS) == [("R02", "resolved", "red", 3, 1)]
    assert ingest.rows("SELECT state, sensor_cleared FROM ticket") == [("new", True)]
    assert ingest.rows("SELECT phase, alert_id, resolved_us > 0 FROM rule_state") == [(0, 1, True)]
    at_s = later(ingest, 7_500)
    ingest.settle(message(("dev-1", at_s, LOW), received_s=at_s))
    assert ingest.rows("SELECT count(*) FROM rule_state") == [(0,)], "nothing to reopen any more"
    assert ingest.rows("SELECT event_type FROM webhook_message ORDER BY webhook_message_id") == [
        ("ticket.created",),  # first: alert.fired names its ticket
        ("alert.fired",),
        ("alert.resolved",),
    ]


def test_an_overflow_within_one_batch_has_its_ticket_like_any_other(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    """A worker that catches up sees beginning and end at once: batches must not decide."""
    ingest.rows(
        "INSERT INTO rule_override (rule_code, scope, scope_ref, parameters, created_at) VALUES"
        " ('R02', 'trap', 'T1', '{\"clear_hold_s\": 300}', now()) RETURNING 1"
    )
    readings = {n: HIGH if n < 180 else LOW for n in range(0, 840, 60)}
    ingest.settle(*(message(("dev-1", at_s, v), received_s=840) for at_s, v in readings.items()))
    assert ingest.rows(ALERTS) == [("R02", "resolved", "red", 3, 1)]
    assert ingest.rows("SELECT state, sensor_cleared FROM ticket") == [("new", True)]
    assert ingest.rows("SELECT event_type FROM webhook_message ORDER BY webhook_message_id") == [
        ("ticket.created",), ("alert.fired",), ("alert.resolved",),
    ]  # fmt: skip


def test_a_further_episode_attaches_to_the_active_ticket(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    overflow(ingest, message)
    clear(ingest, message)
    later(ingest, 7_500)
    overflow(ingest, message)
    overflow(ingest, message, "dev-2")
    assert [row[4] for row in ingest.rows(ALERTS)] == [1, 1, 1]
    assert ingest.rows("SELECT count(*) FROM ticket") == [(1,)]
    assert ingest.rows("SELECT action FROM ticket_event ORDER BY version") == [
        ("open",), ("sensor_cleared",), ("attach_episode",), ("attach_episode",),
    ]  # fmt: skip


def test_a_restart_changes_nothing(ingest: Ingest, message: "MakeMessage") -> None:
    for _ in range(3):
        at_s = later(ingest, 60)
        ingest.settle(message(("dev-1", at_s, HIGH), received_s=at_s))
        ingest.restart()
    assert ingest.rows(ALERTS) == [("R02", "firing", "red", 2, 1)]


def test_a_duplicate_fires_nothing_twice(ingest: Ingest, message: "MakeMessage") -> None:
    for n in (60, 120, 180, 60, 120, 180):
        ingest.settle(message(("dev-1", n, HIGH), received_s=180))
    assert ingest.rows("SELECT count(*) FROM alert") == [(1,)]


def test_late_readings_never_drive(ingest: Ingest, message: "MakeMessage") -> None:
    ingest.settle(message(("dev-1", 1_000, LOW), received_s=1_000))
    ingest.settle(*(message(("dev-1", n, HIGH), received_s=1_000) for n in (0, 200, 400, 999)))
    assert ingest.rows("SELECT count(*) FROM rule_state") == [(0,)]
    assert ingest.rows("SELECT count(*) FROM reading") == [(5,)]


def test_a_back_fill_in_order_is_judged_but_pages_nobody(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    day_s = 86_400
    ingest.settle(
        message(*(("dev-1", n * 60, HIGH if n < 5 else LOW) for n in range(40)), received_s=day_s)
    )
    assert ingest.rows("SELECT status, suppressed_by, ticket_id FROM alert") == [
        ("resolved", "late", None)
    ]
    assert ingest.rows("SELECT count(*) FROM webhook_message") == [(0,)]
    assert ingest.rows("SELECT count(*) FROM ticket") == [(0,)]


def test_an_override_reaches_the_next_batch(ingest: Ingest, message: "MakeMessage") -> None:
    ingest.settle(message(("dev-1", 0, LOW)))
    ingest.rows(
        "INSERT INTO rule_override (rule_code, scope, scope_ref, parameters, created_at) VALUES"
        " ('R02', 'trap', 'T1', '{\"hold_s\": 0, \"samples_min\": 1}', now()) RETURNING 1"
    )
    ingest.settle(message(("dev-1", 1, HIGH), received_s=1))
    assert ingest.rows("SELECT rule_code, threshold ->> 'hold_s' FROM alert") == [("R02", "0.0")]


@pytest.mark.parametrize(("job_state", "suppressed"), [(None, None), ("open", "job")])
def test_a_cover_opened_without_order(
    ingest: Ingest, message: "MakeMessage", job_state: str | None, suppressed: str | None
) -> None:
    if job_state is not None:
        ingest.rows(
            "INSERT INTO job (trap_id, kind, state, planned_from, planned_to, opened_at,"
            " created_at) VALUES (1, 'pump_out', 'open', '2026-01-05', '2026-01-06',"
            " '2026-01-05', '2026-01-05') RETURNING 1"
        )
    for n, is_open in ((0, 1.0), (30, 1.0), (61, 1.0)):
        ingest.settle(message(("dev-1", n, is_open), metric=Metric.COVER_OPEN, received_s=n))
    assert ingest.rows("SELECT rule_code, suppressed_by FROM alert") == [("R16", suppressed)]
    assert ingest.rows("SELECT count(*) FROM ticket") == [(0 if suppressed else 1,)]


def test_two_workers_have_one_open_episode(
    ingest: Ingest, message: "MakeMessage", database_url: str
) -> None:
    """The same device over two workers at once, as a shared subscription may split it."""
    other = Ingest(database_url, ingest.connection, ingest.clock, type(ingest.engine)(900_000_000))
    ingest.rows(
        "INSERT INTO rule_override (rule_code, scope, parameters, created_at) VALUES"
        " ('R02', 'county', '{\"hold_s\": 0, \"samples_min\": 1}', now()) RETURNING 1"
    )

    def work(worker: Ingest, start: int) -> None:
        for n in range(start, 120, 2):
            worker.settle(message(("dev-1", n, HIGH), ("dev-2", n, HIGH), received_s=n))

    threads = [Thread(target=work, args=(w, n)) for n, w in enumerate((ingest, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    other.writer.close()
    assert ingest.rows("SELECT count(*), count(DISTINCT dedup_key) FROM alert") == [(2, 2)]
    assert ingest.rows("SELECT count(*) FROM ticket") == [(1,)]
    assert ingest.rows("SELECT count(*) FROM reading") == [(240,)]


@pytest.mark.parametrize("seed", range(6))
def test_online_equals_replay_whatever_the_batches_and_restarts(
    ingest: Ingest, message: "MakeMessage", database_url: str, seed: int
) -> None:
    """The law of the engine: batch splits, duplicates and restarts change nothing."""
    rng = random.Random(seed)
    readings = {uid: history(rng, uid) for uid in ("dev-1", "dev-2")}
    pending = sorted((r for of in readings.values() for r in of), key=lambda r: r[1])
    while pending:
        size = rng.randrange(1, 25)
        part, pending = pending[:size], pending[size:]
        messages = [message((u, float(t), v), received_s=float(t)) for u, t, v in part]
        ingest.settle(*messages, *rng.sample(messages, len(messages) // 4))
        if rng.random() < 0.3:
            ingest.restart()
    assert replayed(ingest, database_url) == ingest.rows(
        "SELECT dedup_key, started_at, fired_at, ended_at, peak_value, suppressed_by,"
        " notified_at IS NOT NULL, severity, relapse_count, reopen_count, is_flapping,"
        " (SELECT string_agg(type, ' ' ORDER BY e.seq) FROM alert_event e"
        "   WHERE e.alert_id = a.alert_id) FROM alert a WHERE status = 'resolved' ORDER BY 1, 2"
    )
    assert ingest.rows(
        "SELECT count(*) > 2 FROM alert_event WHERE type IN ('resolved', 'reopened')"
    ) == [(True,)]
    assert ingest.rows(
        "SELECT count(*) FROM alert a WHERE seq <> (SELECT count(*) FROM alert_event e"
        " WHERE e.alert_id = a.alert_id)"
    ) == [(0,)]


def history(rng: random.Random, uid: str) -> list[tuple[str, int, float]]:
    """Return 240 readings that stay in one band for a while, with gaps now and then."""
    at_s, found = 0, []
    while len(found) < 240:
        level_mm = rng.choice([LOW, LOW, 680.0, 760.0, HIGH])
        for _ in range(rng.randrange(2, 30)):
            at_s += rng.choice([20, 60, 60, 60, 120]) if rng.random() < 0.98 else 1_200
            found.append((uid, at_s, level_mm + rng.randrange(5)))
        at_s += 10_000 if rng.random() < 0.1 else 0
    return found


def replayed(ingest: Ingest, database_url: str) -> list[tuple[object, ...]]:
    """Return the ended episodes that the stored readings must have meant."""
    with connect(database_url, "replay", autocommit=True) as connection:
        registry = Registry(select_devices(connection))
        rulebook = RuleBook(
            alert_store.select_rules(connection), alert_store.select_overrides(connection)
        )
    for device in registry:
        rulebook.put(device)
    rows = ingest.rows(
        "SELECT device_id, metric, measured_at, value, quality, received_at FROM reading"
        " ORDER BY measured_at"
    )
    batch = ReadingBatch.from_rows(
        [(d, m, to_us(at), v, q, to_us(received)) for d, m, at, v, q, received in rows]
    )
    gate = NotificationGate(900 * SECOND_US)
    return [
        (
            e.dedup_key, from_us(e.started_at_us), from_us(e.fired_at_us), from_us(e.ended_at_us),
            e.peak_value, e.suppressed_by, e.is_told, e.severity, e.relapse_count, e.reopen_count,
            e.is_flapping, " ".join(event.type for event in e.events),
        )
        for e in replay(rulebook, batch, gate)
        if e.ended_at_us is not None
    ]  # fmt: skip


def test_the_prefetch_of_machines_uses_its_index(ingest: Ingest) -> None:
    ingest.rows(
        "INSERT INTO rule_state (rule_code, device_id, metric, phase, since_us, sample_count,"
        " clear_since_us, clear_count, last_us, last_value, peak_value, relapse_count)"
        " SELECT 'R02', n, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0"
        " FROM generate_series(1, 5000) AS n RETURNING 1"
    )
    ingest.connection.execute("ANALYZE rule_state")
    query = load_queries("alerts.machines")["select_machines"]
    plan = ingest.connection.execute(
        f"EXPLAIN {query}".encode(), {"device_ids": list(range(1, 50))}
    ).fetchall()
    assert "rule_state_pkey" in str(plan)
