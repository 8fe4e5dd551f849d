"""The SQL of rules' trials, reading only."""

from api.rule_trials.schemas import Trial
from api.store import fetch_all
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.rule_trials")


def select_trials(
    connection: Connection, rule_code: str, trial_id: int | None = None
) -> list[Trial]:
    """Return a rule's trials, newest first; or the one of that number."""
    parameters = {"rule_code": rule_code, "id": trial_id}
    return fetch_all(connection, _QUERIES["select_trials"], parameters, Trial)
