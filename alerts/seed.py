"""Puts the shipped rule catalogue into the database as versions in force."""

from datetime import datetime

from alerts import store
from alerts.rules.catalogue import load_catalogue
from core.db import AdvisoryLock, Connection, try_lock


def seed_rules(connection: Connection, now: datetime) -> int:
    """Make the catalogue the rules in force; return how many got a new version.

    A rule whose text is unchanged keeps its version. Another process doing the same right now is
    left to it. Runs inside the caller's transaction.
    """
    if not try_lock(connection, AdvisoryLock.RULE_SEED):
        return 0
    return store.seed_rules(connection, load_catalogue(), now)
