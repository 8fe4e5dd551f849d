"""What a hand-over and an echo say, and that a payload says so. Pure.

Times are RFC 3339 in UTC. What one side calls its ticket the other calls ``their_ticket``.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.errors import InvalidRequestError

FORMAT: Literal["trapwatch-handover/1"] = "trapwatch-handover/1"

#: The name in somebody's key, as in TRAPWATCH_EVIDENCE__ORIGIN.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]{1,200}$")]
Number = Annotated[int, Field(ge=1, le=2**53 - 1)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
Line = Annotated[str, StringConstraints(max_length=400, pattern=r"^[^\x00]*$")]
Note = Annotated[str, StringConstraints(max_length=4_000, pattern=r"^[^\x00]*$")]
Problem = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,60}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Severity = Literal["blue", "yellow", "orange", "red"]
State = Literal[
    "new",
    "accepted",
    "filed",
    "dispatched",
    "in_progress",
    "reported",
    "closed",
    "rejected",
    "suspended",
    "cancelled",
    "merged",
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Due(_Part):
    """A time limit of the sender's that runs, and whether it was missed."""

    kind: Line
    due_at: AwareDatetime | None
    breached_at: AwareDatetime | None


class Facts(_Part):
    """The sender's ticket and where it is."""

    problem: Problem
    severity: Severity
    state: State
    version: Version
    summary: Note
    source_kind: Line
    source_ref: Line
    created_at: AwareDatetime
    filed_at: AwareDatetime | None
    trap_code: Line
    register_no: Line
    restaurant_name: Line
    address: Line
    town_code: Line
    lon_deg: float | None
    lat_deg: float | None
    clocks: list[Due]


class Event(_Part):
    """One entry of the ticket's history."""

    version: Version
    action: Line
    from_state: State | None
    to_state: State
    actor: Line
    at: AwareDatetime
    detail: dict[str, Any]


class Alert(_Part):
    """An alert that the ticket is about."""

    alert_id: Number
    rule_code: Line
    severity: Severity
    status: Line
    started_at: AwareDatetime
    fired_at: AwareDatetime
    ended_at: AwareDatetime | None
    value: float | None
    peak_value: float | None
    threshold: dict[str, Any]


class File(_Part):
    """A photo or document of the ticket; ``content``: base64, where it goes along."""

    sha256: Sha256
    media_type: Line
    byte_count: int
    content: str | None


class TicketDocument(_Part):
    """A ticket that is handed over."""

    format: Literal["trapwatch-handover/1"] = FORMAT
    kind: Literal["ticket"] = "ticket"
    origin: Name
    recipient: Name
    ticket: Number = Field(description="the origin's number")
    seq: Version
    made_at: AwareDatetime
    note: Note
    facts: Facts
    history: list[Event]
    alerts: list[Alert]
    files: list[File]


class EchoDocument(_Part):
    """What became of a ticket that was handed over."""

    format: Literal["trapwatch-handover/1"] = FORMAT
    kind: Literal["echo"] = "echo"
    origin: Name
    recipient: Name
    ticket: Number = Field(description="the recipient's number: theirs before it was handed over")
    seq: Version
    their_ticket: Number = Field(description="the origin's number")
    made_at: AwareDatetime
    state: State
    state_at: AwareDatetime
    version: Version
    note: Note

    @property
    def order(self) -> tuple[int, datetime]:
        """Return by what echoes of one hand-over are ordered."""
        return self.version, self.made_at


Document = TypeVar("Document", TicketDocument, EchoDocument)


def payload_of(document: TicketDocument | EchoDocument) -> dict[str, Any]:
    """Return a document as JSON-ready members."""
    return document.model_dump(mode="json")


def read_payload(payload: dict[str, Any], kind: type[Document], recipient: str) -> Document:
    """Return the document that a payload is, if it is for ``recipient``.

    Raises: InvalidRequestError: it is not of this kind or not as it should be, or for another.
    """
    wanted = kind.model_fields["kind"].default
    if payload.get("kind") != wanted:
        raise InvalidRequestError(f"this is not a document of kind {wanted}")
    if payload.get("recipient") != recipient:
        raise InvalidRequestError(
            f"it was made for {payload.get('recipient')}, not for {recipient}"
        )
    try:
        return kind.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidRequestError(f"payload.{where}: {first['msg']}") from None
