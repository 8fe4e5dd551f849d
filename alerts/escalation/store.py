"""SQL of escalation."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from alerts.escalation.steps import (
    CLOCK_STARTS,
    REMINDED,
    REMINDER_STARTS,
    SEVERITY,
    STEPS,
    Decision,
)
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.escalation")


def lock_candidates(connection: Connection, now: datetime) -> list[int]:
    """Return and hold alerts that may have to be escalated."""
    rows = connection.execute(
        _QUERIES["lock_candidates"], {"severity": SEVERITY, "now": now}
    ).fetchall()
    return [row[0] for row in rows]


def plan_steps(connection: Connection, alert_ids: Sequence[int]) -> None:
    """Write when the steps of alerts are due, their rows held by the caller."""
    connection.execute(
        _QUERIES["plan_steps"],
        {
            "alert_ids": list(alert_ids),
            "clock_starts": list(CLOCK_STARTS),
            "step": [step.number for step in STEPS],
            "after_us": [step.after_us for step in STEPS],
        },
    )


def select_due_steps(
    connection: Connection, alert_ids: Sequence[int], now: datetime
) -> dict[int, list[int]]:
    """Return the steps that are due, by alert."""
    due: dict[int, list[int]] = {}
    parameters = {"alert_ids": list(alert_ids), "now": now}
    for alert_id, step in connection.execute(_QUERIES["select_due_steps"], parameters):
        due.setdefault(alert_id, []).append(step)
    return due


def finish_steps(connection: Connection, decisions: Mapping[int, Decision], now: datetime) -> None:
    """Write which steps of each alert were told and which skipped."""
    rows = [
        (alert_id, step, "told" if step == decision.told else "skipped")
        for alert_id, decision in decisions.items()
        for step in (decision.told, *decision.skipped)
    ]
    alert_id, step, outcome = zip(*rows, strict=True)
    connection.execute(
        _QUERIES["finish_steps"],
        {"alert_id": list(alert_id), "step": list(step), "outcome": list(outcome), "now": now},
    )


def lock_unheeded(connection: Connection, heard_before: datetime) -> list[int]:
    """Return and hold alerts of which people have to be reminded: told last before an instant."""
    parameters = {
        "clock_starts": list(REMINDER_STARTS),
        "severities": list(REMINDED),
        "heard_before": heard_before,
    }
    return [row[0] for row in connection.execute(_QUERIES["lock_unheeded"], parameters)]
