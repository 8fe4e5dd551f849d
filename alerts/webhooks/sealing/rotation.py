"""A new signing secret for an endpoint; the old one signs beside it for a while."""

from datetime import datetime, timedelta

from alerts.webhooks.choices import choose_secret
from alerts.webhooks.endpoints import audit_endpoint, get_endpoint, lock_endpoint
from alerts.webhooks.kinds import KINDS
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
    within the overlap of another ends that one: two secrets sign at most. A robot takes one sign
    key at a time, its vendor's: ``secret`` is that, and there is no overlap.

    Raises: NotFoundError; InvalidRequestError: the secret is malformed, or a robot's is missing;
        ConflictError: there is no key to seal it with.
    """
    keyring = protection.required_keyring()
    kind = lock_endpoint(connection, endpoint_id).fields.kind
    chosen = choose_secret(kind, secret, random_bytes)
    is_robot = KINDS[kind].is_robot
    if is_robot:
        overlap = timedelta(0)
    sealed = keyring.seal(chosen, secret_of(endpoint_id))
    until = now + overlap if overlap else None
    store.rotate_secret(connection, endpoint_id, sealed, until, now)
    rotated = get_endpoint(connection, endpoint_id)
    audit_endpoint(
        connection, rotated, "secret_rotated", actor, now, overlap_s=int(overlap.total_seconds())
    )
    notify_relays(connection)
    return CreatedEndpoint(rotated, None if is_robot else chosen)
