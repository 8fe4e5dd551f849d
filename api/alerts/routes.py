"""Alerts over HTTP."""

from typing import Annotated, get_args

from fastapi import Query

from api.alerts import store
from api.alerts.schemas import Alert, AlertStatus, AlertWithEvents, OpenAlerts, SeverityCount
from api.dependencies import NowDep, TransactionDep
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Code, Id, Severity
from core.errors import NotFoundError

router = strict_router("alerts")


@router.get("/alerts")
def list_alerts(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    status: AlertStatus | None = None,
    severity: Severity | None = None,
    town: Annotated[Code | None, Query(description="town code")] = None,
    trap: Annotated[Id | None, Query(description="trap_id")] = None,
    rule: Annotated[Code | None, Query(description="rule code, e.g. R01")] = None,
) -> Page[Alert]:
    """Alerts, newest first."""
    (before_id,) = paging.key((ID_MAX,))
    rows = store.select_alerts(
        connection,
        status=status,
        severity=severity,
        town=town,
        trap_id=trap,
        rule=rule,
        before_id=before_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.alert_id,))


@router.get("/alerts/open-count")
def count_open_alerts(connection: TransactionDep, now: NowDep) -> OpenAlerts:
    """How many alerts are open, by severity."""
    found = {row.severity: row.alert_count for row in store.count_open_alerts(connection)}
    severities: tuple[Severity, ...] = get_args(Severity)
    return OpenAlerts(
        as_of=now,
        total=sum(found.values()),
        by_severity=[
            SeverityCount(severity=severity, alert_count=found.get(severity, 0))
            for severity in reversed(severities)
        ],
    )


@router.get("/alerts/{alert_id}")
def get_alert(connection: TransactionDep, alert_id: BigId) -> AlertWithEvents:
    """One alert with what happened to it."""
    alert = store.select_alert(connection, alert_id)
    if alert is None:
        raise NotFoundError(f"there is no alert {alert_id}")
    return AlertWithEvents(alert=alert, events=store.select_alert_events(connection, alert_id))
