"""The values of tickets: the ticket itself, who acts, what an act carries. Pure data, no SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from alerts.tickets.lifecycle import Role


@dataclass(frozen=True, slots=True)
class Ticket:
    """One remediation ticket as stored; the schema's comments explain the columns."""

    ticket_id: int
    trap_id: int
    restaurant_id: int
    town_id: int
    problem: str
    severity: str
    state: str
    source_kind: str
    source_ref: str
    summary: str
    owner_unit: str | None
    handler: str | None
    verifier: str | None
    is_forced: bool
    sensor_cleared: bool
    resume_state: str | None
    return_count: int
    rework_count: int
    reopen_count: int
    merged_into: int | None
    review_date: date | None
    version: int
    created_at: datetime
    updated_at: datetime
    filed_at: datetime | None
    reported_at: datetime | None
    first_resolved_at: datetime | None
    closed_at: datetime | None
    terms: Mapping[str, Any] | None


class Actor(NamedTuple):
    """Who acts, in which capacities they may, and as owner for which units (None: for any).

    ``is_lenient``: where a due time cannot be known yet they go on without it.
    """

    name: str
    roles: frozenset[Role]
    is_lenient: bool = False
    units: frozenset[str] | None = None

    def capacities(self, owner_unit: str | None) -> frozenset[Role]:
        """Return in which capacities they may act on a ticket of a unit."""
        if self.units is None or owner_unit in self.units:
            return self.roles
        return self.roles - {Role.OWNER}


#: By itself the system must not fail for want of a calendar, as in ingest; where it follows a
#: person's act it fails as they would.
SYSTEM = Actor("system", frozenset({Role.SYSTEM}), is_lenient=True)


class Act(NamedTuple):
    """What somebody does to a ticket, and what they carry."""

    name: str
    actor: str
    detail: Mapping[str, Any]


class NewTicket(NamedTuple):
    """A ticket as it is opened."""

    trap_id: int
    restaurant_id: int
    town_id: int
    problem: str
    severity: str
    source_kind: str
    source_ref: str
    summary: str = ""
