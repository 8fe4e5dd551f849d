"""What a person may do with webhook endpoints, each act with its audit row.

The API calls these inside its own transaction. An endpoint is never deleted: its attempts are
evidence of who was told what; ``disable`` ends it. URL and secret are sealed before they reach the
database. They leave it only towards a relay, the secret towards a person once, when it is made.
"""

import json
from dataclasses import replace
from datetime import datetime

from alerts.evidence import audit
from alerts.webhooks import store
from alerts.webhooks.choices import check_fields, choose_secret
from alerts.webhooks.event_types import TEST_EVENT_TYPE
from alerts.webhooks.kinds import KINDS
from alerts.webhooks.model import CreatedEndpoint, Endpoint, EndpointFields, EndpointState
from alerts.webhooks.outbox import store as outbox_store
from alerts.webhooks.protection import Protection, secret_of, shown_url, url_of
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
    protection: Protection,
    actor: str,
    now: datetime,
) -> CreatedEndpoint:
    """Register a receiver, active at once.

    ``secret`` None makes a new one of ``random_bytes`` (24 to 64, from a cryptographic generator);
    of a robot it is the vendor's sign key, None where it has none.

    Raises: InvalidRequestError: something about it is not acceptable; the text says what;
        ConflictError: there is no key to seal its secrets with.
    """
    keyring = protection.required_keyring()
    _check(connection, fields)
    if fields.url is None:
        raise InvalidRequestError("a new endpoint needs a url")
    protection.check_target(fields.url)
    is_robot = KINDS[fields.kind].is_robot
    if secret is None and is_robot:
        secret = ""
    chosen = choose_secret(fields.kind, secret, random_bytes)
    endpoint_id = store.next_endpoint_id(connection)
    endpoint = store.insert_endpoint(
        connection,
        endpoint_id,
        replace(fields, url=keyring.seal(fields.url, url_of(endpoint_id))),
        url_shown=shown_url(fields.url, fields.kind),
        secret=keyring.seal(chosen, secret_of(endpoint_id)),
        now=now,
    )
    audit_endpoint(connection, endpoint, "created", actor, now)
    return CreatedEndpoint(endpoint, None if is_robot else chosen)


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
    protection: Protection,
    actor: str,
    now: datetime,
) -> Endpoint:
    """Replace what a person chose about an endpoint; what is queued goes to the new address.

    Its kind stays. No ``url``, or the one that is shown, keeps the address. ``version`` is the one
    the caller read; None overwrites whatever is there.

    Raises: NotFoundError, PreconditionFailedError, InvalidRequestError; ConflictError: a new URL,
        and there is no key to seal it with.
    """
    before = get_endpoint(connection, endpoint_id)
    fields = replace(fields, kind=before.fields.kind)
    if fields.url == before.url_shown:
        fields = replace(fields, url=None)
    _check(connection, fields)
    url_shown = None
    if fields.url is not None:
        keyring = protection.required_keyring()
        protection.check_target(fields.url)
        url_shown = shown_url(fields.url, fields.kind)
        fields = replace(fields, url=keyring.seal(fields.url, url_of(endpoint_id)))
    endpoint = lock_endpoint(connection, endpoint_id)
    if version is not None and version != endpoint.version:
        raise PreconditionFailedError(
            f"webhook endpoint {endpoint_id} is at version {endpoint.version}, not {version}"
        )
    changed = store.update_endpoint(
        connection,
        replace(endpoint, fields=fields),
        now,
        url_shown=url_shown,
        is_new_start=url_shown is not None,
    )
    audit_endpoint(connection, changed, "updated", actor, now)
    store.notify_relays(connection)
    return changed


