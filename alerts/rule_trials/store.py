"""SQL of the trials of rules."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from alerts.rule_trials.model import Kind, Report, Trial
from core.db import Connection
from core.errors import ConflictError
from core.sql import load_queries

_QUERIES = load_queries("alerts.rule_trials")


def insert_trial(
    connection: Connection,
    rule_code: str,
    kind: Kind,
    days: int | None,
    candidate: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> int:
    """Queue a trial; return its number.

    Raises: ConflictError: one of its kind is not over yet.
    """
    given = {
        "rule_code": rule_code,
        "kind": kind,
        "days": days,
        "candidate": Jsonb(candidate),
        "actor": actor,
        "now": now,
    }
    try:
        row = connection.execute(_QUERIES["insert_trial"], given).fetchone()
    except UniqueViolation:
        raise ConflictError(f"a {kind} of {rule_code} is not over yet") from None
    assert row is not None, "INSERT returns the new number"
    return int(row[0])


def claim_trial(
    connection: Connection, now: datetime, silent_since: datetime, attempt_count_max: int
) -> Trial | None:
    """Take the oldest trial that waits or was left behind; None: there is none."""
    parameters = {
        "now": now,
        "silent_since": silent_since,
        "attempt_count_max": attempt_count_max,
    }
    row = connection.execute(_QUERIES["claim_trial"], parameters).fetchone()
    return None if row is None else Trial(*row)


def give_up_trials(
    connection: Connection,
    now: datetime,
    silent_since: datetime,
    attempt_count_max: int,
    problem: str,
) -> None:
    """Fail those that were left behind too often."""
    parameters = {
        "now": now,
        "silent_since": silent_since,
        "attempt_count_max": attempt_count_max,
        "problem": problem,
    }
    connection.execute(_QUERIES["give_up_trials"], parameters)


def keep_alive(connection: Connection, trial_id: int, now: datetime) -> None:
    """Say that somebody works on it."""
    connection.execute(_QUERIES["keep_alive"], {"id": trial_id, "now": now})


def put_back(connection: Connection, trial_id: int) -> None:
    """Leave it to somebody else."""
    connection.execute(_QUERIES["put_back"], {"id": trial_id})


def finish(connection: Connection, trial_id: int, report: Report, now: datetime) -> None:
    """Write down what it found."""
    given = {"id": trial_id, "state": "done", "now": now, "problem": None}
    document = Jsonb(report.model_dump(mode="json"))
    connection.execute(_QUERIES["end_trial"], given | {"report": document})


def fail(connection: Connection, trial_id: int, problem: str, now: datetime) -> None:
    """Write down why it found nothing."""
    given = {"id": trial_id, "state": "failed", "now": now, "problem": problem}
    connection.execute(_QUERIES["end_trial"], given | {"report": None})


def forget_old_trials(connection: Connection, rule_code: str, count_max: int) -> None:
    """Keep only the newest of a rule, and those that are not over."""
    parameters = {"rule_code": rule_code, "count_max": count_max}
    connection.execute(_QUERIES["forget_old_trials"], parameters)
