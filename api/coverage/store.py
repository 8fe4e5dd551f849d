"""The SQL of coverage, reading only: counting and freezing stand in alerts.coverage."""

from datetime import date, datetime
from typing import NamedTuple

from api.coverage.history import FrozenRow
from api.coverage.rates import TownFunnel, TypeFunnel
from api.coverage.schemas import DeviceDay, Reason, Span, UncoveredRestaurant
from api.schemas import RestaurantType
from api.store import fetch_all, fetch_one
from core.db import Connection
from core.errors import InvalidRequestError
from core.sql import load_queries

_QUERIES = load_queries("api.coverage")


class State(NamedTuple):
    """Which moment the counts are of, and what they rest on."""

    as_of: datetime
    restaurant_count: int
    register_updated_at: datetime | None
    received_at: datetime | None
    good_received_at: datetime | None


def select_coverage(
    connection: Connection, restaurant_type: RestaurantType | None
) -> list[TownFunnel]:
    """Return the county's funnel, then each town's."""
    parameters = {"restaurant_type": restaurant_type}
    return fetch_all(connection, _QUERIES["select_coverage"], parameters, TownFunnel)


def select_coverage_by_type(connection: Connection) -> list[TypeFunnel]:
    """Return the county's funnel by type of restaurant."""
    return fetch_all(connection, _QUERIES["select_coverage_by_type"], {}, TypeFunnel)


def select_state(connection: Connection) -> State | None:
    """Return which moment the counts are of; None: nothing was counted yet."""
    return fetch_one(connection, _QUERIES["select_state"], {}, State)


def select_town_id(connection: Connection, town: str | None) -> int | None:
    """Return a town's number; None: no town is asked for.

    Raises: InvalidRequestError: there is no such town.
    """
    if town is None:
        return None
    row = connection.execute(_QUERIES["select_town_id"], {"town": town}).fetchone()
    if row is None:
        raise InvalidRequestError(f"town: there is no town {town!r}")
    return int(row[0])


def select_uncovered(
    connection: Connection,
    *,
    town_id: int | None,
    reason: Reason | None,
    after_id: int,
    count_max: int,
) -> list[UncoveredRestaurant]:
    """Return restaurants that should connect and do not, by number."""
    parameters = {
        "town_id": town_id,
        "reason": reason,
        "after_id": after_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_uncovered"], parameters, UncoveredRestaurant)


def select_history(
    connection: Connection,
    span: Span,
    *,
    first: date,
    last: date,
    town_id: int | None,
    restaurant_type: RestaurantType | None,
    all_revisions: bool,
) -> list[FrozenRow]:
    """Return frozen days or months in order."""
    parameters = {
        "span": span,
        "first": first,
        "last": last,
        "town_id": town_id,
        "restaurant_type": restaurant_type,
        "all_revisions": all_revisions,
    }
    return fetch_all(connection, _QUERIES["select_history"], parameters, FrozenRow)


def select_device_days(
    connection: Connection,
    *,
    first: date,
    last: date,
    town_id: int | None,
    restaurant_id: int | None,
    device_id: int | None,
    after: tuple[date, int],
    count_max: int,
) -> list[DeviceDay]:
    """Return device-days in order of day and device."""
    parameters = {
        "first": first,
        "last": last,
        "town_id": town_id,
        "restaurant_id": restaurant_id,
        "device_id": device_id,
        "after_day": after[0],
        "after_id": after[1],
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_device_days"], parameters, DeviceDay)
