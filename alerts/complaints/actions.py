"""What people decide about complaints: whose they are, what they repeat; all of it audited."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from alerts.complaints import store
from alerts.complaints.duplicates import Repetition
from alerts.complaints.intake import WINDOW_DEFAULT, link_duplicates
from alerts.complaints.links import store as links
from alerts.complaints.matching import Match, MatchState, Scored, rank, score
from alerts.complaints.store import StoredComplaint
from alerts.evidence import audit
from core.db import AdvisoryLock, Connection, wait_lock
from core.errors import ConflictError, InvalidRequestError, NotFoundError


def match_candidates(connection: Connection, complaint_id: int) -> list[Scored]:
    """Return the restaurants that a complaint may mean, best first.

    Raises: NotFoundError.
    """
    place = lock(connection, complaint_id).place
    found = store.select_candidates(connection, [place])
    return rank(place.hint, found.get(complaint_id, ()))


def confirm_match(
    connection: Connection,
    complaint_id: int,
    restaurant_id: int,
    *,
    actor: str,
    now: datetime,
    window: timedelta = WINDOW_DEFAULT,
) -> None:
    """Take down that a complaint means a restaurant; what it repeats is looked for again.

    Raises: NotFoundError, InvalidRequestError: no such restaurant. ConflictError: it has a ticket.
    """
    wait_lock(connection, AdvisoryLock.COMPLAINT_INTAKE)
    complaint = _without_ticket(connection, complaint_id)
    candidate = store.select_restaurant(connection, restaurant_id)
    if candidate is None:
        raise InvalidRequestError("restaurant_id: there is no such restaurant")
    chosen = score(complaint.place.hint, candidate)
    store.update_matches(connection, {complaint_id: Match(MatchState.CONFIRMED, chosen)})
    if not links.has_duplicates(connection, complaint_id):
        link_duplicates(connection, [complaint_id], window)
    detail = {
        "restaurant_id": restaurant_id,
        "before": complaint.restaurant_id,
        "score": chosen.score,
    }
    _audit(connection, complaint_id, "match_confirmed", detail, actor=actor, now=now)


def reject_match(
    connection: Connection, complaint_id: int, *, reason: str, actor: str, now: datetime
) -> None:
    """Take down that a complaint means none of the restaurants; it still counts in its town.

    Raises: NotFoundError, ConflictError: it has a ticket.
    """
    complaint = _without_ticket(connection, complaint_id)
    store.update_matches(connection, {complaint_id: Match(MatchState.REJECTED, None)})
    detail = {"reason": reason, "before": complaint.restaurant_id}
    _audit(connection, complaint_id, "match_rejected", detail, actor=actor, now=now)


def link_by_person(
    connection: Connection,
    complaint_id: int,
    first_id: int,
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Link a complaint to another of the same matter, whatever repeats it along with it.

    Raises: NotFoundError. InvalidRequestError: no such other one, or fume and something else.
    """
    wait_lock(connection, AdvisoryLock.COMPLAINT_INTAKE)
    complaint = lock(connection, complaint_id)
    first_of = links.select_first(connection, first_id)
    if first_of is None:
        raise InvalidRequestError("duplicate_of: there is no such complaint")
    if first_of == complaint_id:
        raise InvalidRequestError("duplicate_of: that one repeats this one")
    first = lock(connection, first_of)
    if (first.category == "fume") != (complaint.category == "fume"):
        raise InvalidRequestError("duplicate_of: fume is never one matter with anything else")
    links.move_duplicates(connection, complaint_id, first_of)
    links.update_duplicates(connection, [Repetition(complaint_id, first_of, reason, 1.0)])
    detail = {"duplicate_of": first_of, "before": complaint.duplicate_of, "reason": reason}
    _audit(connection, complaint_id, "duplicate_linked", detail, actor=actor, now=now)


def undo_duplicate(connection: Connection, complaint_id: int, *, actor: str, now: datetime) -> None:
    """Take down that a complaint repeats none; it is never linked by itself again.

    Raises: NotFoundError, ConflictError: it is linked to none.
    """
    complaint = lock(connection, complaint_id)
    if complaint.duplicate_of is None:
        raise ConflictError(f"complaint {complaint_id} repeats none")
    links.undo_duplicate(connection, complaint_id, now)
    detail = {"before": complaint.duplicate_of}
    _audit(connection, complaint_id, "duplicate_undone", detail, actor=actor, now=now)


def lock(connection: Connection, complaint_id: int) -> StoredComplaint:
    """Return a complaint and hold it.

    Raises: NotFoundError.
    """
    complaint = store.lock_complaint(connection, complaint_id)
    if complaint is None:
        raise NotFoundError(f"there is no complaint {complaint_id}")
    return complaint


def _without_ticket(connection: Connection, complaint_id: int) -> StoredComplaint:
    complaint = lock(connection, complaint_id)
    if complaint.ticket_id is not None:
        raise ConflictError(f"ticket {complaint.ticket_id} follows from this restaurant already")
    return complaint


def _audit(
    connection: Connection,
    complaint_id: int,
    what: str,
    detail: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> None:
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"complaint.{what}",
        subject_kind="complaint",
        subject_id=str(complaint_id),
        detail=detail,
    )
