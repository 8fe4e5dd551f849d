"""Red alerts that people know of and nobody has in hand go to whoever is next."""

from collections.abc import Mapping
from datetime import datetime

from alerts import standing
from alerts.escalation import store
from alerts.escalation.steps import RECIPIENTS, Decision, decide
from alerts.webhooks.outbox import AlertNotice
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us


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
    due = store.select_due_steps(connection, candidates, now)
    heeded = standing.unsuppressed(connection, list(due), now)
    if heeded:
        _escalate(connection, {number: decide(due[number]) for number in heeded}, now)
    return len(heeded)


def _escalate(connection: Connection, decisions: Mapping[int, Decision], now: datetime) -> None:
    store.finish_steps(connection, decisions, now)
    detail_of = {
        number: {
            "step": decision.told,
            "to": RECIPIENTS[decision.told],
            "skipped": sorted(decision.skipped),
        }
        for number, decision in decisions.items()
    }
    seq_of = standing.append(connection, "escalated", detail_of, now)
    notices = [
        AlertNotice("alert.escalated", n, seq_of[n], escalated_to=RECIPIENTS[decision.told])
        for n, decision in decisions.items()
    ]
    standing.tell(connection, notices, now)
