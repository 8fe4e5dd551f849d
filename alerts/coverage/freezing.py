"""Frozen days and months: what was published stays; a correction is a new revision beside it."""

from datetime import date, datetime, timedelta

from alerts.coverage import store
from alerts.coverage.model import Frozen, Span, local_today
from alerts.evidence import audit
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError, NotFoundError

SYSTEM = "system"
#: After an outage of ours so many past days are made up for; older ones stay without figures.
DAYS_BACK_MAX = 7
_DEVICES_A_STATEMENT = 20_000


def freeze_day(connection: Connection, day: date, now: datetime) -> Frozen:
    """Freeze a county day that is over, and its month where it was the last day of it.

    The funnel is that of the present; a day frozen later than the one after it has none.
    """
    _compute(connection, Span.of_day(day), now)
    is_yesterday = day == local_today(now) - timedelta(days=1)
    frozen = store.freeze(
        connection,
        Frozen(0, "day", day, 1),
        Span.of_day(day),
        funnel_of=None,
        with_present=is_yesterday,
        reason="the day is over" if is_yesterday else "made up for after an outage",
        frozen_by=SYSTEM,
        now=now,
    )
    _audit(connection, frozen, SYSTEM, now)
    if Span.of_day(day).end == Span.of_month(day).end:
        _freeze_month(connection, frozen, 1, reason="the month is over", actor=SYSTEM, now=now)
    return frozen


def revise_month(
    connection: Connection, month: date, *, reason: str, actor: str, now: datetime
) -> Frozen:
    """Add a revision to a frozen month: late data, computed again; the funnel stays.

    Raises: InvalidRequestError: not the first of a month; NotFoundError: the month is not frozen;
        ConflictError: every figure is still the same, so there is nothing to revise.
    """
    if month.day != 1:
        raise InvalidRequestError("month: the first day of a month expected")
    last = store.select_last_frozen(connection, "month", month)
    if last is None:
        raise NotFoundError(f"{month:%Y-%m} is not frozen")
    _compute(connection, Span.of_month(month), now)
    number = last.revision + 1
    frozen = _freeze_month(connection, last, number, reason=reason, actor=actor, now=now)
    if store.have_same_sums(connection, last, frozen):
        raise ConflictError(f"revision {last.revision} of {month:%Y-%m} holds: nothing has changed")
    return frozen


def due_days(newest: date | None, today: date) -> list[date]:
    """Return the days to freeze, oldest first: those over since ``newest``. Pure."""
    if newest is None:
        return []
    first = max(newest + timedelta(days=1), today - timedelta(days=DAYS_BACK_MAX))
    return [first + timedelta(days=n) for n in range((today - first).days)]


def _compute(connection: Connection, days: Span, now: datetime) -> None:
    day = days.first
    while day < days.end:
        for device_range in store.select_device_ranges(connection, _DEVICES_A_STATEMENT):
            store.compute_device_days(connection, day, device_range, now)
        day += timedelta(days=1)


def _freeze_month(
    connection: Connection, like: Frozen, revision: int, *, reason: str, actor: str, now: datetime
) -> Frozen:
    """Freeze the month of an earlier freeze, with that one's funnel."""
    month = Span.of_month(like.starts_on)
    frozen = store.freeze(
        connection,
        Frozen(0, "month", month.first, revision),
        month,
        funnel_of=like.coverage_freeze_id,
        with_present=False,
        reason=reason,
        frozen_by=actor,
        now=now,
    )
    _audit(connection, frozen, actor, now, reason=reason)
    return frozen


def _audit(connection: Connection, frozen: Frozen, actor: str, now: datetime, **more: str) -> None:
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"coverage.{frozen.span}_frozen",
        subject_kind="coverage",
        subject_id=frozen.starts_on.isoformat(),
        detail={"revision": frozen.revision, **more},
    )
