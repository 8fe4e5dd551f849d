"""Alerts over HTTP: look at them, take one in hand, give it back."""

from datetime import datetime
from typing import Annotated, get_args

from fastapi import Query

from alerts.acknowledgement import actions
from alerts.acknowledgement.actions import Acknowledgement
from alerts.reviews import actions as reviewing
from alerts.reviews import store as review_store
from alerts.reviews.model import NewReview
from api.alerts import store
from api.alerts.schemas import (
    AcknowledgementOrder,
    Alert,
    AlertStatus,
    AlertWithEvents,
    OpenAlerts,
    Review,
    ReviewOrder,
    SeverityCount,
)
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Code, Id, Severity
from core.db import Connection
from core.errors import NotFoundError

router = strict_router("alerts")


@router.get("/alerts")
def list_alerts(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    now: NowDep,
    status: AlertStatus | None = None,
    severity: Severity | None = None,
    town: Annotated[Code | None, Query(description="town code")] = None,
    trap: Annotated[Id | None, Query(description="trap_id")] = None,
    rule: Annotated[Code | None, Query(description="rule code, e.g. R01")] = None,
    acked: Annotated[bool | None, Query(description="whether somebody has it in hand")] = None,
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
        acked=acked,
        now=now,
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
def get_alert(connection: TransactionDep, alert_id: BigId, now: NowDep) -> AlertWithEvents:
    """One alert with what happened to it."""
    return _found(connection, alert_id, now)


@router.post("/alerts/{alert_id}/acknowledgement", status_code=201)
def acknowledge_alert(
    *,
    connection: TransactionDep,
    alert_id: BigId,
    order: AcknowledgementOrder,
    actor: ActorDep,
    now: NowDep,
) -> AlertWithEvents:
    """Take an open alert in hand: it is not escalated until it gets worse or comes back."""
    ack = Acknowledgement(order.by, order.note, order.until)
    actions.acknowledge(connection, alert_id, ack, actor=actor, now=now)
    return _found(connection, alert_id, now)


@router.delete("/alerts/{alert_id}/acknowledgement")
def unacknowledge_alert(
    connection: TransactionDep, alert_id: BigId, actor: ActorDep, now: NowDep
) -> AlertWithEvents:
    """Give an alert back: nobody has it in hand, and it is escalated again."""
    actions.unacknowledge(connection, alert_id, actor=actor, now=now)
    return _found(connection, alert_id, now)


@router.post("/alerts/{alert_id}/reviews", status_code=201)
def review_alert(
    *,
    connection: TransactionDep,
    alert_id: BigId,
    order: ReviewOrder,
    actor: ActorDep,
    now: NowDep,
) -> AlertWithEvents:
    """Write down what somebody makes of an alert; it stays as it is, another may follow."""
    reviewing.review(connection, alert_id, NewReview(**order.model_dump()), actor=actor, now=now)
    return _found(connection, alert_id, now)


def _found(connection: Connection, alert_id: int, now: datetime) -> AlertWithEvents:
    alert = store.select_alert(connection, alert_id, now)
    if alert is None:
        raise NotFoundError(f"there is no alert {alert_id}")
    return AlertWithEvents(
        alert=alert,
        events=store.select_alert_events(connection, alert_id),
        escalations=store.select_escalations(connection, alert_id),
        reviews=[
            Review(**review._asdict())
            for review in review_store.select_reviews(connection, [alert_id])
        ],
    )
