"""What the routes of hand-overs answer and are told."""

from datetime import datetime
from typing import Self

from pydantic import Field

from alerts.handover import store
from api.schemas import Answer, Line, Order, Text
from api.tickets.schemas import TicketState


class HandoverOrder(Order):
    """To whom a ticket is handed over."""

    recipient: Line = Field(description="the name in their key, as in TRAPWATCH_EVIDENCE__ORIGIN")
    note: Text = ""
    with_files: bool = Field(False, description="photos and documents go along, not only SHA-256")


class EchoOrder(Order):
    """What the sender is told besides the state."""

    note: Text = ""


class Echo(Answer):
    """What the other side said became of it; `made_at` and `state_at` are by its clock."""

    their_ticket: int
    their_version: int
    made_at: datetime
    state: str
    state_at: datetime
    note: str
    sha256: str
    recorded_by: str
    recorded_at: datetime


class Handover(Answer):
    """A hand-over of ours; `state` is what the newest echo says."""

    ticket_id: int
    seq: int
    recipient: str
    note: str
    sha256: str = Field(description="of the document")
    sent_by: str
    sent_at: datetime
    state: TicketState | None = Field(description="of their ticket; null: nothing was echoed yet")
    echoes: list[Echo] = Field(description="by their version, then their clock; the newest last")

    @classmethod
    def of(cls, sent: store.Sent, echoes: list[store.Echo]) -> Self:
        """Return the answer for a hand-over and the echoes of its ticket."""
        rows = [one._asdict() for one in echoes if one.seq == sent.seq]
        for row in rows:
            del row["seq"]
        state = rows[-1]["state"] if rows else None
        return cls(**sent._asdict(), state=state, echoes=[Echo(**row) for row in rows])


class ReceivedHandover(Answer):
    """A hand-over to us, and which ticket of ours it is."""

    origin: str
    their_ticket: int
    seq: int
    ticket_id: int
    sha256: str
    received_by: str
    received_at: datetime


class ImportedHandover(ReceivedHandover):
    """A hand-over that was imported."""

    is_new: bool = Field(description="false: it was here already, and nothing changed")


class RecordedEcho(Answer):
    """An echo that was recorded."""

    is_news: bool = Field(description="false: a newer one, or the same, was here already")
    handover: Handover


class TicketHandovers(Answer):
    """Where a ticket went, and where it came from."""

    sent: list[Handover]
    received: list[ReceivedHandover]
