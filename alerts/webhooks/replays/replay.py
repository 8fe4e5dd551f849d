"""What a person may send once more, each act with its audit row."""

from datetime import datetime

from alerts.evidence import audit
from alerts.webhooks.endpoints import audit_endpoint, lock_endpoint
from alerts.webhooks.event_types import EVENT_TYPES
from alerts.webhooks.model import EndpointState
from alerts.webhooks.replays import store
from alerts.webhooks.replays.model import REPLAY_COUNT_MAX, Replay, Selection
from alerts.webhooks.store import notify_relays
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError, NotFoundError
from core.instant import format_rfc3339, to_us


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
    notify_relays(connection)
    audit.record(
        connection,
        at=now,
        actor=actor,
        action="webhook_delivery.replayed",
        subject_kind="webhook_delivery",
        subject_id=str(delivery_id),
        detail={},
    )


def replay_deliveries(
    connection: Connection,
    endpoint_id: int,
    selection: Selection,
    *,
    is_dry_run: bool,
    actor: str,
    now: datetime,
) -> Replay:
    """Send all selected deliveries of an endpoint again, at most 10,000; a dry run only counts.

    Raises: NotFoundError; ConflictError: the endpoint is disabled; InvalidRequestError: no lower
        bound, an empty range, an unknown event type, or more deliveries than one replay may have.
    """
    _check(selection)
    endpoint = lock_endpoint(connection, endpoint_id)
    if endpoint.state is EndpointState.DISABLED:
        raise ConflictError(f"webhook endpoint {endpoint_id} is disabled; resume it first")
    numbers = store.lock_selected(connection, endpoint_id, selection, REPLAY_COUNT_MAX + 1)
    if len(numbers) > REPLAY_COUNT_MAX:
        raise InvalidRequestError(
            f"more than {REPLAY_COUNT_MAX} deliveries are in this range; narrow it down"
        )
    if is_dry_run or not numbers:
        return Replay(len(numbers), 0)
    queued = store.replay_selected(connection, numbers, now)
    notify_relays(connection)
    audit_endpoint(connection, endpoint, "replayed", actor, now, **_told(selection, queued))
    return Replay(len(numbers), queued)


def _check(selection: Selection) -> None:
    if selection.is_unbounded:
        raise InvalidRequestError("say from where on: since, or first_delivery_id")
    if selection.since and selection.until and selection.since >= selection.until:
        raise InvalidRequestError("since is before until")
    if selection.first_id and selection.last_id and selection.first_id > selection.last_id:
        raise InvalidRequestError("first_delivery_id is not above last_delivery_id")
    unknown = sorted(set(selection.event_types) - EVENT_TYPES.keys())
    if unknown:
        raise InvalidRequestError(f"no such event type: {', '.join(unknown)}")


def _told(selection: Selection, queued: int) -> dict[str, object]:
    since, until = (
        moment and format_rfc3339(to_us(moment)) for moment in (selection.since, selection.until)
    )
    return {
        "queued": queued,
        "since": since,
        "until": until,
        "first_delivery_id": selection.first_id,
        "last_delivery_id": selection.last_id,
        "only_event_types": list(selection.event_types),
        "delivered_too": selection.is_delivered_too,
    }
