"""SQL of silences and maintenance windows as those who tell need them; people's: api/."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.schedules.recurrence import Recurrence
from alerts.suppression.model import MaintenanceWindow, Silence, Suppressions, Target
from core.db import Connection, Row
from core.errors import ConfigError, InvalidRequestError
from core.instant import INSTANT_MAX_US, SECOND_US, to_us
from core.log import get_logger
from core.sql import load_queries

_QUERIES = load_queries("alerts.suppression")
_log = get_logger("alerts.suppression")

#: What is told now may have been received this long ago, and is judged by that time.
_LOOK_BACK = timedelta(hours=6)


def select_suppressions(connection: Connection, now: datetime) -> Suppressions:
    """Return what may keep alerts from being told at ``now``, shortly before, or later."""
    since = {"since": now - _LOOK_BACK}
    silences = connection.execute(_QUERIES["select_silences"], since).fetchall()
    windows = connection.execute(_QUERIES["select_maintenance_windows"], since).fetchall()
    return Suppressions(
        silences=[Silence(row[0], to_us(row[1]), to_us(row[2]), *row[3:]) for row in silences],
        windows=[window for row in windows if (window := _window(row)) is not None],
    )


def select_targets(connection: Connection, alert_ids: Sequence[int]) -> dict[int, Target]:
    """Return what suppressions ask about alerts, by number."""
    rows = connection.execute(_QUERIES["select_targets"], {"alert_ids": list(alert_ids)})
    return {row[0]: Target(*row[1:]) for row in rows}


def _window(row: Row) -> MaintenanceWindow | None:
    """Return a window; None if this machine cannot read it: then people are told."""
    window_id, scope, scope_id, rule, zone, starts_at, duration_s, created_at, deactivated_at = row
    recurrence = Recurrence(rule, zone, to_us(starts_at), duration_s * SECOND_US)
    known_us = to_us(created_at)
    try:
        recurrence.covers(known_us)
    except (ConfigError, InvalidRequestError) as error:  # time zones differ between machines
        _log.error("maintenance_window_unreadable", window=window_id, reason=str(error))
        return None
    ends_us = INSTANT_MAX_US if deactivated_at is None else to_us(deactivated_at)
    return MaintenanceWindow(window_id, scope, scope_id, recurrence, known_us, ends_us)
