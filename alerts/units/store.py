"""SQL of units and routes."""

from datetime import datetime
from typing import NamedTuple

from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.units")


class Unit(NamedTuple):
    """A unit that tickets can be given to."""

    code: str
    name: str
    name_en: str
    phone: str
    is_active: bool = True


class Route(NamedTuple):
    """Which unit gets what; None: every town, every problem."""

    unit_route_id: int
    town: str | None
    problem: str | None
    unit: str


def insert_unit(connection: Connection, unit: Unit, now: datetime) -> Unit | None:
    """Store a new unit; None where its code is taken."""
    parameters = {**unit._asdict(), "now": now}
    row = connection.execute(_QUERIES["insert_unit"], parameters).fetchone()
    return None if row is None else Unit(*row)


def update_unit(connection: Connection, unit: Unit) -> Unit | None:
    """Change a unit; None where there is none of that code."""
    row = connection.execute(_QUERIES["update_unit"], unit._asdict()).fetchone()
    return None if row is None else Unit(*row)


def select_units(connection: Connection) -> list[Unit]:
    """Return all units by code."""
    return [Unit(*row) for row in connection.execute(_QUERIES["select_units"])]


def set_route(
    connection: Connection, town: str | None, problem: str | None, unit: str, now: datetime
) -> int | None:
    """Set a route and return its number; None where there is no such town or unit."""
    parameters = {"town": town, "problem": problem, "unit": unit, "now": now}
    row = connection.execute(_QUERIES["set_route"], parameters).fetchone()
    return None if row is None else int(row[0])


def select_routes(connection: Connection) -> list[Route]:
    """Return all routes, those that say most first."""
    return [Route(*row) for row in connection.execute(_QUERIES["select_routes"])]


def delete_route(connection: Connection, unit_route_id: int) -> bool:
    """Take a route away; False where there is none."""
    parameters = {"unit_route_id": unit_route_id}
    return connection.execute(_QUERIES["delete_route"], parameters).fetchone() is not None
