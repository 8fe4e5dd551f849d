"""What the command centre shows: each part of it by name, read when it is asked for."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Literal, NamedTuple

from alerts.coverage.model import local_today
from alerts.statistics.month import SHANGHAI
from api.alerts.routes import count_open_alerts
from api.coverage.routes import get_coverage
from api.dependencies import Services
from api.pages import store
from api.pages.limit import Limit, limit_of
from api.pages.store import QueueEntry
from api.tickets.store import select_indicators
from core.db import Connection
from core.errors import NotReadyError

Part = Literal["strip", "towns", "queue", "loop"]

_QUEUE_COUNT = 30
#: Rates and durations of the loop are of the last 30 days.
PERIOD = timedelta(days=30)


class Look(NamedTuple):
    """One look at the county."""

    connection: Connection
    services: Services
    now: datetime


def read(part: Part, look: Look) -> dict[str, Any]:
    """Return what the template of a part needs."""
    return _PARTS[part](look)


def midnight_after(now: datetime) -> datetime:
    """Return when the county's day ends."""
    return datetime.combine(local_today(now) + timedelta(days=1), time(), SHANGHAI)


def _strip(look: Look) -> dict[str, Any]:
    return {
        "coverage": _coverage(look),
        "open_alerts": count_open_alerts(look.connection, look.now),
        "tickets": store.select_ticket_figures(look.connection, look.now, midnight_after(look.now)),
        "indicators": select_indicators(
            look.connection,
            from_at=look.now - PERIOD,
            to_at=look.now,
            now=look.now,
            town=None,
        ),
    }


def _towns(look: Look) -> dict[str, Any]:
    return {"coverage": _coverage(look), "work": store.select_town_work(look.connection)}


def _queue(look: Look) -> dict[str, Any]:
    entries = store.select_queue(look.connection, look.now, _QUEUE_COUNT)
    return {
        "open_alerts": count_open_alerts(look.connection, look.now),
        "queue": [(entry, _limit(entry, look.now)) for entry in entries],
    }


def _limit(entry: QueueEntry, now: datetime) -> Limit | None:
    return limit_of(entry.clock_started_at, entry.clock_due_at, now)


def _loop(look: Look) -> dict[str, Any]:
    return {"links": store.select_loop(look.connection, look.now - PERIOD)}


def _coverage(look: Look) -> Any:
    try:
        return get_coverage(
            connection=look.connection, services=look.services, restaurant_type=None
        )
    except NotReadyError:
        return None


_PARTS: Mapping[Part, Callable[[Look], dict[str, Any]]] = {
    "strip": _strip,
    "towns": _towns,
    "queue": _queue,
    "loop": _loop,
}