def pause_endpoint(
    connection: Connection, endpoint_id: int, *, actor: str, now: datetime
) -> Endpoint:
    """Hold back deliveries; they wait in the queue. Pausing twice changes nothing.

    Raises: NotFoundError; ConflictError: it is disabled.
    """
    endpoint = lock_endpoint(connection, endpoint_id)
    if endpoint.state is EndpointState.DISABLED:
        raise ConflictError(f"webhook endpoint {endpoint_id} is disabled; resume it first")
    return _move(connection, endpoint, EndpointState.PAUSED, actor, now)


def resume_endpoint(
    connection: Connection, endpoint_id: int, *, actor: str, now: datetime
) -> Endpoint:
    """Send again, what waited included. What died while it was disabled can be replayed.

    Raises: NotFoundError.
    """
    endpoint = lock_endpoint(connection, endpoint_id)
    resumed = _move(connection, endpoint, EndpointState.ACTIVE, actor, now)
    store.notify_relays(connection)
    return resumed


def disable_endpoint(
    connection: Connection, endpoint_id: int, *, actor: str, now: datetime
) -> Endpoint:
    """End an endpoint: what waits for it is dead.

    Raises: NotFoundError.
    """
    endpoint = lock_endpoint(connection, endpoint_id)
    if store.disable_endpoint(connection, endpoint_id, "person", now):
        endpoint = get_endpoint(connection, endpoint_id)
        audit_endpoint(connection, endpoint, "disabled", actor, now)
    return endpoint


def disable_gone(connection: Connection, endpoint_id: int, now: datetime) -> None:
    """End an endpoint whose receiver answered 410 Gone."""
    if store.disable_endpoint(connection, endpoint_id, "gone", now):
        endpoint = get_endpoint(connection, endpoint_id)
        audit_endpoint(connection, endpoint, "disabled", SYSTEM, now, reason="HTTP 410")


def disable_failing(
    connection: Connection, endpoint_id: int, since: datetime, now: datetime
) -> None:
    """End an endpoint all of whose attempts failed since a moment."""
    if store.disable_endpoint(connection, endpoint_id, "failing", now):
        endpoint = get_endpoint(connection, endpoint_id)
        reason = f"every attempt since {format_rfc3339(to_us(since))} failed"
        audit_endpoint(connection, endpoint, "disabled", SYSTEM, now, reason=reason)


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
    endpoint = lock_endpoint(connection, endpoint_id)
    if endpoint.state is EndpointState.DISABLED:
        raise ConflictError(f"webhook endpoint {endpoint_id} is disabled; resume it first")
    uid = f"msg_{random_bytes.hex()}"
    seq = outbox_store.next_endpoint_seq(connection, endpoint_id)
    body = {
        "type": TEST_EVENT_TYPE,
        "timestamp": format_rfc3339(to_us(now)),
        "data": {"endpoint_id": endpoint_id, "seq": seq, "requested_by": actor},
    }
    outbox_store.insert_test_message(
        connection,
        endpoint_id=endpoint_id,
        uid=uid,
        seq=seq,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        now=now,
    )
    store.notify_relays(connection)
    audit_endpoint(connection, endpoint, "tested", actor, now, message=uid)
    return uid


def _check(connection: Connection, fields: EndpointFields) -> None:
    check_fields(fields)
    if not store.has_towns(connection, fields.town_ids):
        raise InvalidRequestError("there is no such town")


def lock_endpoint(connection: Connection, endpoint_id: int) -> Endpoint:
    """Return an endpoint and keep others from changing it until the transaction ends.

    Raises: NotFoundError.
    """
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
    moved = store.update_endpoint(
        connection,
        replace(endpoint, state=state),
        now,
        is_new_start=state is EndpointState.ACTIVE,
    )
    audit_endpoint(connection, moved, _MOVES[state], actor, now)
    return moved


def audit_endpoint(
    connection: Connection,
    endpoint: Endpoint,
    what: str,
    actor: str,
    now: datetime,
    **more: object,
) -> None:
    """Write what was done to an endpoint into the audit trail, without its secrets."""
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
            "url": endpoint.url_shown,
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
