"""What a person may do with units and routes, each with its audit row."""

from datetime import datetime

from alerts.evidence import audit
from alerts.evidence.model import AuditEvent
from alerts.units import store
from alerts.units.store import Unit
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError, NotFoundError


def add_unit(connection: Connection, unit: Unit, *, actor: str, now: datetime) -> Unit:
    """Store a new unit.

    Raises: ConflictError: the code is taken.
    """
    added = store.insert_unit(connection, unit, now)
    if added is None:
        raise ConflictError(f"there is a unit {unit.code!r} already")
    event = AuditEvent(now, actor, "unit.added", "unit", unit.code, unit._asdict())
    audit.record_all(connection, [event])
    return added


def change_unit(connection: Connection, unit: Unit, *, actor: str, now: datetime) -> Unit:
    """Replace what is known of a unit; one that is not at work gets nothing new.

    Raises: NotFoundError.
    """
    changed = store.update_unit(connection, unit)
    if changed is None:
        raise NotFoundError(f"there is no unit {unit.code!r}")
    event = AuditEvent(now, actor, "unit.changed", "unit", unit.code, unit._asdict())
    audit.record_all(connection, [event])
    return changed


def set_route(
    connection: Connection,
    *,
    town: str | None,
    problem: str | None,
    unit: str,
    actor: str,
    now: datetime,
) -> int:
    """Say which unit gets what; return the route's number.

    Raises: InvalidRequestError: no such town or unit.
    """
    number = store.set_route(connection, town, problem, unit, now)
    if number is None:
        raise InvalidRequestError("there is no such town, or no such unit")
    detail = {"town": town, "problem": problem, "unit": unit}
    event = AuditEvent(now, actor, "unit_route.set", "unit_route", str(number), detail)
    audit.record_all(connection, [event])
    return number


def remove_route(connection: Connection, number: int, *, actor: str, now: datetime) -> None:
    """Take a route away.

    Raises: NotFoundError.
    """
    if not store.delete_route(connection, number):
        raise NotFoundError(f"there is no route {number}")
    event = AuditEvent(now, actor, "unit_route.removed", "unit_route", str(number), {})
    audit.record_all(connection, [event])
