"""The SQL that only the registers' pages need, reading only."""

from datetime import datetime
from typing import NamedTuple

from api.store import fetch_all, fetch_one
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


class DeadLetter(NamedTuple):
    """A message that could not be read; ``payload`` None in lists."""

    rejected_message_id: int
    received_at: datetime
    topic: str
    gateway_uid: str | None
    codec: str | None
    payload_bytes: int
    reason: str
    detail: str
    state: str
    retained: bool
    settled_at: datetime | None
    payload: bytes | None


def select_history(connection: Connection, kind: str, subject_id: str) -> list[HistoryEntry]:
    """Return the last things that were done to something, the newest first."""
    parameters = {"kind": kind, "id": subject_id, "count_max": _HISTORY_COUNT_MAX}
    return fetch_all(connection, _QUERIES["select_history"], parameters, HistoryEntry)


def count_false_alarms(connection: Connection, rule: str) -> list[CodeCount]:
    """Return why tickets of a rule were cancelled."""
    return fetch_all(connection, _QUERIES["count_false_alarms"], {"rule": rule}, CodeCount)


def select_dead_letters(
    connection: Connection, *, state: str | None, reason: str | None, before_id: int, count_max: int
) -> list[DeadLetter]:
    """Return messages below ``before_id``, the newest first."""
    parameters = {
        "state": state,
        "reason": reason,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_dead_letters"], parameters, DeadLetter)


def select_dead_letter(connection: Connection, number: int) -> DeadLetter | None:
    """Return one message whole."""
    return fetch_one(connection, _QUERIES["select_dead_letter"], {"id": number}, DeadLetter)
