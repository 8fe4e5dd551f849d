"""Closures as they are told, each with its audit row."""

from datetime import datetime

from alerts.closures import store
from alerts.closures.store import NewClosure
from alerts.evidence import audit
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError
from core.instant import format_rfc3339, to_us


def add_closure(connection: Connection, closure: NewClosure, actor: str, now: datetime) -> int:
    """Store a closed span and return its number; spans may overlap.

    Raises: InvalidRequestError: no such restaurant. ConflictError: this span is there already.
    """
    if not store.has_restaurant(connection, closure.restaurant_id):
        raise InvalidRequestError("restaurant_id: there is no such restaurant")
    number = store.insert_closure(connection, closure, now)
    if number is None:
        raise ConflictError("this closure is there already")
    audit.record(
        connection,
        at=now,
        actor=actor,
        action="closure.added",
        subject_kind="closure",
        subject_id=str(number),
        detail={
            **closure._asdict(),
            "closed_from": format_rfc3339(to_us(closure.closed_from)),
            "closed_to": format_rfc3339(to_us(closure.closed_to)),
        },
    )
    return number
