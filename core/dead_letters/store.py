"""SQL of the dead letters."""

from collections.abc import Sequence
from datetime import datetime

from core.db import Connection
from core.dead_letters.model import DeadLetter, Selection, State, WholeDeadLetter
from core.sql import load_queries

_QUERIES = load_queries("core.dead_letters")
_DETAIL_CHARS_MAX = 2_000
_ID_END = 2**63 - 1


def select_dead_letters(
    connection: Connection,
    selection: Selection,
    state: State | None,
    count_max: int,
    before_id: int = _ID_END,
) -> list[DeadLetter]:
    """Return dead letters below ``before_id``, newest first."""
    parameters = selection.parameters() | {
        "state": state,
        "count_max": count_max,
        "before_id": before_id,
    }
    rows = connection.execute(_QUERIES["select_dead_letters"], parameters)
    return [DeadLetter(*row) for row in rows]


def select_dead_letter(connection: Connection, number: int) -> WholeDeadLetter | None:
    """Return one message whole; None: there is none of that number."""
    row = connection.execute(_QUERIES["select_dead_letter"], {"id": number}).fetchone()
    return None if row is None else WholeDeadLetter(DeadLetter(*row[:-1]), bytes(row[-1]))


def lock_dead_letter(connection: Connection, number: int) -> bool:
    """Return whether a message is kept, and keep others from settling it in this transaction."""
    row = connection.execute(_QUERIES["lock_dead_letter"], {"id": number}).fetchone()
    return row is not None and bool(row[0])


def select_ids_to_settle(
    connection: Connection, selection: Selection, count_max: int | None = None
) -> list[int]:
    """Return the numbers of matching kept messages in arrival order; None: all of them."""
    parameters = selection.parameters() | {"count_max": count_max}
    rows = connection.execute(_QUERIES["select_ids_to_settle"], parameters)
    return [row[0] for row in rows]


def select_requested(connection: Connection, count_max: int) -> list[tuple[int, str]]:
    """Return (number, who wants it) of messages to send again, in arrival order."""
    rows = connection.execute(_QUERIES["select_requested"], {"count_max": count_max})
    return [(row[0], row[1]) for row in rows]


def request_replays(
    connection: Connection, ids: Sequence[int], actor: str, now: datetime
) -> list[int]:
    """Have kept messages sent again; return those that nobody had asked for yet."""
    parameters = {"ids": list(ids), "actor": actor, "now": now}
    return [row[0] for row in connection.execute(_QUERIES["request_replays"], parameters)]


def settle_dead_letter(connection: Connection, number: int, now: datetime) -> None:
    """Record that a message became readings."""
    connection.execute(_QUERIES["settle_dead_letter"], {"id": number, "now": now})


def restate_dead_letter(
    connection: Connection,
    number: int,
    *,
    reason: str,
    detail: str,
    codec: str | None,
    gateway_uid: str | None,
) -> None:
    """Record why a message was refused again; it is asked for no longer."""
    connection.execute(
        _QUERIES["restate_dead_letter"],
        {
            "id": number,
            "reason": reason,
            "detail": detail.replace("\0", "\ufffd")[:_DETAIL_CHARS_MAX],
            "codec": codec,
            "gateway_uid": gateway_uid,
        },
    )


def discard_dead_letters(connection: Connection, ids: Sequence[int], now: datetime) -> list[int]:
    """Let go of kept messages; return which were."""
    rows = connection.execute(_QUERIES["discard_dead_letters"], {"ids": list(ids), "now": now})
    return [row[0] for row in rows]
