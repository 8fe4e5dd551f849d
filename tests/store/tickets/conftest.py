"""A desk at which tickets are worked on: opens them, moves them, reads what is left behind."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.attachments.actions import attach
from alerts.evidence.blobs import BlobDir
from alerts.tickets import actions, openings
from alerts.tickets.lifecycle import Role
from alerts.tickets.model import Actor, NewTicket, Ticket
from alerts.units.actions import add_unit, set_route
from alerts.units.store import Unit
from core.db import Connection
from core.instant import from_us
from tests.files import JPEG, PDF, PNG
from tests.store.conftest import NOW_US

R = Role
#: Who does what by default, and with what.
DOES: dict[str, tuple[str, Role]] = {
    "accept": ("chen", R.CLERK),
    "reject": ("chen", R.CLERK),
    "merge": ("chen", R.CLERK),
    "file": ("chen", R.CLERK),
    "dispatch": ("sun", R.DISPATCHER),
    "force_dispatch": ("gao", R.SUPERVISOR),
    "start": ("li", R.OWNER),
    "return": ("li", R.OWNER),
    "report": ("li", R.OWNER),
    "close": ("wang", R.VERIFIER),
    "rework": ("wang", R.VERIFIER),
    "reopen": ("wang", R.VERIFIER),
    "suspend": ("gao", R.SUPERVISOR),
    "resume": ("gao", R.SUPERVISOR),
    "cancel": ("gao", R.SUPERVISOR),
}
CARRIES: dict[str, dict[str, Any]] = {
    "reject": {"reject_code": "out_of_scope"},
    "dispatch": {"owner_unit": "u1"},
    "force_dispatch": {"owner_unit": "u1", "reason": "in its town"},
    "return": {"reason": "not ours", "legal_basis": "三定方案 3.2"},
    "close": {"verdict": "remedied"},
    "rework": {"reason": "still full"},
    "reopen": {"evidence": "complaint 9"},
    "cancel": {"false_alarm_code": "sensor_fault"},
}
#: The way of a ticket from its opening to each state.
WAY = ["accept", "file", "dispatch", "start", "report", "close"]


@dataclass
class Desk:
    """One connection, one clock."""

    connection: Connection
    blobs: BlobDir
    now: datetime = field(default_factory=lambda: from_us(NOW_US))

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def open(self, severity: str = "yellow", problem: str = "overflow", **fields: Any) -> int:
        """Open a ticket of trap 1 with a photo before, one after and a document; its number."""
        new = NewTicket(1, 0, 0, problem, severity, "patrol", "P-1", "满了")._replace(**fields)
        with self.connection.transaction():
            clerk = Actor("chen", frozenset({R.CLERK}))
            opened = openings.open_by_person(self.connection, new, actor=clerk, now=self.now)
        return opened.ticket.ticket_id

    def attach(self, ticket_id: int, content: bytes, declared: str) -> str:
        with self.connection.transaction():
            kept = attach(
                self.connection, self.blobs, ticket_id, content,
                declared_type=declared, actor="li", now=self.now,
            )  # fmt: skip
        return kept.sha256

    def contents(self, action: str, ticket_id: int) -> dict[str, Any]:
        """What an action must carry, as it would be in life."""
        if action == "report":
            before = self.attach(ticket_id, JPEG, "image/jpeg")
            after = self.attach(ticket_id, PNG, "image/png")
            photos = {"photos_before": [before], "photos_after": [after]}
            return {**photos, "volume_l": 400, "hauler": "净源", "note": "emptied"}
        if action == "suspend":
            document = self.attach(ticket_id, PDF, "application/pdf")
            return {"reason": "road works", "document": document, "review_date": "2026-02-10"}
        if action == "start":
            return {"person": "李", "first_contact_at": self.now.isoformat()}
        return dict(CARRIES.get(action, {}))

    def do(self, ticket_id: int, action: str, *, by: str | None = None, **detail: Any) -> Ticket:
        """Do something at the version that is there, in the role that it is for."""
        name, role = DOES[action]
        with self.connection.transaction():
            return actions.transition(
                self.connection,
                ticket_id,
                action,
                actor=Actor(by or name, frozenset({role})),
                detail={**self.contents(action, ticket_id), **detail},
                expected_version=self.version(ticket_id),
                now=self.now,
            )

    def bring_to(self, state_after: str, ticket_id: int) -> Ticket:
        """Go the usual way up to and with an action, ten minutes a step."""
        for action in WAY[: WAY.index(state_after) + 1]:
            self.later(minutes=10)
            moved = self.do(ticket_id, action)
        return moved

    def version(self, ticket_id: int) -> int:
        ((version,),) = self.rows("SELECT version FROM ticket WHERE ticket_id = %s", ticket_id)
        return int(version)

    def history(self, ticket_id: int) -> list[str]:
        found = self.rows(
            "SELECT action FROM ticket_event WHERE ticket_id = %s ORDER BY version", ticket_id
        )
        return [action for (action,) in found]

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode(), parameters).fetchall()


@pytest.fixture
def desk(register: Connection, tmp_path: Path) -> Desk:
    """A desk with two units at work; no route leads to either."""
    found = Desk(register, BlobDir(tmp_path / "blobs"))
    for code in ("u1", "u2"):
        with register.transaction():
            add_unit(register, Unit(code, code, code, ""), actor="gao", now=found.now)
    return found


def set_route_to(desk: Desk, unit: str, town: str | None = None, problem: str | None = None) -> int:
    with desk.connection.transaction():
        return set_route(
            desk.connection, town=town, problem=problem, unit=unit, actor="gao", now=desk.now
        )
