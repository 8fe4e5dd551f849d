"""Whose a complaint is, what it repeats, which ticket follows. The rules: alerts.complaints."""

from datetime import timedelta

from fastapi import Response

from alerts.complaints import actions, to_tickets
from alerts.complaints import store as complaints
from alerts.evidence import audit
from api.complaints import store
from api.complaints.intake.schemas import (
    ComplaintTicket,
    DuplicateOrder,
    MatchCandidate,
    MatchOrder,
    ReporterContact,
    TicketOrder,
)
from api.complaints.schemas import Complaint
from api.dependencies import ActorDep, CallerDep, NowDep, ServicesDep, TransactionDep
from api.idempotency import Answered, OnceDep
from api.routing import strict_router
from api.schemas import BigId
from core.db import Connection
from core.errors import NotFoundError

router = strict_router("complaints")


@router.get("/complaints/{complaint_id}/match-candidates")
def list_match_candidates(connection: TransactionDep, complaint_id: BigId) -> list[MatchCandidate]:
    """The restaurants that a complaint may mean, best first."""
    return [
        MatchCandidate(
            restaurant_id=found.candidate.restaurant_id,
            name=found.candidate.name,
            address=found.candidate.address,
            town_id=found.candidate.town_id,
            score=found.score,
            reasons=list(found.reasons),
        )
        for found in actions.match_candidates(connection, complaint_id)
    ]


@router.post("/complaints/{complaint_id}/match")
def decide_match(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    complaint_id: BigId,
    order: MatchOrder,
    actor: ActorDep,
    now: NowDep,
) -> Complaint:
    """Confirm which restaurant a complaint means, or that it is none."""
    if order.restaurant_id is not None and order.decision == "confirm":
        window = timedelta(hours=services.settings.alerts.complaint_window_h)
        actions.confirm_match(
            connection, complaint_id, order.restaurant_id, actor=actor, now=now, window=window
        )
    else:
        reason = order.reason or ""
        actions.reject_match(connection, complaint_id, reason=reason, actor=actor, now=now)
    return _found(connection, complaint_id)


@router.put("/complaints/{complaint_id}/duplicate")
def link_duplicate(
    *,
    connection: TransactionDep,
    complaint_id: BigId,
    order: DuplicateOrder,
    actor: ActorDep,
    now: NowDep,
) -> Complaint:
    """Link a complaint to another of the same matter, or to the first one of that."""
    actions.link_by_person(
        connection, complaint_id, order.duplicate_of, reason=order.reason, actor=actor, now=now
    )
    return _found(connection, complaint_id)


@router.delete("/complaints/{complaint_id}/duplicate")
def undo_duplicate(
    *, connection: TransactionDep, complaint_id: BigId, actor: ActorDep, now: NowDep
) -> Complaint:
    """Make a complaint a matter of its own again."""
    actions.undo_duplicate(connection, complaint_id, actor=actor, now=now)
    return _found(connection, complaint_id)


@router.post("/complaints/{complaint_id}/ticket", response_model=ComplaintTicket)
def create_ticket_of_complaint(
    *,
    connection: TransactionDep,
    complaint_id: BigId,
    order: TicketOrder,
    caller: CallerDep,
    once: OnceDep,
    now: NowDep,
) -> Response:
    """Give a complaint its ticket: a new one, the one at work, or one closed within 30 days."""

    def make() -> Answered:
        ticket = to_tickets.open_ticket(
            connection,
            complaint_id,
            actor=caller,
            now=now,
            trap_id=order.trap_id,
            severity=order.severity,
        )
        answer = ComplaintTicket(
            complaint_id=complaint_id,
            ticket_id=ticket.ticket_id,
            state=ticket.state,
            problem=ticket.problem,
            trap_id=ticket.trap_id,
        )
        return Answered(200, answer, {"Location": f"/api/v1/tickets/{ticket.ticket_id}"})

    return once.answer(connection, make)


@router.get("/complaints/{complaint_id}/reporter")
def get_reporter(
    *, connection: TransactionDep, complaint_id: BigId, actor: ActorDep, now: NowDep
) -> ReporterContact:
    """Who reported a complaint; that somebody asked is on the record."""
    reporter = complaints.select_reporter(connection, complaint_id)
    if reporter is None:
        raise NotFoundError(f"nobody is known to have reported complaint {complaint_id}")
    audit.record(
        connection,
        at=now,
        actor=actor,
        action="complaint.reporter_read",
        subject_kind="complaint",
        subject_id=str(complaint_id),
        detail={},
    )
    return ReporterContact(**reporter._asdict())


def _found(connection: Connection, complaint_id: int) -> Complaint:
    (found,) = store.select_complaints(connection, complaint_id=complaint_id)
    return found
