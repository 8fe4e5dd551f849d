"""The SQL of coverage: one function a query."""

from datetime import datetime

from api.coverage.rates import TownFunnel
from api.coverage.schemas import DataAge, Reason, RegisterVersion, UncoveredRestaurant
from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.coverage")


def select_coverage(connection: Connection, now: datetime) -> list[TownFunnel]:
    """Return the county's funnel, then each town's."""
    return fetch_all(connection, _QUERIES["select_coverage"], {"now": now}, TownFunnel)


def select_register_version(connection: Connection) -> RegisterVersion:
    """Return how many restaurants there are and when one of them last changed."""
    return fetch_all(connection, _QUERIES["select_register_version"], {}, RegisterVersion)[0]


def select_data_age(connection: Connection) -> DataAge:
    """Return when the newest data was received."""
    return fetch_all(connection, _QUERIES["select_data_age"], {}, DataAge)[0]


def select_uncovered(
    connection: Connection,
    *,
    now: datetime,
    town: str | None,
    reason: Reason | None,
    after_id: int,
    count_max: int,
) -> list[UncoveredRestaurant]:
    """Return restaurants that should connect and do not, by number."""
    parameters = {
        "now": now,
        "town": town,
        "reason": reason,
        "after_id": after_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_uncovered"], parameters, UncoveredRestaurant)
