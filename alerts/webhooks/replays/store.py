"""SQL of replays."""

from collections.abc import Sequence
from datetime import datetime

from alerts.webhooks.model import DeliveryState, EndpointState
from alerts.webhooks.replays.model import Selection
from core.db import Connection, translated_errors
from core.sql import load_queries

_QUERIES = load_queries("alerts.webhooks.replays")


def select_delivery(connection: Connection, delivery_id: int) -> DeliveryState | None:
    """Return where a delivery stands; None if there is none of that number."""
    with translated_errors():
        row = connection.execute(
            _QUERIES["select_delivery"], {"delivery_id": delivery_id}
        ).fetchone()
    if row is None:
        return None
    number, state, endpoint_id, endpoint_state = row
    return DeliveryState(number, state, endpoint_id, EndpointState(endpoint_state))


def replay_delivery(connection: Connection, delivery_id: int, now: datetime) -> bool:
    """Queue a dead delivery again; False if it is not dead."""
    parameters = {"delivery_id": delivery_id, "now": now}
    with translated_errors():
        return connection.execute(_QUERIES["replay_delivery"], parameters).rowcount == 1


def lock_selected(
    connection: Connection, endpoint_id: int, selection: Selection, count_max: int
) -> list[int]:
    """Lock at most ``count_max`` selected deliveries; return their numbers in order."""
    parameters = {
        "endpoint_id": endpoint_id,
        "since": selection.since,
        "until": selection.until,
        "first_id": selection.first_id,
        "last_id": selection.last_id,
        "event_types": list(selection.event_types),
        "states": ["dead", "ok"] if selection.is_delivered_too else ["dead"],
        "count_max": count_max,
    }
    with translated_errors():
        rows = connection.execute(_QUERIES["lock_selected"], parameters).fetchall()
    return [row[0] for row in rows]


def replay_selected(connection: Connection, delivery_ids: Sequence[int], now: datetime) -> int:
    """Queue settled deliveries, whose locks the caller holds, again; return how many."""
    parameters = {"delivery_ids": list(delivery_ids), "now": now}
    with translated_errors():
        return connection.execute(_QUERIES["replay_selected"], parameters).rowcount
