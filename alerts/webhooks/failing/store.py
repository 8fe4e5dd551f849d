"""SQL of endpoints that fail."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from alerts.webhooks.model import Attempt
from alerts.webhooks.retry import Outcome
from core.db import Connection, translated_errors
from core.instant import from_us
from core.sql import load_queries

_QUERIES = load_queries("alerts.webhooks.failing")


class FailingEndpoint(NamedTuple):
    """An endpoint that nobody decided to disable: all its attempts failed, or it answered 410.

    ``failing_since`` is None for one whose very first answer after a success was 410.
    """

    endpoint_id: int
    url_shown: str
    description: str
    reason: str
    failing_since: datetime | None
    disabled_at: datetime


def note_attempts(connection: Connection, attempts: Sequence[Attempt]) -> None:
    """Note of each attempt's endpoint whether it takes messages, and until when it wants none.

    One that took any of a batch is well. Also of attempts whose verdict came too late: they say
    as much about the receiver.
    """
    well = {a.delivery.endpoint_id for a in attempts if a.verdict.outcome is Outcome.DELIVERED}
    failed = [a for a in attempts if a.delivery.endpoint_id not in well]
    throttled = [a for a in attempts if a.verdict.throttled_until_us is not None]
    with translated_errors():
        if well:
            connection.execute(_QUERIES["note_delivered"], {"endpoint_ids": sorted(well)})
        if failed:
            parameters = {
                "endpoint_ids": [a.delivery.endpoint_id for a in failed],
                "at": [from_us(a.started_at_us) for a in failed],
            }
            connection.execute(_QUERIES["note_failed"], parameters)
        if throttled:
            parameters = {
                "endpoint_ids": [a.delivery.endpoint_id for a in throttled],
                "until": [from_us(a.verdict.throttled_until_us or 0) for a in throttled],
            }
            connection.execute(_QUERIES["note_throttled"], parameters)


def lock_failing(connection: Connection, longer_than: timedelta) -> list[tuple[int, datetime]]:
    """Lock active endpoints that failed for so long; return number and since when, in order."""
    with translated_errors():
        rows = connection.execute(_QUERIES["lock_failing"], {"longer_than": longer_than})
        return [(number, since) for number, since in rows]


def select_untold(connection: Connection, rule_code: str) -> list[FailingEndpoint]:
    """Return endpoints that nobody decided to disable and no open alert is about; locked."""
    with translated_errors():
        rows = connection.execute(_QUERIES["select_untold"], {"rule_code": rule_code})
        return [FailingEndpoint(*row) for row in rows]


def select_over(connection: Connection, rule_code: str) -> list[int]:
    """Return open alerts about endpoints that are sent to again, or that a person disabled."""
    with translated_errors():
        rows = connection.execute(_QUERIES["select_over"], {"rule_code": rule_code})
        return [row[0] for row in rows]


def count_endpoints(connection: Connection) -> dict[str, int]:
    """Return how many endpoints there are by state; ``failing`` are part of the active ones."""
    with translated_errors():
        return {state: count for state, count in connection.execute(_QUERIES["count_endpoints"])}
