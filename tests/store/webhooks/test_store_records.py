"""What an attempt leaves behind, and who may not overwrite it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.webhooks import store
from alerts.webhooks.model import Attempt, ClaimedDelivery, Lanes, Terms
from alerts.webhooks.retry import Failure, FailureKind, Outcome, Response, Verdict
from core.db import Connection
from core.instant import SECOND_US, from_us
from tests.relays import connections
from tests.webhooks import NOW_US, add_endpoint, queue_message

NOW = from_us(NOW_US)
LEASE = timedelta(seconds=60)
URL = "http://127.0.0.1:1/hook"

connection = pytest.fixture(connections)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def claim(connection: Connection, now: datetime = NOW) -> list[ClaimedDelivery]:
    terms = Terms(now, LEASE, Lanes(64), timedelta(seconds=10))
    return store.claim_deliveries(connection, terms, count_max=64)


def attempt(
    delivery: ClaimedDelivery, outcome: Outcome, *, next_s: float | None = None, body: bytes = b""
) -> Attempt:
    next_us = None if next_s is None else NOW_US + round(next_s * SECOND_US)
    return Attempt(delivery, NOW_US, Response(200, None, body, 7), Verdict(outcome, next_us, "why"))


def record(connection: Connection, *attempts: Attempt, now: datetime = NOW) -> int:
    with connection.transaction():
        return store.record_attempts(connection, attempts, now)


def delivery_row(connection: Connection, delivery_id: int) -> tuple[Any, ...]:
    row = connection.execute(
        "SELECT state, next_attempt_at, leased_until, attempt_count, settled_at"
        " FROM webhook_delivery WHERE webhook_delivery_id = %s",
        (delivery_id,),
    ).fetchone()
    assert row is not None
    return row


def attempt_rows(connection: Connection, delivery_id: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT attempt, started_at, duration_ms, http_status, outcome, detail"
        " FROM webhook_attempt WHERE webhook_delivery_id = %s ORDER BY attempt",
        (delivery_id,),
    ).fetchall()


def test_a_delivered_attempt_settles_the_delivery(connection: Connection) -> None:
    queue_message(connection, add_endpoint(connection, URL))
    (claimed,) = claim(connection)
    assert (
        record(connection, attempt(claimed, Outcome.DELIVERED, body=b"thanks"), now=later(1)) == 1
    )
    assert delivery_row(connection, claimed.delivery_id) == ("ok", None, None, 1, later(1))
    assert attempt_rows(connection, claimed.delivery_id) == [
        (1, NOW, 7, 200, "delivered", "why\nthanks")
    ]


def test_a_failed_attempt_waits_for_its_next_time(connection: Connection) -> None:
    queue_message(connection, add_endpoint(connection, URL))
    (claimed,) = claim(connection)
    no_answer = Attempt(
        claimed,
        NOW_US,
        Failure(FailureKind.REFUSED, "nobody there", 3),
        Verdict(Outcome.RETRY, NOW_US + 5 * SECOND_US, "refused: nobody there"),
    )
    record(connection, no_answer)
    assert delivery_row(connection, claimed.delivery_id) == ("queued", later(5), None, 1, None)
    assert attempt_rows(connection, claimed.delivery_id) == [
        (1, NOW, 3, None, "retry", "refused: nobody there")
    ]
    assert claim(connection, later(4.999)) == []
    assert claim(connection, later(5)) == [replace(claimed, attempt=2)]


def test_attempts_are_recorded_in_bulk_each_with_its_own_verdict(connection: Connection) -> None:
    endpoint_id = add_endpoint(connection, URL)
    for _ in range(3):
        queue_message(connection, endpoint_id)
    one, two, three = claim(connection)
    settled = record(
        connection,
        attempt(one, Outcome.DELIVERED),
        attempt(two, Outcome.RETRY, next_s=5),
        attempt(three, Outcome.DEAD),
    )
    assert settled == 3
    states = [delivery_row(connection, claimed.delivery_id)[0] for claimed in (one, two, three)]
    assert states == ["ok", "queued", "dead"]


def test_a_relay_that_lost_its_lease_changes_nothing_but_the_list_of_attempts(
    connection: Connection,
) -> None:
    queue_message(connection, add_endpoint(connection, URL))
    (slow,) = claim(connection)
    (taken_over,) = claim(connection, later(60))
    assert record(connection, attempt(slow, Outcome.DEAD), now=later(61)) == 0
    assert delivery_row(connection, slow.delivery_id) == ("queued", NOW, later(120), 2, None)
    assert record(connection, attempt(taken_over, Outcome.DELIVERED), now=later(62)) == 1
    assert record(connection, attempt(slow, Outcome.RETRY, next_s=5), now=later(63)) == 0
    assert delivery_row(connection, slow.delivery_id) == ("ok", None, None, 2, later(62))
    assert [row[0] for row in attempt_rows(connection, slow.delivery_id)] == [1, 2]


def test_a_lease_that_ran_out_but_was_not_taken_over_still_counts(connection: Connection) -> None:
    queue_message(connection, add_endpoint(connection, URL))
    (claimed,) = claim(connection)
    assert record(connection, attempt(claimed, Outcome.DELIVERED), now=later(300)) == 1


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        (b"a\0b", "why\na\\x00b"),
        (b"\xff\xfe", "why\n\ufffd\ufffd"),
        ("错误".encode(), "why\n错误"),
        ("错误".encode()[:4], "why\n错\ufffd"),
    ],
)
def test_any_answer_can_be_kept(connection: Connection, body: bytes, stored: str) -> None:
    queue_message(connection, add_endpoint(connection, URL))
    (claimed,) = claim(connection)
    record(connection, attempt(claimed, Outcome.DELIVERED, body=body))
    assert attempt_rows(connection, claimed.delivery_id)[0][5] == stored


def test_a_disabled_endpoint_takes_what_waits_for_it_along_but_not_what_is_being_sent(
    connection: Connection,
) -> None:
    endpoint_id, other_id = add_endpoint(connection, URL), add_endpoint(connection, URL)
    queue_message(connection, endpoint_id)
    queue_message(connection, endpoint_id)
    sent, gone = claim(connection)
    (waiting, elsewhere) = queue_message(connection, endpoint_id, other_id)
    with connection.transaction():
        assert store.disable_endpoint(connection, endpoint_id, "person", NOW)
        store.record_attempts(connection, [attempt(gone, Outcome.DISABLE)], NOW)
    assert not store.disable_endpoint(connection, endpoint_id, "person", NOW)
    assert delivery_row(connection, gone.delivery_id)[0] == "dead"
    assert delivery_row(connection, waiting) == ("dead", None, None, 0, NOW)
    assert delivery_row(connection, elsewhere)[0] == "queued"
    assert delivery_row(connection, sent.delivery_id)[0] == "queued"
    assert attempt_rows(connection, gone.delivery_id)[0][4] == "dead"
    # What was being sent fails: there is no next time for a disabled endpoint.
    record(connection, attempt(sent, Outcome.RETRY, next_s=5))
    assert delivery_row(connection, sent.delivery_id)[0] == "dead"


def test_what_was_being_sent_while_its_endpoint_was_disabled_may_still_arrive(
    connection: Connection,
) -> None:
    endpoint_id = add_endpoint(connection, URL)
    queue_message(connection, endpoint_id)
    (sent,) = claim(connection)
    store.disable_endpoint(connection, endpoint_id, "person", NOW)
    record(connection, attempt(sent, Outcome.DELIVERED))
    assert delivery_row(connection, sent.delivery_id)[0] == "ok"
