"""SQL of rules and episodes: typed functions over queries.sql (machines: alerts/machines)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from alerts.episode import Episode
from alerts.rules.compiled import RuleInForce
from alerts.rules.definition import RuleDefinition
from alerts.rules.rulebook import Override
from core.db import Connection
from core.instant import from_us
from core.sql import load_queries

if TYPE_CHECKING:
    from alerts.standing import Closing, Ending

_QUERIES = load_queries("alerts")


@dataclass(frozen=True, slots=True)
class NewAlert:
    """A row of alert as it is first written; times of the event, not of the writing."""

    dedup_key: str
    rule_id: int
    rule_code: str
    severity: str
    device_id: int | None
    gateway_id: int | None
    trap_id: int | None
    restaurant_id: int | None
    town_id: int | None
    metric: int | None
    started_at: datetime
    fired_at: datetime
    ended_at: datetime | None
    value: float
    peak_value: float
    threshold: Mapping[str, Any]
    seq: int
    relapse_count: int
    is_notified: bool
    suppressed_by: str | None
    level: int = 0
    branch: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    reopen_count: int = 0
    is_flapping: bool = False
    is_backfilled: bool = False


def select_rules(connection: Connection) -> list[RuleInForce]:
    """Return the rules in force, by code."""
    return [
        RuleInForce(rule_id, version, RuleDefinition.model_validate(definition))
        for rule_id, version, definition in connection.execute(_QUERIES["select_rules"])
    ]


def select_overrides(connection: Connection) -> list[Override]:
    """Return all overrides."""
    return [Override(*row) for row in connection.execute(_QUERIES["select_overrides"])]


def seed_rules(connection: Connection, rules: Sequence[RuleDefinition], now: datetime) -> int:
    """Make the catalogue's texts the versions in force; return how many are new."""
    parameters = {
        "codes": [rule.code for rule in rules],
        "definitions": [rule.model_dump_json() for rule in rules],
        "now": now,
    }
    connection.execute(_QUERIES["supersede_rules"], parameters)
    return connection.execute(_QUERIES["insert_rules"], parameters).rowcount


def insert_alerts(connection: Connection, alerts: Sequence[NewAlert], now: datetime) -> list[int]:
    """Store new episodes; return their numbers in the same order."""
    columns: dict[str, Any] = {
        name: [getattr(alert, name) for alert in alerts] for name in NewAlert.__slots__
    }
    for name in ("threshold", "evidence"):
        columns[name] = [orjson.dumps(document).decode() for document in columns[name]]
    rows = connection.execute(_QUERIES["insert_alerts"], {**columns, "now": now})
    return [row[0] for row in rows]


def update_alerts(connection: Connection, episodes: Sequence[Episode], now: datetime) -> None:
    """Write what became of stored episodes; ``seq`` already counts the new events."""
    connection.execute(
        _QUERIES["update_alerts"],
        {
            "alert_id": [episode.alert_id for episode in episodes],
            "ended_at": [_moment(episode.ended_at_us) for episode in episodes],
            "severity": [episode.severity for episode in episodes],
            "level": [episode.level for episode in episodes],
            "peak_value": [episode.peak_value for episode in episodes],
            "seq": [episode.seq for episode in episodes],
            "relapse_count": [episode.relapse_count for episode in episodes],
            "reopen_count": [episode.reopen_count for episode in episodes],
            "is_flapping": [episode.is_flapping for episode in episodes],
            "is_stale": [episode.is_stale for episode in episodes],
            "is_notified": [episode.is_told for episode in episodes],
            "suppressed_by": [episode.suppressed_by for episode in episodes],
            "ack_ended": [episode.ack_ended for episode in episodes],
            "now": now,
        },
    )


class EndedAlert(NamedTuple):
    """A standing alert that has just been ended, with the number of that event."""

    alert_id: int
    seq: int
    ended_at: datetime
    was_told: bool


def resolve_alerts(
    connection: Connection, endings: "Sequence[Ending]", now: datetime
) -> list[EndedAlert]:
    """End alerts that no machine follows; return those that were open, their rows held."""
    rows = connection.execute(
        _QUERIES["resolve_alerts"],
        {
            "alert_id": [ending.alert_id for ending in endings],
            "ended_at": [ending.ended_at for ending in endings],
            "now": now,
        },
    )
    return [EndedAlert(*row) for row in rows]


