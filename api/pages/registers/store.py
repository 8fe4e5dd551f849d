"""The SQL that only the registers' pages need, reading only."""

from datetime import datetime
from typing import NamedTuple

from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.pages.registers")
_HISTORY_COUNT_MAX = 50


class HistoryEntry(NamedTuple):
    """Something that somebody did to a thing."""

    at: datetime
    actor: str
    action: str


class CodeCount(NamedTuple):
    """How many tickets were cancelled for one reason."""

    false_alarm_code: str
    ticket_count: int


def select_history(connection: Connection, kind: str, subject_id: str) -> list[HistoryEntry]:
    """Return the last things that were done to something, the newest first."""
    parameters = {"kind": kind, "id": subject_id, "count_max": _HISTORY_COUNT_MAX}
    return fetch_all(connection, _QUERIES["select_history"], parameters, HistoryEntry)


def count_false_alarms(connection: Connection, rule: str) -> list[CodeCount]:
    """Return why tickets of a rule were cancelled."""
    return fetch_all(connection, _QUERIES["count_false_alarms"], {"rule": rule}, CodeCount)
