"""What a webhook says: the envelope and its data, as exact bytes. Pure.

Envelope: Standard Webhooks 1.0.0, "Payload structure": type, timestamp, data; under 20 kB.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from alerts.webhooks.event_types import COMPLAINT_EVENT_TYPE
from core.instant import format_rfc3339, to_us
from core.reading import METRIC_LABEL

if TYPE_CHECKING:
    from alerts.complaints.model import NewComplaint
    from alerts.store import AlertFacts
    from alerts.tickets.model import Ticket


#: What an alert is after an event; after all others it fires.
_STATUS = {"alert.resolved": "resolved", "alert.closed": "closed"}


class Message(NamedTuple):
    """One event for the outside; ``seq`` orders the messages of one subject.

    People get those of one town and ``group_key`` together. No severity: about the system itself,
    for those endpoints only that name the event type.
    """

    event_type: str
    subject_kind: str
    subject_id: str
    seq: int
    town_id: int | None
    severity: str | None
    body: bytes
    group_key: str | None


class AlertNotice(NamedTuple):
    """That something about an alert is to be told."""

    event_type: str
    alert_id: int
    seq: int
    is_delayed: bool = False
    escalated_to: str | None = None
    reason: str | None = None


def alert_messages(
    notices: Sequence[AlertNotice], facts: "Mapping[int, AlertFacts]", now: datetime
) -> list[Message]:
    """Return the messages of notices; ``facts`` holds every alert they are about."""
    return [_alert_message(notice, facts[notice.alert_id], now) for notice in notices]


def ticket_message(
    ticket: "Ticket", event_type: str, now: datetime, detail: Mapping[str, Any] | None = None
) -> Message:
    """Return the message that a ticket was created or changed; seq is the ticket's version.

    ``detail`` is what the act carried.
    """
    data = {
        "ticket_id": ticket.ticket_id,
        "seq": ticket.version,
        "state": ticket.state,
        "problem": ticket.problem,
        "severity": ticket.severity,
        "trap_id": ticket.trap_id,
        "restaurant_id": ticket.restaurant_id,
        "owner_unit": ticket.owner_unit,
        "sensor_cleared": ticket.sensor_cleared,
        "detail": dict(detail or {}),
        "url": f"/api/v1/tickets/{ticket.ticket_id}",
    }
    return Message(
        event_type, "ticket", str(ticket.ticket_id), ticket.version, ticket.town_id,
        ticket.severity, _envelope(event_type, now, data), f"ticket:{ticket.problem}",
    )  # fmt: skip


def complaint_message(complaint_id: int, new: "NewComplaint", now: datetime) -> Message:
    """Return the message that a complaint came in; never who reported it.

    It has no severity: it goes to those endpoints that name its type.
    """
    data = {
        "complaint_id": complaint_id,
        "seq": 1,
        "source": new.source,
        "external_ref": new.external_ref,
        "received_at": _time(new.received_at),
        "channel": new.channel,
        "category": new.category,
        "status": new.status,
        "town_id": new.town_id,
        "restaurant_id": new.restaurant_id,
        "address": new.address,
        "url": f"/api/v1/complaints/{complaint_id}",
    }
    return Message(
        COMPLAINT_EVENT_TYPE, "complaint", str(complaint_id), 1, new.town_id, None,
        _envelope(COMPLAINT_EVENT_TYPE, now, data), None,
    )  # fmt: skip


def system_message(
    event_type: str, subject_kind: str, subject_id: str, data: Mapping[str, Any], now: datetime
) -> Message:
    """Return a message about the system itself; one of each subject."""
    body = _envelope(event_type, now, data)
    return Message(event_type, subject_kind, subject_id, 1, None, None, body, None)


def endpoint_message(
    event_type: str,
    data: Mapping[str, Any],
    *,
    seq: int,
    severity: str,
    now: datetime,
) -> Message:
    """Return a message about the endpoint in ``data``; it goes to those that ask for no town."""
    endpoint_id = data["endpoint_id"]
    body = _envelope(event_type, now, {**data, "seq": seq, "severity": severity})
    return Message(
        event_type, "webhook_endpoint", str(endpoint_id), seq, None, severity, body, None
    )


def _alert_message(notice: AlertNotice, facts: "AlertFacts", now: datetime) -> Message:
    status = _STATUS.get(notice.event_type, "firing")
    data = {
        "episode_id": facts.alert_id,
        "seq": notice.seq,
        "rule_id": facts.rule_code,
        "rule_version": facts.rule_version,
        "rule_name": facts.rule_name,
        "rule_name_en": facts.rule_name_en,
        "wording": facts.wording,
        "wording_en": facts.wording_en,
        "severity": facts.severity,
        "status": status,
        "reason": notice.reason,
        "is_delayed": notice.is_delayed,
        "is_flapping": facts.is_flapping,
        "escalated_to": notice.escalated_to,
        "site": {
            "restaurant_id": facts.restaurant_id,
            "register_no": facts.register_no,
            "name": facts.restaurant_name,
            "address": facts.address,
            "town": facts.town_name,
            "lon_deg": facts.lon_deg,
            "lat_deg": facts.lat_deg,
        },
        "trap": facts.trap_code,
        "device": facts.device_uid,
        "gateway": facts.gateway_uid,
        "metric": None if facts.metric is None else METRIC_LABEL[facts.metric],
        "value": facts.value,
        "peak_value": facts.peak_value,
        "threshold": facts.threshold,
        "started_at": _time(facts.started_at),
        "fired_at": _time(facts.fired_at),
        "ended_at": None if status == "firing" else _time(facts.ended_at),
        "ticket_id": facts.ticket_id,
        "url": f"/api/v1/alerts/{facts.alert_id}",
    }
    return Message(
        notice.event_type, "alert", str(facts.alert_id), notice.seq, facts.town_id,
        facts.severity, _envelope(notice.event_type, now, data), facts.rule_code,
    )  # fmt: skip


def _envelope(event_type: str, now: datetime, data: Mapping[str, Any]) -> bytes:
    document = {"type": event_type, "timestamp": _time(now), "data": data}
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_rfc3339(to_us(moment))
