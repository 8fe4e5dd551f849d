"""People's nights: what can wait waits and comes as one message, the rest at once."""

import json
from datetime import datetime
from typing import Any

import pytest

from alerts.timers import grouping
from alerts.webhooks import endpoints
from alerts.webhooks.model import EndpointFields
from alerts.webhooks.outbox import put
from alerts.webhooks.outbox.messages import Message
from core.db import Connection
from core.instant import to_us
from tests.relays import connections
from tests.unit.alerts.webhooks.kinds.messages import message
from tests.webhooks import PROTECTION

connection = pytest.fixture(connections)
NIGHT = {
    "zone": "Asia/Shanghai",
    "windows": [{"days": "mo-su", "from": "22:00", "to": "07:00"}],
}
URL = "http://127.0.0.1:9/cgi-bin/webhook/send?key=k"


def at(clock: str, day: int = 5) -> datetime:
    return datetime.fromisoformat(f"2026-01-{day:02}T{clock}+08:00")


def add(connection: Connection, quiet_hours: dict[str, Any] | None) -> int:
    return endpoints.create_endpoint(
        connection,
        EndpointFields(URL, audience="people", kind="wecom", quiet_hours=quiet_hours),
        secret=None,
        random_bytes=bytes(32),
        protection=PROTECTION,
        actor="li",
        now=at("12:00:00"),
    ).endpoint.endpoint_id


def tell(
    connection: Connection, number: int, severity: str, now: datetime, *,
    event: str = "alert.fired", seq: int = 1, rule: str = "R03",
) -> None:  # fmt: skip
    body = message(event, episode_id=number, seq=seq, severity=severity, rule_id=rule)
    with connection.transaction():
        told = Message(event, "alert", str(number), seq, 1, severity, body, rule)
        put(connection, [told], now)


def group(connection: Connection, now: datetime) -> int:
    with connection.transaction():
        return grouping.run_once(connection, to_us(now))


def queued(connection: Connection, endpoint_id: int) -> list[Any]:
    """What has been queued for an endpoint: types and severities, and how many it stands for."""
    rows = connection.execute(
        "SELECT m.event_type, m.severity, m.body FROM webhook_delivery d"
        " JOIN webhook_message m USING (webhook_message_id) WHERE d.webhook_endpoint_id = %s"
        " ORDER BY d.webhook_delivery_id",
        (endpoint_id,),
    ).fetchall()
    return [
        (kind, severity, json.loads(body)["data"].get("count")) for kind, severity, body in rows
    ]


def test_a_night_s_small_things_come_as_one_message_in_the_morning(connection: Connection) -> None:
    sleeper, watcher = add(connection, NIGHT), add(connection, None)
    tell(connection, 1, "blue", at("22:00:00"))
    tell(connection, 2, "yellow", at("22:00:00"), rule="R01")
    assert group(connection, at("22:00:30")) == 2  # the watcher's two
    tell(connection, 3, "yellow", at("23:59:59"))
    tell(connection, 1, "blue", at("03:00:00", 6), event="alert.resolved", seq=2)
    group(connection, at("06:59:59", 6))
    assert queued(connection, sleeper) == []
    assert len(queued(connection, watcher)) == 3
    assert group(connection, at("07:00:00", 6)) == 1
    assert queued(connection, sleeper) == [("message.merged", "yellow", 3)]
    assert group(connection, at("07:10:00", 6)) == 0


@pytest.mark.parametrize("severity", ["orange", "red"])
def test_what_cannot_wait_comes_at_once(connection: Connection, severity: str) -> None:
    sleeper = add(connection, NIGHT)
    tell(connection, 1, severity, at("23:00:00"))
    tell(connection, 2, "blue", at("23:00:00"))
    assert group(connection, at("23:00:29")) == 0
    assert group(connection, at("23:00:30")) == 1
    assert queued(connection, sleeper) == [("alert.fired", severity, None)]


def test_an_alert_that_gets_worse_at_night_comes_at_once(connection: Connection) -> None:
    sleeper = add(connection, NIGHT)
    tell(connection, 1, "yellow", at("23:00:00"))
    group(connection, at("23:01:00"))
    tell(connection, 1, "orange", at("23:30:00"), event="alert.severity_raised", seq=2)
    assert group(connection, at("23:30:30")) == 1
    assert queued(connection, sleeper) == [("alert.severity_raised", "orange", None)]


def test_one_small_thing_comes_as_it_is(connection: Connection) -> None:
    sleeper = add(connection, NIGHT)
    tell(connection, 1, "blue", at("23:00:00"))
    group(connection, at("23:01:00"))
    assert group(connection, at("07:00:30", 6)) == 1
    assert queued(connection, sleeper) == [("alert.fired", "blue", None)]


def test_by_day_nothing_waits_longer_than_it_did(connection: Connection) -> None:
    sleeper = add(connection, NIGHT)
    tell(connection, 1, "blue", at("12:00:00"))
    assert group(connection, at("12:00:30")) == 1
    assert queued(connection, sleeper) == [("alert.fired", "blue", None)]


def test_quiet_hours_that_are_taken_away_release_what_waited(connection: Connection) -> None:
    sleeper = add(connection, NIGHT)
    tell(connection, 1, "blue", at("23:00:00"))
    tell(connection, 2, "blue", at("23:00:00"))
    assert group(connection, at("23:01:00")) == 0
    fields = EndpointFields(URL, audience="people", kind="wecom")
    endpoints.update_endpoint(
        connection, sleeper, fields, version=None, protection=PROTECTION, actor="li",
        now=at("23:02:00"),
    )  # fmt: skip
    assert group(connection, at("23:02:00")) == 1
    assert queued(connection, sleeper) == [("message.merged", "blue", 2)]


def test_a_test_message_is_heard_at_night(connection: Connection) -> None:
    sleeper = add(connection, NIGHT)
    endpoints.send_test(connection, sleeper, random_bytes=bytes(16), actor="li", now=at("23:00:00"))
    assert queued(connection, sleeper) == [("webhook.test", None, None)]
