from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from alerts.webhooks import endpoints, replays
from alerts.webhooks.model import Endpoint, EndpointFields, EndpointState
from alerts.webhooks.protection import secret_of, url_of
from core.db import Connection, connect, listen, notifications
from core.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PreconditionFailedError,
)
from core.instant import from_us
from tests.webhooks import KEYRING, NOW_US, PROTECTION, SECRET, queue_message

NOW = from_us(NOW_US)
FIELDS = EndpointFields(
    "https://inspectors.example/hook",
    event_types=("alert.fired", "alert.resolved"),
    severity_min="orange",
    description="执法队",
)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url, "test", autocommit=True) as opened:
        yield opened


def create(
    connection: Connection, fields: EndpointFields = FIELDS, secret: str | None = None
) -> Endpoint:
    return endpoints.create_endpoint(
        connection,
        fields,
        secret=secret,
        random_bytes=bytes(range(32)),
        protection=PROTECTION,
        actor="li",
        now=NOW,
    ).endpoint


def stored(connection: Connection, endpoint_id: int) -> tuple[str, str]:
    """The opened URL and secret of an endpoint."""
    row = connection.execute(
        "SELECT url, secret FROM webhook_endpoint WHERE webhook_endpoint_id = %s", (endpoint_id,)
    ).fetchone()
    assert row is not None
    return KEYRING.open(row[0], url_of(endpoint_id)), KEYRING.open(row[1], secret_of(endpoint_id))


def audit_rows(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT actor, action, subject_id FROM audit_event ORDER BY audit_event_id"
    ).fetchall()


def delivery_states(connection: Connection) -> list[str]:
    rows = connection.execute("SELECT state FROM webhook_delivery ORDER BY webhook_delivery_id")
    return [row[0] for row in rows]


def test_a_new_endpoint_is_active_and_shows_its_secret_once(connection: Connection) -> None:
    created = endpoints.create_endpoint(
        connection,
        FIELDS,
        secret=None,
        random_bytes=bytes(range(32)),
        protection=PROTECTION,
        actor="li",
        now=NOW,
    )
    assert created.secret == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    endpoint = created.endpoint
    assert endpoint == Endpoint(
        endpoint.endpoint_id,
        replace(FIELDS, url=None),
        EndpointState.ACTIVE,
        1,
        NOW,
        NOW,
        "https://inspectors.example/…",
    )
    assert endpoints.get_endpoint(connection, endpoint.endpoint_id) == endpoint
    number = endpoint.endpoint_id
    assert audit_rows(connection) == [("li", "webhook_endpoint.created", str(number))]
    assert stored(connection, number) == (FIELDS.url, created.secret)
    trail = connection.execute("SELECT detail::text FROM audit_event").fetchone()
    assert created.secret.removeprefix("whsec_") not in str(trail)
    assert created.secret not in repr(created)


def test_a_secret_may_be_brought_along(connection: Connection) -> None:
    number = create(connection, secret=SECRET).endpoint_id
    assert stored(connection, number) == (FIELDS.url, SECRET)


@pytest.mark.parametrize(
    ("fields", "secret", "named"),
    [
        (EndpointFields("ftp://example.org/"), None, "http"),
        (EndpointFields("https://example.org/", event_types=("alert.nonsense",)), None, "nonsense"),
        (EndpointFields("https://example.org/", severity_min="purple"), None, "severity_min"),
        (EndpointFields("https://example.org/", town_ids=(999,)), None, "town"),
        (FIELDS, "whsec_short", "secret"),
        (FIELDS, "no prefix", "whsec_"),
    ],
)
def test_what_is_not_acceptable_is_refused_and_named(
    connection: Connection, fields: EndpointFields, secret: str | None, named: str
) -> None:
    with pytest.raises(InvalidRequestError, match=named):
        create(connection, fields, secret)
    assert endpoints.list_endpoints(connection) == []


def test_endpoints_are_listed_page_by_page(connection: Connection) -> None:
    made = [create(connection) for _ in range(3)]
    assert endpoints.list_endpoints(connection, count_max=2) == made[:2]
    after_id = made[1].endpoint_id
    assert endpoints.list_endpoints(connection, after_id=after_id, count_max=2) == made[2:]


def test_an_update_replaces_what_was_chosen_and_counts_the_version(connection: Connection) -> None:
    number = create(connection).endpoint_id
    fields = EndpointFields("http://127.0.0.7:8080/hook", severity_min="red")
    changed = endpoints.update_endpoint(
        connection, number, fields, version=1, protection=PROTECTION, actor="wang", now=NOW
    )
    assert (changed.fields, changed.version) == (replace(fields, url=None), 2)
    assert changed.url_shown == "http://127.0.0.7:8080/…"
    assert stored(connection, number)[0] == fields.url
    assert audit_rows(connection)[-1] == ("wang", "webhook_endpoint.updated", str(number))


