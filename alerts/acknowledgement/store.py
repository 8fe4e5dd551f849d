"""SQL of acknowledgements."""

from dataclasses import dataclass
from datetime import datetime

from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.acknowledgement")


@dataclass(frozen=True, slots=True)
class HeldAlert:
    """An alert whose row is held, and who has it in hand."""

    alert_id: int
    seq: int
    status: str
    acked_at: datetime | None
    acked_by: str | None
    ack_until: datetime | None

    def is_acked(self, now: datetime) -> bool:
        """Return whether somebody has it in hand; one whose time is over counts as nobody."""
        return self.acked_at is not None and (self.ack_until is None or self.ack_until > now)


def lock_alert(connection: Connection, alert_id: int) -> HeldAlert | None:
    """Return an alert and hold its row until the transaction ends."""
    row = connection.execute(_QUERIES["lock_alert"], {"alert_id": alert_id}).fetchone()
    return None if row is None else HeldAlert(*row)


def acknowledge_alert(
    connection: Connection,
    alert_id: int,
    *,
    by: str,
    note: str,
    until: datetime | None,
    seq: int,
    now: datetime,
) -> None:
    """Write who has it in hand."""
    parameters = {
        "alert_id": alert_id, "by": by, "note": note, "until": until, "seq": seq, "now": now,
    }  # fmt: skip
    connection.execute(_QUERIES["acknowledge_alert"], parameters)


def clear_acknowledgement(connection: Connection, alert_id: int, seq: int) -> None:
    """Write that nobody has it in hand."""
    connection.execute(_QUERIES["clear_acknowledgement"], {"alert_id": alert_id, "seq": seq})


def select_run_out(connection: Connection, now: datetime) -> list[HeldAlert]:
    """Return and hold open alerts whose acknowledgement has run out."""
    rows = connection.execute(_QUERIES["select_run_out"], {"now": now})
    return [HeldAlert(*row) for row in rows]
