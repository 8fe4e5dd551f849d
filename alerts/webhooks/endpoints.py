"""What a person may do with webhook endpoints and their deliveries, each with its audit row.

The API calls these inside its own transaction. An endpoint is never deleted: its attempts are
evidence of who was told what; ``disable`` ends it. The secret leaves the database only towards a
relay, and towards a person once, when the endpoint is created.
"""

import json
from dataclasses import replace
from datetime import datetime

from alerts.evidence import audit
from alerts.webhooks import store
from alerts.webhooks.choices import check_fields
from alerts.webhooks.event_types import TEST_EVENT_TYPE
from alerts.webhooks.kinds import KINDS
from alerts.webhooks.model import CreatedEndpoint, Endpoint, EndpointFields, EndpointState
from alerts.webhooks.signing import generate_secret
from alerts.webhooks.transport import check_url
from core.db import Connection
from core.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PreconditionFailedError,
)
from core.instant import format_rfc3339, to_us

SYSTEM = "system"

_MOVES = {EndpointState.PAUSED: "paused", EndpointState.ACTIVE: "resumed"}


def create_endpoint(
    connection: Connection,
    fields: EndpointFields,
    *,
    secret: str | None,
    random_bytes: bytes,
    actor: str,
    now: datetime,
) -> CreatedEndpoint:
    """Register a receiver, active at once.

    ``secret`` None makes a new one of ``random_bytes`` (24 to 64, from a cryptographic generator);
    of a robot it is the vendor's sign key, None where it has none.

    Raises: InvalidRequestError: something about it is not acceptable; the text says what.
    """
    _check(connection, fields)
    kind = KINDS[fields.kind]
    try:
        made = "" if kind.is_robot else generate_secret(random_bytes)
        chosen = made if secret is None else secret
        kind.check_secret(chosen)
    except ValueError as error:
        raise InvalidRequestError(str(error)) from None
    endpoint = store.insert_endpoint(connection, fields, chosen, now)
    _audit(connection, endpoint, "created", actor, now)
    return CreatedEndpoint(endpoint, None if kind.is_robot else chosen)


def get_endpoint(connection: Connection, endpoint_id: int) -> Endpoint:
    """Return an endpoint.

    Raises: NotFoundError.
    """
    return _found(store.select_endpoint(connection, endpoint_id), endpoint_id)


def list_endpoints(
    connection: Connection, *, after_id: int = 0, count_max: int = 100
) -> list[Endpoint]:
    """Return a page of endpoints in the order of their numbers, from after ``after_id``."""
    return store.select_endpoints(connection, after_id=after_id, count_max=count_max)


def update_endpoint(
    connection: Connection,
    endpoint_id: int,
    fields: EndpointFields,
    *,
    version: int | None,
    actor: str,
    now: datetime,
) -> Endpoint:
    """Replace what a person chose about an endpoint; what is queued goes to the new address.

    Its kind stays. A URL as it is shown (of robots: redacted) stands for the URL that is there.
    ``version`` is the one the caller read; None overwrites whatever is there.

    Raises: NotFoundError, PreconditionFailedError, InvalidRequestError.
    """
    endpoint = _lock(connection, endpoint_id)
    fields = replace(fields, kind=endpoint.fields.kind)
    if fields.url == endpoint.fields.shown_url:
        fields = replace(fields, url=endpoint.fields.url)
    _check(connection, fields)
    if version is not None and version != endpoint.version:
        raise PreconditionFailedError(
            f"webhook endpoint {endpoint_id} is at version {endpoint.version}, not {version}"
        )
    changed = store.update_endpoint(connection, replace(endpoint, fields=fields), now)
    _audit(connection, changed, "updated", actor, now)
    store.notify_relays(connection)
    return changed


def pause_endpoint(
    connection: Connection, endpoint_id: int, *, actor: str, now: datetime
) -> Endpoint:
    """Hold back deliveries; they wait in the queue. Pausing twice changes nothing.

    Raises: NotFoundError; ConflictError: it is disabled.
    """
    endpoint = _lock(connection, endpoint_id)
    if endpoint.state is EndpointState.DISABLED:
        raise ConflictError(f"webhook endpoint {endpoint_id} is disabled; resume it first")
    return _move(connection, endpoint, EndpointState.PAUSED, actor, now)


def resume_endpoint(
    connection: Connection, endpoint_id: int, *, actor: str, now: datetime
) -> Endpoint:
    """Send again, what waited included. What died while it was disabled can be replayed.

    Raises: NotFoundError.
    """
    endpoint = _lock(connection, endpoint_id)
    resumed = _move(connection, endpoint, EndpointState.ACTIVE, actor, now)
    store.notify_relays(connection)
    return resumed


