"""Checkpoints of the ledger: signed once new entries have waited long enough."""

from datetime import timedelta

from alerts.evidence import anchors, ledger
from alerts.evidence.note import Signer
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us


def run_once(connection: Connection, now_us: int, *, signer: Signer, interval_s: int) -> int:
    """Sign the ledger if it is time, and tell those who keep anchors; return how many were made.

    The first run with a new key only announces it: that entry belongs under the checkpoint.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_CHECKPOINT):
        return 0
    now = from_us(now_us)
    if ledger.announce_key(connection, signer, now):
        return 0
    if not ledger.is_due(connection, now - timedelta(seconds=interval_s)):
        return 0
    checkpoint = ledger.make_checkpoint(connection, signer, now)
    if checkpoint is None:
        return 0
    anchors.tell(connection, checkpoint, now)
    return 1
