"""Red alerts that people know of and nobody has in hand go to whoever is next."""

from collections.abc import Mapping
from datetime import datetime

from alerts import store as alert_store
from alerts.escalation import store
from alerts.escalation.steps import RECIPIENTS, Decision, decide
from alerts.evidence import audit
from alerts.evidence.audit import AuditEvent
from alerts.suppression.model import suppressor_of
from alerts.suppression.store import select_suppressions, select_targets
from alerts.webhooks import outbox
from alerts.webhooks.outbox import AlertNotice
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us, to_us

SYSTEM = "system"


def run_once(connection: Connection, now_us: int) -> int:
    """Escalate what is due at ``now_us``; return how many alerts.

    When each step is due is written as soon as people know of an alert, and counted anew when it
    begins to be nobody's again. What a silence or maintenance window covers waits for its end.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_ESCALATION):
        return 0
    now = from_us(now_us)
    candidates = store.lock_candidates(connection, now)
    if not candidates:
        return 0
    store.plan_steps(connection, candidates)
    due = _unsuppressed(connection, store.select_due_steps(connection, candidates, now), now)
    if due:
        _escalate(connection, {number: decide(steps) for number, steps in due.items()}, now)
    return len(due)


def _unsuppressed(
    connection: Connection, due: Mapping[int, list[int]], now: datetime
) -> dict[int, list[int]]:
    suppressions = select_suppressions(connection, now) if due else None
    if not suppressions:
        return dict(due)
    targets = select_targets(connection, list(due))
    return {
        number: steps
        for number, steps in due.items()
        if suppressor_of(targets[number], to_us(now), suppressions) is None
    }


def _escalate(connection: Connection, decisions: Mapping[int, Decision], now: datetime) -> None:
    store.finish_steps(connection, decisions, now)
    seq_of = store.number_events(connection, list(decisions))
    detail_of = {
        number: {
            "step": decision.told,
            "to": RECIPIENTS[decision.told],
            "skipped": sorted(decision.skipped),
        }
        for number, decision in decisions.items()
    }
    alert_store.insert_alert_events(
        connection, [(n, seq_of[n], "escalated", now, detail_of[n]) for n in decisions], now
    )
    audit.record_all(
        connection,
        [
            AuditEvent(now, SYSTEM, "alert.escalated", "alert", str(n), detail_of[n])
            for n in decisions
        ],
    )
    notices = [
        AlertNotice("alert.escalated", n, seq_of[n], escalated_to=RECIPIENTS[decision.told])
        for n, decision in decisions.items()
    ]
    facts = alert_store.select_alert_facts(connection, list(decisions))
    outbox.put(connection, outbox.alert_messages(notices, facts, now), now)
    outbox.wake(connection)
