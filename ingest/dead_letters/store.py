"""SQL of the dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from core.db import Connection
from core.sql import load_queries
from ingest.delivery import Rejection

_QUERIES = load_queries("ingest.dead_letters")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters are meant; None: no condition."""

    ids: Sequence[int] | None = None
    reason: str | None = None
    gateway_uid: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_everything(self) -> bool:
        """Whether no condition is set."""
        return self == Selection()

    def parameters(self) -> dict[str, object]:
        """Return the conditions as query parameters."""
        return {
            "ids": None if self.ids is None else list(self.ids),
            "reason": self.reason,
            "gateway_uid": self.gateway_uid,
            "since": self.since,
            "until": self.until,
        }


class DeadLetter(NamedTuple):
    """One rejected message without its bytes."""

    id: int
    received_at: datetime
    topic: str
    gateway_uid: str | None
    codec: str | None
    payload_bytes: int
    reason: str
    detail: str
    state: str


class WholeDeadLetter(NamedTuple):
    """One rejected message; ``payload`` is shorter than ``payload_bytes`` where it was cut."""

    id: int
    received_at: datetime
    topic: str
    gateway_uid: str | None
    codec: str | None
    payload_bytes: int
    reason: str
    detail: str
    state: str
    payload: bytes
    retained: bool
    settled_at: datetime | None


class Overflow(NamedTuple):
    """Messages of one gateway, hour and reason that were counted instead of kept."""

    gateway_uid: str
    hour: datetime
    reason: str
    message_count: int
    last_at: datetime
    sample_topic: str
    sample_detail: str


def select_dead_letters(
    connection: Connection, selection: Selection, state: str | None, count_max: int
) -> list[DeadLetter]:
    """Return dead letters, newest first."""
    parameters = selection.parameters() | {"state": state, "count_max": count_max}
    return [
        DeadLetter(*row) for row in connection.execute(_QUERIES["select_dead_letters"], parameters)
    ]


def select_overflow(connection: Connection, selection: Selection, count_max: int) -> list[Overflow]:
    """Return what was only counted, newest first."""
    parameters = selection.parameters() | {"count_max": count_max}
    return [Overflow(*row) for row in connection.execute(_QUERIES["select_overflow"], parameters)]


def select_ids_to_settle(connection: Connection, selection: Selection) -> list[int]:
    """Return the numbers of matching kept messages in arrival order."""
    rows = connection.execute(_QUERIES["select_ids_to_settle"], selection.parameters())
    return [row[0] for row in rows]


def select_dead_letter(connection: Connection, number: int) -> WholeDeadLetter | None:
    """Return one message whole; None: there is none of that number."""
    row = connection.execute(_QUERIES["select_dead_letter"], {"id": number}).fetchone()
    if row is None:
        return None
    found = WholeDeadLetter(*row)
    return found._replace(payload=bytes(found.payload))


def settle_dead_letter(connection: Connection, number: int, state: str, now: datetime) -> None:
    """Record that a message was ``replayed`` or ``discarded``."""
    connection.execute(_QUERIES["settle_dead_letter"], {"id": number, "state": state, "now": now})


def restate_dead_letter(connection: Connection, number: int, rejection: Rejection) -> None:
    """Record why a message was refused again."""
    connection.execute(
        _QUERIES["restate_dead_letter"],
        {
            "id": number,
            "reason": rejection.reason,
            "detail": rejection.detail.replace("\0", "\ufffd")[:2_000],
            "codec": rejection.codec,
            "gateway_uid": rejection.gateway_uid,
        },
    )


def discard_dead_letters(connection: Connection, ids: Sequence[int], now: datetime) -> list[int]:
    """Let go of kept messages; return which were."""
    rows = connection.execute(_QUERIES["discard_dead_letters"], {"ids": list(ids), "now": now})
    return [row[0] for row in rows]
