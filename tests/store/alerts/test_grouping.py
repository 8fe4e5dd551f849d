"""Messages to people are told together, messages to machines at once."""

import json
from typing import TYPE_CHECKING, Any

from alerts.timers import grouping
from core.db import AdvisoryLock, connect
from tests.store.alerts.test_engine import clear, later, overflow
from tests.store.alerts.test_timers import run
from tests.store.conftest import Ingest

if TYPE_CHECKING:
    from tests.store.conftest import MakeMessage

#: dev-1 overflows 180 s after NOW, dev-2 180 s later.
WAITING = "SELECT count(*) FROM webhook_waiting"


def endpoint(ingest: Ingest, audience: str, state: str = "active") -> int:
    row = ingest.connection.execute(
        "INSERT INTO webhook_endpoint (url, secret, audience, state, created_at, updated_at)"
        " VALUES ('http://127.0.0.1:9/', 'whsec_x', %s, %s, now(), now())"
        " RETURNING webhook_endpoint_id",
        (audience, state),
    ).fetchone()
    assert row is not None
    return int(row[0])


def queued(ingest: Ingest, endpoint_id: int) -> list[Any]:
    """What is queued for an endpoint: types, and of grouped ones how many they stand for."""
    rows = ingest.connection.execute(
        "SELECT m.event_type, m.body FROM webhook_delivery d JOIN webhook_message m"
        " USING (webhook_message_id) WHERE d.webhook_endpoint_id = %s"
        " ORDER BY d.webhook_delivery_id",
        (endpoint_id,),
    ).fetchall()
    return [
        (kind, json.loads(body)["data"]["count"]) if kind.endswith(".grouped") else kind
        for kind, body in rows
    ]


def test_machines_hear_at_once_and_people_together(ingest: Ingest, message: "MakeMessage") -> None:
    machine, people = endpoint(ingest, "machine"), endpoint(ingest, "people")
    overflow(ingest, message)
    overflow(ingest, message, "dev-2")
    assert queued(ingest, machine) == ["ticket.created", "alert.fired", "alert.fired"]
    assert queued(ingest, people) == []
    assert run(ingest, grouping, 390) == 2
    assert queued(ingest, people) == [("alert.grouped", 2), "ticket.created"]
    assert ingest.rows(WAITING) == [(0,)]
    assert run(ingest, grouping, 391) == 0


def test_the_first_after_half_a_minute_then_every_five_minutes(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    people = endpoint(ingest, "people")
    overflow(ingest, message)
    ingest.rows("DELETE FROM webhook_waiting WHERE group_key LIKE 'ticket%' RETURNING 1")
    assert run(ingest, grouping, 180 + 29) == 0
    assert run(ingest, grouping, 180 + 30) == 1
    assert queued(ingest, people) == ["alert.fired"]
    overflow(ingest, message, "dev-2")
    ingest.rows("DELETE FROM webhook_waiting WHERE group_key LIKE 'ticket%' RETURNING 1")
    assert run(ingest, grouping, 210 + 299) == 0
    assert run(ingest, grouping, 210 + 300) == 1
    assert queued(ingest, people) == ["alert.fired", "alert.fired"]
    assert ingest.rows("SELECT group_key, seq FROM webhook_group") == [("R02", 2)]


def test_whoever_is_told_gets_the_newest_of_each(ingest: Ingest, message: "MakeMessage") -> None:
    people = endpoint(ingest, "people")
    overflow(ingest, message)
    clear(ingest, message)
    assert run(ingest, grouping, 5_000) >= 1
    assert ("alert.grouped", 1) in queued(ingest, people)
    body = json.loads(
        ingest.rows("SELECT body FROM webhook_message WHERE event_type = 'alert.grouped'")[0][0]
    )
    assert body["data"]["events"] == {"alert.resolved": 1}


def test_a_paused_endpoint_waits_and_a_disabled_one_is_forgotten(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    paused = endpoint(ingest, "people", "paused")
    overflow(ingest, message)
    assert run(ingest, grouping, 600) == 0
    assert ingest.rows(WAITING) == [(2,)]
    ingest.rows("UPDATE webhook_endpoint SET state = 'active' RETURNING 1")
    later(ingest, 600)
    assert run(ingest, grouping, 700) == 2
    assert len(queued(ingest, paused)) == 2
    overflow(ingest, message, "dev-2")
    ingest.rows("UPDATE webhook_endpoint SET state = 'disabled' RETURNING 1")
    assert run(ingest, grouping, 9_000) == 0
    assert ingest.rows(WAITING) == [(0,)]


def test_only_one_process_groups(ingest: Ingest, message: "MakeMessage", database_url: str) -> None:
    endpoint(ingest, "people")
    overflow(ingest, message)
    with connect(database_url, "other") as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (int(AdvisoryLock.TIMER_GROUPING),))
        assert run(ingest, grouping, 600) == 0
    assert run(ingest, grouping, 600) == 2
