"""Messages of one subject go to an endpoint one after the other, unless that takes too long."""

from datetime import datetime, timedelta

import pytest

from alerts.webhooks import store
from alerts.webhooks.model import Lanes, Terms
from core.db import Connection
from core.instant import from_us
from tests.relays import connections
from tests.webhooks import NOW_US, add_endpoint

NOW = from_us(NOW_US)
URL = "http://127.0.0.1:1/hook"
ORDER_WAIT = timedelta(seconds=10)

connection = pytest.fixture(connections)


def queue(
    connection: Connection, endpoint_id: int, seq: int, at: datetime = NOW, subject: str = "7"
) -> int:
    """Queue the ``seq``-th message of a subject; return its delivery's number."""
    row = connection.execute(
        """
        WITH message AS (
          INSERT INTO webhook_message
                 (uid, event_type, subject_kind, subject_id, seq, body, created_at)
          VALUES (%(uid)s, 'alert.fired', 'alert', %(subject)s, %(seq)s, '', %(at)s)
          ON CONFLICT (uid) DO UPDATE SET uid = excluded.uid
          RETURNING webhook_message_id
        )
        INSERT INTO webhook_delivery (webhook_message_id, webhook_endpoint_id, next_attempt_at)
        SELECT webhook_message_id, %(endpoint_id)s, %(at)s FROM message
        RETURNING webhook_delivery_id
        """,
        {
            "uid": f"msg_{subject}_{seq}",
            "subject": subject,
            "seq": seq,
            "at": at,
            "endpoint_id": endpoint_id,
        },
    ).fetchone()
    assert row is not None
    return int(row[0])


def claim(connection: Connection, at_s: float = 0.0) -> list[int]:
    terms = Terms(NOW + timedelta(seconds=at_s), timedelta(seconds=60), Lanes(64), ORDER_WAIT)
    claimed = store.claim_deliveries(connection, terms, count_max=64)
    return [delivery.delivery_id for delivery in claimed]


def settle(connection: Connection, delivery_id: int, state: str = "ok") -> None:
    connection.execute(
        "UPDATE webhook_delivery SET state = %s, next_attempt_at = NULL, settled_at = %s,"
        " leased_until = NULL WHERE webhook_delivery_id = %s",
        (state, NOW, delivery_id),
    )


def retry(connection: Connection, delivery_id: int, at_s: float) -> None:
    connection.execute(
        "UPDATE webhook_delivery SET next_attempt_at = %s, leased_until = NULL"
        " WHERE webhook_delivery_id = %s",
        (NOW + timedelta(seconds=at_s), delivery_id),
    )


@pytest.mark.parametrize("state", ["ok", "dead"])
def test_the_next_one_goes_when_the_one_before_it_is_settled(
    connection: Connection, state: str
) -> None:
    endpoint_id = add_endpoint(connection, URL)
    third, first, second = (queue(connection, endpoint_id, seq) for seq in (3, 1, 2))
    for expected in (first, second, third):
        assert claim(connection) == [expected]
        assert claim(connection) == []
        settle(connection, expected, state)


def test_other_subjects_and_other_endpoints_do_not_wait(connection: Connection) -> None:
    one, other = add_endpoint(connection, URL), add_endpoint(connection, URL)
    first = queue(connection, one, 1)
    queue(connection, one, 2)
    elsewhere = queue(connection, other, 2)
    unrelated = queue(connection, one, 2, subject="8")
    assert sorted(claim(connection)) == sorted([first, elsewhere, unrelated])


def test_one_that_is_tried_again_soon_is_waited_for_and_one_much_later_is_not(
    connection: Connection,
) -> None:
    endpoint_id = add_endpoint(connection, URL)
    first, second = queue(connection, endpoint_id, 1), queue(connection, endpoint_id, 2)
    retry(connection, first, 5.0)
    assert claim(connection) == []
    due_at = store.next_due_at(connection, now=NOW, lanes=Lanes(8), order_wait=ORDER_WAIT)
    assert due_at == NOW + timedelta(seconds=5), "or the relay would turn in circles"
    retry(connection, first, 10.001)
    assert claim(connection) == [second]


def test_what_a_digest_tells_is_waited_for_as_long_as_the_digest(connection: Connection) -> None:
    endpoint_id = add_endpoint(connection, URL)
    first, second = queue(connection, endpoint_id, 1), queue(connection, endpoint_id, 2)
    digest = queue(connection, endpoint_id, 1, subject="digest")
    connection.execute(
        "UPDATE webhook_delivery SET state = 'merged', next_attempt_at = NULL, merged_into = %s"
        " WHERE webhook_delivery_id = %s",
        (digest, first),
    )
    assert claim(connection) == [digest]
    assert claim(connection) == []
    retry(connection, digest, 300.0)
    assert claim(connection) == [second], "not for ever: the news counts for more"


def test_two_relays_at_once_do_not_overtake_each_other(
    connection: Connection, database_url: str
) -> None:
    from core.db import connect

    endpoint_id = add_endpoint(connection, URL)
    first, _ = queue(connection, endpoint_id, 1), queue(connection, endpoint_id, 2)
    with connect(database_url, "other", autocommit=True) as other, connection.transaction():
        assert claim(connection) == [first]
        assert claim(other) == []
    assert claim(connection) == []


def test_a_throttled_endpoint_is_left_alone_until_then(connection: Connection) -> None:
    endpoint_id = add_endpoint(connection, URL)
    delivery_id = queue(connection, endpoint_id, 1)
    until = NOW + timedelta(seconds=30)
    connection.execute("UPDATE webhook_endpoint SET throttled_until = %s", (until,))
    assert claim(connection, 29.9) == []
    due_at = store.next_due_at(connection, now=NOW, lanes=Lanes(8), order_wait=ORDER_WAIT)
    assert due_at == until
    assert claim(connection, 30.0) == [delivery_id]
