"""The SQL that only pages need, reading only."""

from datetime import datetime
from typing import NamedTuple

from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.pages")


class QueueEntry(NamedTuple):
    """An open alert, who has it, and the clock that runs."""

    alert_id: int
    rule_code: str
    rule_name: str
    rule_name_en: str
    severity: str
    fired_at: datetime
    trap_code: str | None
    restaurant_id: int | None
    restaurant_name: str | None
    town_name: str | None
    town_name_en: str | None
    device: str | None
    gateway: str | None
    ticket_id: int | None
    ticket_state: str | None
    unit_name: str | None
    unit_name_en: str | None
    acked_by: str | None
    clock_kind: str | None
    clock_started_at: datetime | None
    clock_due_at: datetime | None


class TicketFigures(NamedTuple):
    """Tickets that are not over."""

    active_count: int
    overdue_count: int
    due_today_count: int


class LoopLink(NamedTuple):
    """A link of the loop: who stands there, and how long it took those that left it."""

    state: str
    ticket_count: int
    left_count: int
    median_h: float | None


class TownWork(NamedTuple):
    """What is open in a town."""

    town_code: str
    alert_count: int
    red_count: int
    ticket_count: int


class Place(NamedTuple):
    """A restaurant as lists show it."""

    restaurant_id: int
    register_no: str
    name: str
    restaurant_type: str
    status: str
    address: str
    town_code: str
    town_name: str
    town_name_en: str
    stage: str | None
    since: datetime | None
    trap_codes: str | None


def select_queue(connection: Connection, now: datetime, count_max: int) -> list[QueueEntry]:
    """Return open alerts in the order in which somebody must act."""
    parameters = {"now": now, "count_max": count_max}
    return fetch_all(connection, _QUERIES["select_queue"], parameters, QueueEntry)


def select_ticket_figures(
    connection: Connection, now: datetime, midnight: datetime
) -> TicketFigures:
    """Return how many tickets are not over; ``midnight`` ends the county's day."""
    parameters = {"now": now, "midnight": midnight}
    return fetch_all(connection, _QUERIES["select_ticket_figures"], parameters, TicketFigures)[0]


def select_loop(connection: Connection, from_at: datetime) -> list[LoopLink]:
    """Return the links of the loop in order; durations of what left them since ``from_at``."""
    return fetch_all(connection, _QUERIES["select_loop"], {"from_at": from_at}, LoopLink)


def select_town_work(connection: Connection) -> dict[str, TownWork]:
    """Return what is open, by town code."""
    rows = fetch_all(connection, _QUERIES["select_town_work"], {}, TownWork)
    return {row.town_code: row for row in rows}


def select_places(
    connection: Connection,
    *,
    restaurant_id: int | None = None,
    town: str | None = None,
    stages: list[str] | None = None,
    words: str | None = None,
    after_id: int = 0,
    count_max: int,
) -> list[Place]:
    """Return restaurants by number; ``words`` as somebody types them into a search field."""
    parameters = {
        "restaurant_id": restaurant_id,
        "town": town,
        "stages": stages,
        "words": words,
        "after_id": after_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_places"], parameters, Place)
