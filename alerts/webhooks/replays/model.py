"""The values of replays. Pure data, no SQL."""

from dataclasses import dataclass
from datetime import datetime

#: A receiver that was away for a day of a county's messages; more is a mistake in the range.
REPLAY_COUNT_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which settled deliveries of an endpoint are meant; what is queued is never touched.

    ``since`` and ``until`` (exclusive) bound when the message came to be, ``first_id`` and
    ``last_id`` (inclusive) the deliveries' numbers. No ``event_types``: all of them. Unless
    ``is_delivered_too`` only dead ones.
    """

    since: datetime | None = None
    until: datetime | None = None
    first_id: int | None = None
    last_id: int | None = None
    event_types: tuple[str, ...] = ()
    is_delivered_too: bool = False

    @property
    def is_unbounded(self) -> bool:
        """Return whether nothing says which ones."""
        return self.since is None and self.first_id is None


@dataclass(frozen=True, slots=True)
class Replay:
    """How many deliveries were meant, and how many were queued (0: a dry run)."""

    matching_count: int
    queued_count: int
