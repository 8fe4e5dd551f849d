"""Asking for a trial, on the record; the alerts process carries it out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerts.evidence.audit import record
from alerts.rule_trials import store
from alerts.rule_trials.model import Kind
from core.db import Connection

#: Of each rule so many trials are kept.
TRIAL_COUNT_MAX = 20


def ask(
    connection: Connection,
    rule_code: str,
    kind: Kind,
    *,
    days: int | None,
    candidate: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> int:
    """Queue a trial and return its number; the oldest of the rule's go.

    Raises: ConflictError: one of its kind is not over yet.
    """
    trial_id = store.insert_trial(
        connection, rule_code, kind, days, candidate, actor=actor, now=now
    )
    store.forget_old_trials(connection, rule_code, TRIAL_COUNT_MAX)
    record(
        connection,
        at=now,
        actor=actor,
        action=f"rule_trial.{kind}",
        subject_kind="rule",
        subject_id=rule_code,
        detail={"rule_trial_id": trial_id, "days": days, "candidate": dict(candidate)},
    )
    return trial_id