def test_an_update_of_something_older_is_refused(connection: Connection) -> None:
    number = create(connection).endpoint_id
    endpoints.update_endpoint(
        connection, number, FIELDS, version=None, protection=PROTECTION, actor="li", now=NOW
    )
    with pytest.raises(PreconditionFailedError, match="version 2, not 1"):
        endpoints.update_endpoint(
            connection, number, FIELDS, version=1, protection=PROTECTION, actor="li", now=NOW
        )


def test_pause_resume_and_disable_each_leave_one_audit_row(connection: Connection) -> None:
    number = create(connection).endpoint_id
    acts = [
        (endpoints.pause_endpoint, EndpointState.PAUSED),
        (endpoints.pause_endpoint, EndpointState.PAUSED),
        (endpoints.resume_endpoint, EndpointState.ACTIVE),
        (endpoints.resume_endpoint, EndpointState.ACTIVE),
        (endpoints.disable_endpoint, EndpointState.DISABLED),
        (endpoints.disable_endpoint, EndpointState.DISABLED),
    ]
    for act, state in acts:
        assert act(connection, number, actor="li", now=NOW).state is state
    assert [action for _, action, _ in audit_rows(connection)] == [
        "webhook_endpoint.created",
        "webhook_endpoint.paused",
        "webhook_endpoint.resumed",
        "webhook_endpoint.disabled",
    ]


def test_a_disabled_endpoint_cannot_be_paused_or_tested_but_resumed(connection: Connection) -> None:
    number = create(connection).endpoint_id
    endpoints.disable_endpoint(connection, number, actor="li", now=NOW)
    with pytest.raises(ConflictError, match="disabled"):
        endpoints.pause_endpoint(connection, number, actor="li", now=NOW)
    with pytest.raises(ConflictError, match="disabled"):
        endpoints.send_test(connection, number, random_bytes=bytes(16), actor="li", now=NOW)
    resumed = endpoints.resume_endpoint(connection, number, actor="li", now=NOW)
    assert resumed.state is EndpointState.ACTIVE


def test_what_died_with_its_endpoint_can_be_replayed_after_it_is_resumed(
    connection: Connection,
) -> None:
    number = create(connection).endpoint_id
    (delivery_id,) = queue_message(connection, number)
    endpoints.disable_endpoint(connection, number, actor="li", now=NOW)
    assert delivery_states(connection) == ["dead"]
    with pytest.raises(ConflictError, match="disabled"):
        replays.replay_delivery(connection, delivery_id, actor="li", now=NOW)
    endpoints.resume_endpoint(connection, number, actor="li", now=NOW)
    assert delivery_states(connection) == ["dead"]
    replays.replay_delivery(connection, delivery_id, actor="li", now=NOW)
    assert delivery_states(connection) == ["queued"]
    assert audit_rows(connection)[-1] == ("li", "webhook_delivery.replayed", str(delivery_id))
    with pytest.raises(ConflictError, match="queued, not dead"):
        replays.replay_delivery(connection, delivery_id, actor="li", now=NOW)


def test_test_messages_are_numbered_and_wake_the_relays(
    connection: Connection, database_url: str
) -> None:
    number = create(connection).endpoint_id
    with connect(database_url, "listener", autocommit=True) as listener:
        listen(listener, "webhook")
        for seed in (b"a", b"b"):
            endpoints.send_test(connection, number, random_bytes=seed * 16, actor="li", now=NOW)
            assert notifications(listener, 5.0, count_max=1) == [""]
    rows = connection.execute("SELECT seq, event_type FROM webhook_message ORDER BY seq").fetchall()
    assert rows == [(1, "webhook.test"), (2, "webhook.test")]


@pytest.mark.parametrize(
    "act",
    [
        lambda connection: endpoints.get_endpoint(connection, 77),
        lambda connection: endpoints.update_endpoint(
            connection, 77, FIELDS, version=None, protection=PROTECTION, actor="li", now=NOW
        ),
        lambda connection: endpoints.pause_endpoint(connection, 77, actor="li", now=NOW),
        lambda connection: endpoints.resume_endpoint(connection, 77, actor="li", now=NOW),
        lambda connection: endpoints.disable_endpoint(connection, 77, actor="li", now=NOW),
        lambda connection: replays.replay_delivery(connection, 77, actor="li", now=NOW),
        lambda connection: endpoints.send_test(
            connection, 77, random_bytes=bytes(16), actor="li", now=NOW
        ),
    ],
)
def test_what_does_not_exist_is_not_found(
    connection: Connection, act: Callable[[Connection], object]
) -> None:
    with pytest.raises(NotFoundError, match="77"):
        act(connection)
    assert audit_rows(connection) == []
