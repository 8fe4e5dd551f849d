"""Reviewing an alert: appended, audited, never changed; a later review stands beside it."""

from datetime import datetime

from alerts.evidence import audit
from alerts.reviews import store
from alerts.reviews.model import NewReview
from core.db import Connection
from core.errors import NotFoundError


def review(
    connection: Connection, alert_id: int, new: NewReview, *, actor: str, now: datetime
) -> int:
    """Write down what somebody makes of an alert, open or over; return the review's number.

    Raises: NotFoundError.
    """
    if not store.is_known(connection, alert_id):
        raise NotFoundError(f"there is no alert {alert_id}")
    number = store.insert_review(connection, alert_id, new, actor, now)
    audit.record(
        connection,
        at=now,
        actor=actor,
        action="alert.reviewed",
        subject_kind="alert",
        subject_id=str(alert_id),
        detail={"review": number, **new._asdict()},
    )
    return number
