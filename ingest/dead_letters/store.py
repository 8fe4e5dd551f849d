"""SQL of what was only counted; that of the dead letters is in core.dead_letters."""

from datetime import datetime
from typing import NamedTuple

from core.db import Connection
from core.dead_letters.model import Selection
from core.sql import load_queries

_QUERIES = load_queries("ingest.dead_letters")


class Overflow(NamedTuple):
    """Messages of one gateway, hour and reason that were counted instead of kept."""

    gateway_uid: str
    hour: datetime
    reason: str
    message_count: int
    last_at: datetime
    sample_topic: str
    sample_detail: str


def select_overflow(connection: Connection, selection: Selection, count_max: int) -> list[Overflow]:
    """Return what was only counted, newest first."""
    parameters = selection.parameters() | {"count_max": count_max}
    return [Overflow(*row) for row in connection.execute(_QUERIES["select_overflow"], parameters)]
