"""An event of the live stream, and the cursor that resumes it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import computed_field

from api.schemas import Answer, Severity

_CURSOR = re.compile(r"(\d{1,18})\.(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The newest event of each kind that a reader has; its text is the stream's ``id``."""

    alert_event_id: int
    ticket_event_id: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the cursor of a Last-Event-ID; None if it is not one of ours."""
        found = _CURSOR.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None

    def __str__(self) -> str:
        return f"{self.alert_event_id}.{self.ticket_event_id}"

    def past(self, event: "Event") -> "Cursor":
        """Return the cursor of a reader who also has ``event``."""
        if event.kind == "alert":
            return Cursor(max(self.alert_event_id, event.event_id), self.ticket_event_id)
        return Cursor(self.alert_event_id, max(self.ticket_event_id, event.event_id))

    def is_ahead_of(self, newest: "Cursor") -> bool:
        """Return whether it names events that do not exist, such as of another database."""
        return (
            self.alert_event_id > newest.alert_event_id
            or self.ticket_event_id > newest.ticket_event_id
        )


class Event(Answer):
    """Something happened to an alert or a ticket; ``kind`` and ``event_id`` are its identity."""

    kind: Literal["alert", "ticket"]
    event_id: int
    action: str
    at: datetime
    recorded_at: datetime
    detail: dict[str, Any]
    alert_id: int | None
    ticket_id: int | None
    rule_code: str | None
    title: str
    title_en: str
    severity: Severity
    state: str
    trap_id: int | None
    trap_code: str | None
    restaurant_name: str | None
    town_code: str | None
    town_name: str | None
    town_name_en: str | None
    device: str | None

    @computed_field  # type: ignore[prop-decorator]  # pydantic's documented form; mypy knows no decorated properties
    @property
    def type(self) -> str:
        """What happened, e.g. ``alert.fired`` or ``ticket.dispatch``."""
        return f"{self.kind}.{self.action}"

    @property
    def key(self) -> tuple[str, int]:
        """The identity of the event."""
        return self.kind, self.event_id
