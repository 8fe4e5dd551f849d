"""Endpoints that fail for days: disabled, with an audit row, an alert and word to the others."""

import json
from datetime import timedelta
from typing import Any

import pytest

from alerts.seed import seed_rules
from alerts.timers import webhook_endpoints
from alerts.webhooks import endpoints, failing
from alerts.webhooks.failing.store import count_endpoints
from alerts.webhooks.model import Attempt, ClaimedDelivery, EndpointState
from alerts.webhooks.retry import Failure, FailureKind, Outcome, Response, Verdict
from core.db import Connection
from core.instant import DAY_US, SECOND_US, from_us
from tests.relays import connections
from tests.webhooks import KEYRING, NOW_US, SECRET, add_endpoint, queue_message

NOW = from_us(NOW_US)
URL = "https://hook.example/very-secret-path"
FIVE_DAYS_S = 432_000

connection = pytest.fixture(connections)


def attempt(endpoint_id: int, day: float, outcome: Outcome = Outcome.RETRY) -> Attempt:
    at_us = NOW_US + round(day * DAY_US)
    delivery = ClaimedDelivery(1, endpoint_id, 1, 0, "msg_1", "", [], b"")
    answer: Response | Failure = Response(204, None, b"", 5)
    if outcome is not Outcome.DELIVERED:
        answer = Failure(FailureKind.REFUSED, "nobody there", 5)
    return Attempt(delivery, at_us, answer, Verdict(outcome, at_us, "why"))


def look(connection: Connection, day: float) -> int:
    with connection.transaction():
        return webhook_endpoints.run_once(
            connection,
            NOW_US + round(day * DAY_US),
            keyring=KEYRING,
            disable_after_s=FIVE_DAYS_S,
        )


def alerts(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT status, severity, started_at, fired_at, evidence ->> 'reason' FROM alert"
        " WHERE rule_code = 'S01' ORDER BY alert_id"
    ).fetchall()


def messages(connection: Connection, endpoint_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT m.body FROM webhook_delivery d JOIN webhook_message m USING (webhook_message_id)"
        " WHERE d.webhook_endpoint_id = %s ORDER BY m.webhook_message_id",
        (endpoint_id,),
    )
    return [json.loads(row[0]) for row in rows]


@pytest.fixture
def pair(connection: Connection) -> tuple[int, int]:
    """An endpoint that will fail, and another one."""
    seed_rules(connection, NOW)
    return add_endpoint(connection, URL), add_endpoint(connection, URL)


def test_five_days_of_nothing_but_failures_end_an_endpoint(
    connection: Connection, pair: tuple[int, int]
) -> None:
    broken, other = pair
    (waiting,) = queue_message(connection, broken)
    failing.note_attempts(connection, [attempt(broken, 0), attempt(broken, 3)])
    assert endpoints.get_endpoint(connection, broken).failing_since == NOW
    assert count_endpoints(connection) == {"active": 2, "failing": 1}
    failing.note_attempts(connection, [attempt(broken, 4.999)])
    assert look(connection, 6) == 0
    failing.note_attempts(connection, [attempt(broken, 5)])
    assert look(connection, 5.01) == 2

    endpoint = endpoints.get_endpoint(connection, broken)
    assert (endpoint.state, endpoint.disabled_reason) == (EndpointState.DISABLED, "failing")
    state = connection.execute(
        "SELECT state FROM webhook_delivery WHERE webhook_delivery_id = %s", (waiting,)
    ).fetchone()
    assert state == ("dead",)
    ended_at = NOW + timedelta(days=5.01)
    assert alerts(connection) == [("firing", "orange", NOW, ended_at, "failing")]
    audit = connection.execute(
        "SELECT actor, detail::text FROM audit_event WHERE action = 'webhook_endpoint.disabled'"
    ).fetchall()
    assert [actor for actor, _ in audit] == ["system"]
    assert "every attempt since 2026-01-05T01:00:00Z failed" in audit[0][1]
    assert "very-secret-path" not in audit[0][1]

    told = {message["type"]: message for message in messages(connection, other)}
    assert set(told) == {"alert.fired", "webhook.endpoint_disabled"}
    assert told["alert.fired"]["data"]["rule_id"] == "S01"
    data = told["webhook.endpoint_disabled"]["data"]
    assert (data["endpoint_id"], data["reason"], data["endpoint"]) == (
        broken, "failing", "https://hook.example/…",
    )  # fmt: skip
    assert messages(connection, broken)[1:] == [], "it is disabled"
    assert look(connection, 5.02) == 0, "told once"


