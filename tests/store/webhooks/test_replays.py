"""Replays by number, by time and by range: bounded, counted, in the audit trail."""

from datetime import timedelta

import pytest

from alerts.webhooks import endpoints, replays
from alerts.webhooks.replays import Replay, Selection
from core.db import Connection, connect, listen, notifications
from core.errors import ConflictError, InvalidRequestError
from core.instant import SECOND_US, from_us
from tests.relays import connections
from tests.webhooks import NOW_US, add_endpoint, queue_message

NOW = from_us(NOW_US)
URL = "http://127.0.0.1:1/hook"

connection = pytest.fixture(connections)


@pytest.fixture
def endpoint_id(connection: Connection) -> int:
    return add_endpoint(connection, URL)


@pytest.fixture
def settled(connection: Connection, endpoint_id: int) -> list[int]:
    """Deliveries a second apart: dead, ok, dead, ok, dead, and one that is queued."""
    numbers = [
        queue_message(connection, endpoint_id, at_us=NOW_US + i * SECOND_US)[0] for i in range(6)
    ]
    for number, state in zip(numbers, ("dead", "ok", "dead", "ok", "dead"), strict=False):
        connection.execute(
            "UPDATE webhook_delivery SET state = %s, next_attempt_at = NULL, settled_at = %s,"
            " attempt_count = 3 WHERE webhook_delivery_id = %s",
            (state, NOW, number),
        )
    return numbers


def replay(
    connection: Connection, endpoint_id: int, selection: Selection, *, is_dry_run: bool = False
) -> Replay:
    with connection.transaction():
        return replays.replay_deliveries(
            connection, endpoint_id, selection, is_dry_run=is_dry_run, actor="li", now=NOW
        )


def queued(connection: Connection) -> list[int]:
    rows = connection.execute(
        "SELECT webhook_delivery_id FROM webhook_delivery"
        " WHERE state = 'queued' AND schedule_start = 3 ORDER BY 1"
    )
    return [row[0] for row in rows]


def seconds(number: int) -> timedelta:
    return timedelta(seconds=number)


def test_dead_ones_of_a_time_are_queued_again_with_the_schedule_before_them(
    connection: Connection, database_url: str, endpoint_id: int, settled: list[int]
) -> None:
    selection = Selection(since=NOW, until=NOW + seconds(4))
    with connect(database_url, "listener", autocommit=True) as listener:
        listen(listener, "webhook")
        assert replay(connection, endpoint_id, selection) == Replay(2, 2)
        assert notifications(listener, 5.0, count_max=1) == [""]
    assert queued(connection) == [settled[0], settled[2]]
    row = connection.execute("SELECT action, actor, detail FROM audit_event").fetchone()
    assert row is not None
    assert row[:2] == ("webhook_endpoint.replayed", "li")
    assert (row[2]["queued"], row[2]["since"]) == (2, "2026-01-05T01:00:00Z")


def test_delivered_ones_only_if_asked_for_and_queued_ones_never(
    connection: Connection, endpoint_id: int, settled: list[int]
) -> None:
    selection = Selection(first_id=settled[1], last_id=settled[5], is_delivered_too=True)
    assert replay(connection, endpoint_id, selection) == Replay(4, 4)
    assert queued(connection) == settled[1:5]


def test_a_dry_run_only_counts(
    connection: Connection, endpoint_id: int, settled: list[int]
) -> None:
    selection = Selection(first_id=settled[0])
    assert replay(connection, endpoint_id, selection, is_dry_run=True) == Replay(3, 0)
    assert queued(connection) == []
    assert connection.execute("SELECT count(*) FROM audit_event").fetchone() == (0,)


def test_event_types_narrow_it_down(
    connection: Connection, endpoint_id: int, settled: list[int]
) -> None:
    connection.execute(
        "UPDATE webhook_message SET event_type = 'alert.resolved' WHERE webhook_message_id ="
        " (SELECT webhook_message_id FROM webhook_delivery WHERE webhook_delivery_id = %s)",
        (settled[2],),
    )
    selection = Selection(since=NOW, event_types=("alert.resolved",))
    assert replay(connection, endpoint_id, selection) == Replay(1, 1)
    assert queued(connection) == [settled[2]]


@pytest.mark.parametrize(("until", "is_digest_meant"), [(None, True), (2.5, True), (0.5, False)])
def test_what_was_merged_is_sent_again_by_its_digest_once(
    connection: Connection,
    endpoint_id: int,
    settled: list[int],
    until: float | None,
    is_digest_meant: bool,
) -> None:
    alone, _, member, _, digest, _ = settled
    connection.execute(
        "UPDATE webhook_delivery SET merged_into = %s WHERE webhook_delivery_id = %s",
        (digest, member),
    )
    selection = Selection(
        since=NOW, until=None if until is None else NOW + timedelta(seconds=until)
    )
    meant = [alone, digest] if is_digest_meant else [alone]
    assert replay(connection, endpoint_id, selection) == Replay(len(meant), len(meant))
    assert queued(connection) == meant


@pytest.mark.usefixtures("settled")
def test_other_endpoints_are_left_alone(connection: Connection) -> None:
    other = add_endpoint(connection, URL)
    assert replay(connection, other, Selection(since=NOW)) == Replay(0, 0)


def test_too_many_are_refused_and_none_is_sent(
    connection: Connection,
    endpoint_id: int,
    settled: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("alerts.webhooks.replays.replay.REPLAY_COUNT_MAX", 2)
    with pytest.raises(InvalidRequestError, match="more than 2"):
        replay(connection, endpoint_id, Selection(first_id=settled[0]))
    assert queued(connection) == []


@pytest.mark.parametrize(
    ("selection", "named"),
    [
        (Selection(), "since"),
        (Selection(until=NOW), "since"),
        (Selection(since=NOW, until=NOW), "before"),
        (Selection(first_id=8, last_id=7), "last_delivery_id"),
        (Selection(since=NOW, event_types=("no.such",)), "no.such"),
    ],
)
def test_a_range_that_means_nothing_is_refused(
    connection: Connection, endpoint_id: int, selection: Selection, named: str
) -> None:
    with pytest.raises(InvalidRequestError, match=named):
        replay(connection, endpoint_id, selection)


def test_a_disabled_endpoint_is_resumed_first(connection: Connection, endpoint_id: int) -> None:
    endpoints.disable_endpoint(connection, endpoint_id, actor="li", now=NOW)
    with pytest.raises(ConflictError, match="disabled"):
        replay(connection, endpoint_id, Selection(since=NOW))
