"""Rejected messages (拒收报文) as values. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

#: kept: may be replayed; replayed: its readings are stored; discarded: somebody let it go.
State = Literal["kept", "replayed", "discarded"]


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

    rejected_message_id: int
    received_at: datetime
    topic: str
    gateway_uid: str | None
    codec: str | None
    payload_bytes: int
    reason: str
    detail: str
    state: State
    retained: bool
    settled_at: datetime | None
    #: While an ingest process is asked to send it again.
    replay_requested_at: datetime | None
    replay_requested_by: str | None


class WholeDeadLetter(NamedTuple):
    """One rejected message; ``payload`` is shorter than ``payload_bytes`` where it was cut."""

    letter: DeadLetter
    payload: bytes