def disable_endpoint(
    connection: Connection, endpoint_id: int, *, actor: str, now: datetime
) -> Endpoint:
    """End an endpoint: what waits for it is dead.

    Raises: NotFoundError.
    """
    endpoint = _lock(connection, endpoint_id)
    if store.disable_endpoint(connection, endpoint_id, now):
        endpoint = get_endpoint(connection, endpoint_id)
        _audit(connection, endpoint, "disabled", actor, now)
    return endpoint


def disable_gone(connection: Connection, endpoint_id: int, now: datetime) -> None:
    """End an endpoint whose receiver answered 410 Gone."""
    if store.disable_endpoint(connection, endpoint_id, now):
        endpoint = get_endpoint(connection, endpoint_id)
        _audit(connection, endpoint, "disabled", SYSTEM, now, reason="HTTP 410")


def replay_delivery(connection: Connection, delivery_id: int, *, actor: str, now: datetime) -> None:
    """Send a dead delivery again: same webhook-id, new timestamp, the whole schedule before it.

    Raises: NotFoundError; ConflictError: it is not dead, or its endpoint is disabled.
    """
    delivery = store.select_delivery(connection, delivery_id)
    if delivery is None:
        raise NotFoundError(f"there is no webhook delivery {delivery_id}")
    if delivery.endpoint_state is EndpointState.DISABLED:
        raise ConflictError(f"webhook endpoint {delivery.endpoint_id} is disabled; resume it first")
    if not store.replay_delivery(connection, delivery_id, now):
        raise ConflictError(f"webhook delivery {delivery_id} is {delivery.state}, not dead")
    audit.record(
        connection,
        at=now,
        actor=actor,
        action="webhook_delivery.replayed",
        subject_kind="webhook_delivery",
        subject_id=str(delivery_id),
        detail={},
    )


def send_test(
    connection: Connection,
    endpoint_id: int,
    *,
    random_bytes: bytes,
    actor: str,
    now: datetime,
) -> str:
    """Queue a ``webhook.test`` message for this endpoint alone; return its webhook-id.

    It takes the way of every other message, retries included. ``random_bytes`` (at least 16) make
    the webhook-id. A paused endpoint gets it when it is resumed.

    Raises: NotFoundError; ConflictError: the endpoint is disabled.
    """
    assert len(random_bytes) >= 16, "a webhook-id must not repeat"
    endpoint = _lock(connection, endpoint_id)
    if endpoint.state is EndpointState.DISABLED:
        raise ConflictError(f"webhook endpoint {endpoint_id} is disabled; resume it first")
    uid = f"msg_{random_bytes.hex()}"
    seq = store.next_test_seq(connection, endpoint_id)
    body = {
        "type": TEST_EVENT_TYPE,
        "timestamp": format_rfc3339(to_us(now)),
        "data": {"endpoint_id": endpoint_id, "seq": seq, "requested_by": actor},
    }
    store.insert_test_message(
        connection,
        endpoint_id=endpoint_id,
        uid=uid,
        seq=seq,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        now=now,
    )
    store.notify_relays(connection)
    _audit(connection, endpoint, "tested", actor, now, message=uid)
    return uid


def _check(connection: Connection, fields: EndpointFields) -> None:
    check_url(fields.url)
    check_fields(fields)
    if not store.has_towns(connection, fields.town_ids):
        raise InvalidRequestError("there is no such town")


def _lock(connection: Connection, endpoint_id: int) -> Endpoint:
    return _found(store.lock_endpoint(connection, endpoint_id), endpoint_id)


def _found(endpoint: Endpoint | None, endpoint_id: int) -> Endpoint:
    if endpoint is None:
        raise NotFoundError(f"there is no webhook endpoint {endpoint_id}")
    return endpoint


def _move(
    connection: Connection, endpoint: Endpoint, state: EndpointState, actor: str, now: datetime
) -> Endpoint:
    if endpoint.state is state:
        return endpoint
    moved = store.update_endpoint(connection, replace(endpoint, state=state), now)
    _audit(connection, moved, _MOVES[state], actor, now)
    return moved


def _audit(
    connection: Connection,
    endpoint: Endpoint,
    what: str,
    actor: str,
    now: datetime,
    **more: str,
) -> None:
    fields = endpoint.fields
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"webhook_endpoint.{what}",
        subject_kind="webhook_endpoint",
        subject_id=str(endpoint.endpoint_id),
        detail={
            "kind": fields.kind,
            "url": fields.shown_url,
            "event_types": list(fields.event_types),
            "severity_min": fields.severity_min,
            "town_ids": list(fields.town_ids),
            "audience": fields.audience,
            "language": fields.language,
            "mention_count": len(fields.mention_mobiles) + len(fields.mention_user_ids),
            "quiet_hours": fields.quiet_hours,
            "state": endpoint.state.value,
            "version": endpoint.version,
            **more,
        },
    )
