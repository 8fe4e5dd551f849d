"""The SQL of webhook delivery and endpoints: one function a query, or a few that belong together.

Every function works in the transaction of its caller (or autocommit); errors are of our tree.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from psycopg.types.json import Jsonb

from alerts.webhooks.kinds import ROBOTS
from alerts.webhooks.model import (
    Attempt,
    ClaimedDelivery,
    Endpoint,
    EndpointFields,
    EndpointState,
    Lanes,
    QueueDepth,
    Terms,
)
from alerts.webhooks.retry import Failure, Outcome, Response
from core.db import Connection, Row, translated_errors
from core.instant import from_us
from core.sql import load_queries

_QUERIES = load_queries("alerts.webhooks")


def prepare_relay(connection: Connection) -> None:
    """Set a session up for a relay, whose commits may return before they are on disk."""
    with translated_errors():
        connection.execute(_QUERIES["prepare_relay"])


def claim_deliveries(
    connection: Connection, terms: Terms, *, count_max: int, is_paced: bool = False
) -> list[ClaimedDelivery]:
    """Lease at most ``count_max`` due deliveries, oldest first in each lane.

    ``is_paced``: to robots and nobody else; else to everybody but robots.
    """
    parameters = {
        "now": terms.now, "lease": terms.lease, "count_max": count_max, "is_paced": is_paced,
        "order_wait": terms.order_wait, **_lanes(terms.lanes),
    }  # fmt: skip
    with translated_errors():
        rows = connection.execute(_QUERIES["claim_deliveries"], parameters).fetchall()
    return [ClaimedDelivery(*row) for row in rows]


def next_due_at(
    connection: Connection, *, now: datetime, lanes: Lanes, order_wait: timedelta
) -> datetime | None:
    """Return when the next delivery in a lane with room is due (maybe in the past)."""
    parameters = {"now": now, "order_wait": order_wait, **_lanes(lanes)}
    with translated_errors():
        row = connection.execute(_QUERIES["next_due_at"], parameters).fetchone()
    return row[0] if row else None


def record_attempts(connection: Connection, attempts: Sequence[Attempt], now: datetime) -> int:
    """Keep the attempts and write their verdicts, in the caller's transaction.

    Endpoints whose verdict is DISABLE must be disabled before, in the same transaction.

    Returns: how many deliveries took their verdict; the others were claimed again or settled by
        somebody since, and keep what they have.
    """
    claims = [attempt.delivery for attempt in attempts]
    next_us = [attempt.verdict.next_attempt_at_us for attempt in attempts]
    parameters = {
        "delivery_ids": [claim.delivery_id for claim in claims],
        "attempts": [claim.attempt for claim in claims],
        "endpoint_ids": [claim.endpoint_id for claim in claims],
        "started_at": [from_us(attempt.started_at_us) for attempt in attempts],
        "duration_ms": [attempt.answer.duration_ms for attempt in attempts],
        "http_status": [_status(attempt.answer) for attempt in attempts],
        "outcomes": [_stored_outcome(attempt.verdict.outcome) for attempt in attempts],
        "details": [_detail(attempt) for attempt in attempts],
        "next_attempt_at": [None if us is None else from_us(us) for us in next_us],
        "now": now,
    }
    with translated_errors():
        connection.execute(_QUERIES["insert_attempts"], parameters)
        return connection.execute(_QUERIES["settle_deliveries"], parameters).rowcount


def disable_endpoint(connection: Connection, endpoint_id: int, reason: str, now: datetime) -> bool:
    """Stop sending to an endpoint and bury what waits for it; False if it was disabled before."""
    parameters = {"endpoint_id": endpoint_id, "reason": reason, "now": now}
    with translated_errors():
        disabled = connection.execute(_QUERIES["disable_endpoint"], parameters).rowcount == 1
        rows = connection.execute(_QUERIES["bury_deliveries"], parameters).fetchall()
    settle_merged(connection, [delivery_id for (delivery_id,) in rows], now)
    return disabled


def settle_merged(connection: Connection, delivery_ids: Sequence[int], now: datetime) -> None:
    """Give what digests stand for the end of those digests; ``delivery_ids`` may be any."""
    parameters = {"delivery_ids": list(delivery_ids), "now": now}
    with translated_errors():
        connection.execute(_QUERIES["settle_merged"], parameters)


def select_queue(connection: Connection, now: datetime) -> QueueDepth:
    """Return how many deliveries wait."""
    with translated_errors():
        row = connection.execute(_QUERIES["select_queue"], {"now": now}).fetchone()
    assert row is not None, "an aggregate without GROUP BY returns one row"
    return QueueDepth(*row)


def notify_relays(connection: Connection) -> None:
    """Wake the relays when the caller's transaction commits."""
    with translated_errors():
        connection.execute(_QUERIES["notify_relays"])


def next_endpoint_id(connection: Connection) -> int:
    """Return the number of an endpoint that is about to be stored."""
    with translated_errors():
        row = connection.execute(_QUERIES["next_endpoint_id"]).fetchone()
    assert row is not None, "a sequence has a next value"
    return int(row[0])


