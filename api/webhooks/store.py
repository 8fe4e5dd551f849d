"""The SQL of deliveries as people see them; endpoints go through alerts.webhooks.endpoints."""

from api.store import fetch_all
from api.webhooks.schemas import Delivery, DeliveryState
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.webhooks")


def select_deliveries(
    connection: Connection,
    endpoint_id: int | None,
    *,
    state: DeliveryState | None,
    before_id: int,
    count_max: int,
) -> list[Delivery]:
    """Return deliveries (of an endpoint; None: of all) below ``before_id``, newest first."""
    parameters = {
        "endpoint_id": endpoint_id,
        "state": state,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_deliveries"], parameters, Delivery)
