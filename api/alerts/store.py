"""The SQL of alerts, reading only: one function a query (acting: alerts.acknowledgement)."""

from datetime import datetime

from api.alerts.schemas import Alert, AlertEvent, AlertStatus, SeverityCount
from api.schemas import Severity
from api.store import fetch_all, fetch_one
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.alerts")


def select_alerts(
    connection: Connection,
    *,
    status: AlertStatus | None,
    severity: Severity | None,
    town: str | None,
    trap_id: int | None,
    rule: str | None,
    acked: bool | None,
    now: datetime,
    before_id: int,
    count_max: int,
) -> list[Alert]:
    """Return alerts below ``before_id``, newest first."""
    parameters = {
        "status": status,
        "severity": severity,
        "town": town,
        "trap_id": trap_id,
        "rule": rule,
        "acked": acked,
        "now": now,
        "before_id": before_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_alerts"], parameters, Alert)


def select_alert(connection: Connection, alert_id: int, now: datetime) -> Alert | None:
    """Return one alert."""
    parameters = {"alert_id": alert_id, "now": now}
    return fetch_one(connection, _QUERIES["select_alert"], parameters, Alert)


def select_alert_events(connection: Connection, alert_id: int) -> list[AlertEvent]:
    """Return what happened to an alert, in order."""
    query = _QUERIES["select_alert_events"]
    return fetch_all(connection, query, {"alert_id": alert_id}, AlertEvent)


def count_open_alerts(connection: Connection) -> list[SeverityCount]:
    """Return how many alerts are open, by severity."""
    return fetch_all(connection, _QUERIES["count_open_alerts"], {}, SeverityCount)
