"""The SQL of the inspector's pages, reading only."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from api.store import fetch_all, fetch_one
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.pages.phone")


class MyTicket(NamedTuple):
    """A ticket of one's unit, and the clock that is due first."""

    ticket_id: int
    problem: str
    severity: str
    state: str
    version: int
    trap_code: str
    restaurant_name: str
    address: str
    town_name: str
    town_name_en: str
    created_at: datetime
    clock_kind: str | None
    clock_started_at: datetime | None
    clock_due_at: datetime | None


class UnitName(NamedTuple):
    """A unit as people call it; ``phone`` may be empty."""

    code: str
    name: str
    name_en: str
    phone: str


def select_my_tickets(
    connection: Connection, units: Collection[str], count_max: int
) -> list[MyTicket]:
    """Return what some units have to do, by what is due first; what is reported comes last."""
    parameters = {"units": sorted(units), "count_max": count_max}
    return fetch_all(connection, _QUERIES["select_my_tickets"], parameters, MyTicket)


def select_unit(connection: Connection, code: str) -> UnitName | None:
    """Return a unit by its code."""
    return fetch_one(connection, _QUERIES["select_unit"], {"code": code}, UnitName)