def test_one_success_is_a_clean_record(connection: Connection, pair: tuple[int, int]) -> None:
    shaky, _ = pair
    failing.note_attempts(connection, [attempt(shaky, 0)])
    failing.note_attempts(connection, [attempt(shaky, 4, Outcome.DELIVERED)])
    failing.note_attempts(connection, [attempt(shaky, 4.5), attempt(shaky, 5.5)])
    assert look(connection, 6) == 0
    assert endpoints.get_endpoint(connection, shaky).failing_since == NOW + timedelta(days=4.5)


def test_one_failure_and_then_silence_is_no_five_days_of_failures(
    connection: Connection, pair: tuple[int, int]
) -> None:
    failing.note_attempts(connection, [attempt(pair[0], 0)])
    assert look(connection, 30) == 0


def test_resuming_it_clears_the_alert_and_its_record(
    connection: Connection, pair: tuple[int, int]
) -> None:
    broken, other = pair
    failing.note_attempts(connection, [attempt(broken, 0), attempt(broken, 5)])
    failing.note_attempts(connection, [attempt(broken, 5)])
    look(connection, 5)
    endpoints.resume_endpoint(connection, broken, actor="li", now=NOW)
    assert endpoints.get_endpoint(connection, broken).failing_since is None
    assert look(connection, 6) == 1
    assert [row[0] for row in alerts(connection)] == ["resolved"]
    assert messages(connection, other)[-1]["type"] == "alert.resolved"


def test_410_is_told_as_well_but_a_person_s_decision_is_not(
    connection: Connection, pair: tuple[int, int]
) -> None:
    gone, dropped = pair
    watcher = add_endpoint(connection, URL)
    endpoints.disable_gone(connection, gone, NOW)
    endpoints.disable_endpoint(connection, dropped, actor="li", now=NOW)
    assert look(connection, 0) == 1
    assert [row[4] for row in alerts(connection)] == ["gone"]
    (fired, disabled) = messages(connection, watcher)
    assert fired["data"]["rule_id"] == "S01"
    assert disabled["data"]["endpoint_id"] == gone
    # That a person ends it for good settles the matter.
    endpoints.resume_endpoint(connection, gone, actor="li", now=NOW)
    endpoints.disable_endpoint(connection, gone, actor="li", now=NOW)
    assert look(connection, 1) == 1
    assert [row[0] for row in alerts(connection)] == ["resolved"]


def test_what_stands_in_plain_text_is_sealed_and_an_old_secret_forgotten(
    connection: Connection,
) -> None:
    connection.execute(
        "INSERT INTO webhook_endpoint (url, secret, previous_secret, previous_secret_until,"
        " created_at, updated_at) VALUES (%s, %s, %s, %s, %s, %s)",
        (URL, SECRET, SECRET, NOW + timedelta(seconds=10), NOW, NOW),
    )
    assert look(connection, 0) == 1
    assert look(connection, 10 * SECOND_US / DAY_US) == 1
    row = connection.execute("SELECT url, secret, previous_secret FROM webhook_endpoint").fetchone()
    assert row is not None
    assert row[2] is None
    assert all(value.startswith("sealed:v1:") for value in row[:2])


def test_how_long_an_endpoint_wants_nothing_only_grows(
    connection: Connection, pair: tuple[int, int]
) -> None:
    def throttled(until_s: int) -> None:
        verdict = Verdict(Outcome.RETRY, NOW_US, "why", NOW_US + until_s * SECOND_US)
        delivery = ClaimedDelivery(1, pair[0], 1, 0, "msg_1", "", [], b"")
        failing.note_attempts(
            connection, [Attempt(delivery, NOW_US, Response(429, None, b"", 5), verdict)]
        )

    for until_s in (60, 30):
        throttled(until_s)
    row = connection.execute(
        "SELECT throttled_until FROM webhook_endpoint ORDER BY webhook_endpoint_id"
    ).fetchall()
    assert row == [(NOW + timedelta(seconds=60),), (None,)]
