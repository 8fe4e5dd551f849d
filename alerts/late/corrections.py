"""What late readings change about what is on record. Pure.

They never page: they may move the beginning or end of an episode, and show one that was missed.
"""

from collections.abc import Sequence
from typing import NamedTuple

from alerts.circumstances.model import FOREVER_US
from alerts.episode import Episode
from core.instant import HOUR_US

#: So much before and after late readings is judged again with them.
AROUND_US = 6 * HOUR_US


class OnRecord(NamedTuple):
    """An episode as it is stored; ``ended_us`` None: it fires."""

    alert_id: int
    dedup_key: str
    started_us: int
    fired_us: int
    ended_us: int | None


class Move(NamedTuple):
    """Other ends of an episode than those on record."""

    record: OnRecord
    started_us: int
    ended_us: int | None


class Corrections(NamedTuple):
    """What to write: episodes whose ends move, and episodes that were missed and are over."""

    moves: list[Move]
    missed: list[Episode]


class Window(NamedTuple):
    """What was judged again: from the first reading looked at, for the sake of [from, to]."""

    first_us: int
    late_from_us: int
    late_to_us: int


def correct(
    on_record: Sequence[OnRecord], replayed: Sequence[Episode], window: Window
) -> Corrections:
    """Compare episodes of one series with what all of its readings say by now."""
    moves: list[Move] = []
    missed: list[Episode] = []
    for episode in replayed:
        if not _is_known_well(episode, window):
            continue
        same = [
            record
            for record in on_record
            if record.dedup_key == episode.dedup_key and _overlap(record, episode)
        ]
        if not same and episode.ended_at_us is not None:
            missed.append(episode)
        elif len(same) == 1 and (move := _move(same[0], episode)) is not None:
            moves.append(move)
    return Corrections(moves, missed)


def _is_known_well(episode: Episode, window: Window) -> bool:
    """Whether late readings touch it, and it began where readings were looked at."""
    begins_before = episode.started_at_us <= window.first_us
    touches = episode.started_at_us <= window.late_to_us and window.late_from_us <= _until(episode)
    return touches and not begins_before


def _overlap(record: OnRecord, episode: Episode) -> bool:
    until_us = FOREVER_US if record.ended_us is None else record.ended_us
    return record.started_us <= _until(episode) and episode.started_at_us <= until_us


def _until(episode: Episode) -> int:
    return FOREVER_US if episode.ended_at_us is None else episode.ended_at_us


def _move(record: OnRecord, episode: Episode) -> Move | None:
    """Return what moves; whether it still fires is the machine's to say, not the past's."""
    started_us = min(episode.started_at_us, record.fired_us)
    is_over = record.ended_us is not None and episode.ended_at_us is not None
    ended_us = episode.ended_at_us if is_over else record.ended_us
    if (started_us, ended_us) == (record.started_us, record.ended_us):
        return None
    return Move(record, started_us, ended_us)
