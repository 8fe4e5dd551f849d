"""SQL of reviews."""

from collections.abc import Sequence
from datetime import datetime

from alerts.reviews.model import NewReview, Review
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.reviews")


def is_known(connection: Connection, alert_id: int) -> bool:
    """Return whether there is such an alert."""
    return connection.execute(_QUERIES["is_known"], {"alert_id": alert_id}).fetchone() is not None


def insert_review(
    connection: Connection, alert_id: int, review: NewReview, actor: str, now: datetime
) -> int:
    """Append a review; return its number."""
    parameters = {**review._asdict(), "alert_id": alert_id, "actor": actor, "now": now}
    row = connection.execute(_QUERIES["insert_review"], parameters).fetchone()
    assert row is not None, "INSERT ... RETURNING returns the row"
    return int(row[0])


def select_reviews(connection: Connection, alert_ids: Sequence[int]) -> list[Review]:
    """Return the reviews of alerts, oldest first."""
    rows = connection.execute(_QUERIES["select_reviews"], {"alert_ids": list(alert_ids)})
    return [Review(*row) for row in rows]
