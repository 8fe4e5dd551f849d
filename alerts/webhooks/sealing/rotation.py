"""A new signing secret for an endpoint; the old one signs beside it for a while."""

from datetime import datetime, timedelta

from alerts.webhooks.endpoints import (
    audit_endpoint,
    choose_secret,
    get_endpoint,
    lock_endpoint,
)
from alerts.webhooks.model import CreatedEndpoint
from alerts.webhooks.protection import Protection, secret_of
from alerts.webhooks.sealing import store
from alerts.webhooks.store import notify_relays
from core.db import Connection


def rotate_secret(
    connection: Connection,
    endpoint_id: int,
    *,
    secret: str | None,
    overlap: timedelta,
    random_bytes: bytes,
    protection: Protection,
    actor: str,
    now: datetime,
) -> CreatedEndpoint:
    """Give an endpoint another secret; every message is signed with both until ``overlap`` is over.

    ``secret`` None makes a new one of ``random_bytes``. No overlap: the old one leaked. A rotation
    within the overlap of another ends that one: two secrets sign at most.

    Raises: NotFoundError; InvalidRequestError: the secret is malformed; ConflictError: there is no
        key to seal it with.
    """
    keyring = protection.required_keyring()
    chosen = choose_secret(secret, random_bytes)
    lock_endpoint(connection, endpoint_id)
    sealed = keyring.seal(chosen, secret_of(endpoint_id))
    until = now + overlap if overlap else None
    store.rotate_secret(connection, endpoint_id, sealed, until, now)
    rotated = get_endpoint(connection, endpoint_id)
    audit_endpoint(
        connection, rotated, "secret_rotated", actor, now, overlap_s=int(overlap.total_seconds())
    )
    notify_relays(connection)
    return CreatedEndpoint(rotated, chosen)