def insert_endpoint(
    connection: Connection,
    endpoint_id: int,
    fields: EndpointFields,
    *,
    url_shown: str,
    secret: str,
    now: datetime,
) -> Endpoint:
    """Store a new endpoint; the fields' ``url`` and ``secret`` are sealed."""
    parameters = {
        **_parameters(fields),
        "endpoint_id": endpoint_id,
        "url_shown": url_shown,
        "secret": secret,
        "now": now,
    }
    return _write_endpoint(connection, "insert_endpoint", parameters)


def update_endpoint(
    connection: Connection,
    endpoint: Endpoint,
    now: datetime,
    *,
    url_shown: str | None = None,
    is_new_start: bool = False,
) -> Endpoint:
    """Write an endpoint's fields (all but its kind) and state; the caller holds its lock.

    The fields' ``url`` is sealed, or None to keep the one that is there. ``is_new_start`` forgets
    that it failed.
    """
    parameters = {
        **_parameters(endpoint.fields),
        "url_shown": url_shown,
        "is_new_start": is_new_start,
        "state": endpoint.state,
        "endpoint_id": endpoint.endpoint_id,
        "now": now,
    }
    return _write_endpoint(connection, "update_endpoint", parameters)


def has_towns(connection: Connection, town_ids: Sequence[int]) -> bool:
    """Return whether each of these towns exists."""
    wanted = sorted(set(town_ids))
    with translated_errors():
        row = connection.execute(_QUERIES["count_towns"], {"town_ids": wanted}).fetchone()
    assert row is not None, "an aggregate without GROUP BY returns one row"
    return bool(row[0] == len(wanted))


def select_endpoint(connection: Connection, endpoint_id: int) -> Endpoint | None:
    """Return an endpoint; None if there is none of that number."""
    return _read_endpoint(connection, "select_endpoint", endpoint_id)


def lock_endpoint(connection: Connection, endpoint_id: int) -> Endpoint | None:
    """Return an endpoint and keep others from changing it until the transaction ends."""
    return _read_endpoint(connection, "lock_endpoint", endpoint_id)


def select_endpoints(connection: Connection, *, after_id: int, count_max: int) -> list[Endpoint]:
    """Return at most ``count_max`` endpoints numbered above ``after_id``, in order."""
    parameters = {"after_id": after_id, "count_max": count_max}
    with translated_errors():
        rows = connection.execute(_QUERIES["select_endpoints"], parameters).fetchall()
    return [_endpoint(row) for row in rows]


def _read_endpoint(connection: Connection, query: str, endpoint_id: int) -> Endpoint | None:
    with translated_errors():
        row = connection.execute(_QUERIES[query], {"endpoint_id": endpoint_id}).fetchone()
    return _endpoint(row) if row else None


def _write_endpoint(
    connection: Connection, query: str, parameters: Mapping[str, object]
) -> Endpoint:
    with translated_errors():
        row = connection.execute(_QUERIES[query], parameters).fetchone()
    assert row is not None, f"{query} returns the row it wrote"
    return _endpoint(row)


def _endpoint(row: Row) -> Endpoint:
    endpoint_id, url_shown, event_types, severity_min, town_ids, description, audience, *rest = row
    kind, language, mobiles, user_ids, quiet_hours, state, version, *rest = rest
    created_at, updated_at, failing_since, disabled_reason, until = rest
    fields = EndpointFields(
        None, tuple(event_types), severity_min, tuple(town_ids), description, audience, kind,
        language, tuple(mobiles), tuple(user_ids), quiet_hours,
    )  # fmt: skip
    return Endpoint(
        endpoint_id, fields, EndpointState(state), version, created_at, updated_at,
        url_shown or "…", failing_since, disabled_reason, until,
    )  # fmt: skip


def _parameters(fields: EndpointFields) -> dict[str, object]:
    return {
        "url": fields.url,
        "event_types": list(fields.event_types),
        "severity_min": fields.severity_min,
        "town_ids": list(fields.town_ids),
        "description": fields.description,
        "audience": fields.audience,
        "kind": fields.kind,
        "language": fields.language,
        "mention_mobiles": list(fields.mention_mobiles),
        "mention_user_ids": list(fields.mention_user_ids),
        "quiet_hours": None if fields.quiet_hours is None else Jsonb(fields.quiet_hours),
    }


def _lanes(lanes: Lanes) -> dict[str, object]:
    return {
        "share": lanes.share,
        "lane_ids": list(lanes.only),
        "lane_shares": list(lanes.only.values()),
        "robots": list(ROBOTS),
    }


def _status(answer: Response | Failure) -> int | None:
    return answer.status if isinstance(answer, Response) else None


def _stored_outcome(outcome: Outcome) -> str:
    # That the endpoint was disabled as well stands in its state and in the audit trail.
    return Outcome.DEAD if outcome is Outcome.DISABLE else outcome


def _detail(attempt: Attempt) -> str:
    text = attempt.verdict.reason
    if isinstance(attempt.answer, Response) and attempt.answer.body:
        text += "\n" + attempt.answer.body.decode("utf-8", "replace")
    # PostgreSQL text holds no NUL and no lone surrogates.
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()