def close_alerts(
    connection: Connection, closings: "Sequence[Closing]", now: datetime
) -> list[EndedAlert]:
    """End alerts that nobody watches any more; return those that were open, their rows held."""
    parameters = {
        "alert_id": [closing.alert_id for closing in closings],
        "ended_at": [closing.ended_at for closing in closings],
        "now": now,
    }
    return [EndedAlert(*row) for row in connection.execute(_QUERIES["close_alerts"], parameters)]


class RaisedAlert(NamedTuple):
    """A standing alert that has just got worse, with the number of that event."""

    alert_id: int
    seq: int
    was_acked: bool
    was_told: bool


def raise_alerts(connection: Connection, severities: Mapping[int, str]) -> list[RaisedAlert]:
    """Raise the severity of alerts that no machine follows, their rows held by the caller."""
    parameters = {"alert_id": list(severities), "severity": list(severities.values())}
    return [RaisedAlert(*row) for row in connection.execute(_QUERIES["raise_alerts"], parameters)]


def number_events(connection: Connection, alert_ids: Sequence[int]) -> dict[int, int]:
    """Count one more event of each alert; return its number by alert."""
    rows = connection.execute(_QUERIES["number_events"], {"alert_ids": list(alert_ids)})
    return {row[0]: row[1] for row in rows}


def withhold_alerts(connection: Connection, reasons: Mapping[int, str]) -> None:
    """Say of alerts that were just opened why nobody is told."""
    connection.execute(
        _QUERIES["withhold_alerts"],
        {"alert_id": list(reasons), "suppressed_by": list(reasons.values())},
    )


def release_alerts(
    connection: Connection, alert_ids: Sequence[int], now: datetime
) -> list[tuple[int, int]]:
    """Say of withheld alerts that people are told now; return (alert_id, seq) of that event."""
    rows = connection.execute(
        _QUERIES["release_alerts"], {"alert_ids": list(alert_ids), "now": now}
    )
    return [(row[0], row[1]) for row in rows]


def insert_alert_events(
    connection: Connection,
    events: Sequence[tuple[int, int, str, datetime, Mapping[str, Any]]],
    now: datetime,
) -> None:
    """Store events as (alert_id, seq, type, event time, detail)."""
    alert_id, seq, kind, at, detail = zip(*events, strict=True)
    connection.execute(
        _QUERIES["insert_alert_events"],
        {
            "alert_id": list(alert_id),
            "seq": list(seq),
            "type": list(kind),
            "at": list(at),
            "detail": [orjson.dumps(item).decode() for item in detail],
            "now": now,
        },
    )


def attach_tickets(connection: Connection, ticket_by_alert: Mapping[int, int]) -> None:
    """Say which ticket each alert belongs to."""
    connection.execute(
        _QUERIES["attach_tickets"],
        {"alert_id": list(ticket_by_alert), "ticket_id": list(ticket_by_alert.values())},
    )


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """What a message says about an alert; None where it is not about a device, trap or place."""

    alert_id: int
    rule_code: str
    rule_version: int
    rule_name: str
    rule_name_en: str
    wording: str
    wording_en: str
    severity: str
    status: str
    is_flapping: bool
    metric: int | None
    value: float
    peak_value: float
    threshold: Mapping[str, Any]
    started_at: datetime
    fired_at: datetime
    ended_at: datetime | None
    ticket_id: int | None
    device_uid: str | None
    gateway_uid: str | None
    trap_code: str | None
    restaurant_id: int | None
    register_no: str | None
    restaurant_name: str | None
    address: str | None
    lon_deg: float | None
    lat_deg: float | None
    town_id: int | None
    town_code: str | None
    town_name: str | None


def select_alert_facts(connection: Connection, alert_ids: Sequence[int]) -> dict[int, AlertFacts]:
    """Return the facts of alerts by number."""
    rows = connection.execute(_QUERIES["select_alert_facts"], {"alert_ids": list(alert_ids)})
    return {row[0]: AlertFacts(*row) for row in rows}


def _moment(instant_us: int | None) -> datetime | None:
    return None if instant_us is None else from_us(instant_us)
