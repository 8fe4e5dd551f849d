"""Prometheus Alertmanager's webhook, version 4, so that relays made for it understand us.

One alert a message. Only ``alert.*`` and the test message have such a form. What identifies an
alert (``groupKey``, ``fingerprint``) is our episode and stays the same from its first message to
its last, whatever its severity does meanwhile. Labels hold what one routes by, annotations the
rest.
Source: prometheus.io, Alerting configuration, "<webhook_config>".
"""

from hashlib import sha256
from typing import Any

import orjson

from alerts.webhooks.event_types import TEST_EVENT_TYPE
from alerts.webhooks.kinds.posting import Posting, Request
from alerts.webhooks.kinds.standard import signed

VERSION = "4"
RECEIVER = "trapwatch"
#: Go's zero time: Alertmanager's way to say that an alert has not ended.
NOT_ENDED = "0001-01-01T00:00:00Z"

_LABELS = ("severity", "trap", "device", "gateway", "metric")
_ANNOTATIONS = (
    "value", "peak_value", "threshold", "reason", "escalated_to", "ticket_id", "is_delayed",
    "is_flapping", "rule_version", "seq",
)  # fmt: skip


def can_carry(event_type: str) -> bool:
    """Return whether messages of a type have a form as an alert."""
    return event_type == TEST_EVENT_TYPE or (
        event_type.startswith("alert.") and event_type != "alert.grouped"
    )


def render(posting: Posting) -> Request:
    """Return the message as Alertmanager would send it.

    Raises: ValueError: its type has no such form, or the message or a secret is malformed.
    """
    if not can_carry(posting.type):
        raise ValueError(f"{posting.type} is no alert")
    alert = _test_alert(posting) if posting.type == TEST_EVENT_TYPE else _alert(posting)
    group_labels = {"alertname": alert["labels"]["alertname"]}
    document = {
        "version": VERSION,
        "groupKey": f"{{}}:{{alertname={orjson.dumps(group_labels['alertname']).decode()}}}"
        f"/{alert['fingerprint']}",
        "truncatedAlerts": 0,
        "status": alert["status"],
        "receiver": RECEIVER,
        "groupLabels": group_labels,
        "commonLabels": alert["labels"],
        "commonAnnotations": alert["annotations"],
        "externalURL": posting.public_url or "",
        "alerts": [alert],
    }
    body = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return signed(posting, "application/json", body)


def _alert(posting: Posting) -> dict[str, Any]:
    data = posting.data
    site = data.get("site", {})
    suffix = "_en" if posting.language == "en" else ""
    is_over = data["status"] != "firing"
    annotations = {
        "summary": data[f"rule_name{suffix}"],
        "description": data[f"wording{suffix}"],
        "event": posting.type,
        "address": site.get("address"),
        **{name: data.get(name) for name in _ANNOTATIONS},
    }
    labels = {
        "alertname": data["rule_id"],
        **{name: data.get(name) for name in _LABELS},
        "restaurant": site.get("name"),
        "register_no": site.get("register_no"),
        "town": site.get("town"),
    }
    return {
        "status": "resolved" if is_over else "firing",
        "labels": _texts(labels),
        "annotations": _texts(annotations),
        "startsAt": data["started_at"],
        "endsAt": (data.get("ended_at") or posting.envelope["timestamp"]) if is_over else NOT_ENDED,
        "generatorURL": posting.link or "",
        "fingerprint": _fingerprint(f"episode:{data['episode_id']}"),
    }


def _test_alert(posting: Posting) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": "TrapwatchTest", "severity": "blue"},
        "annotations": {"summary": "Trapwatch test message", "event": posting.type},
        "startsAt": posting.envelope["timestamp"],
        "endsAt": NOT_ENDED,
        "generatorURL": "",
        "fingerprint": _fingerprint(f"message:{posting.message_uid}"),
    }


def _texts(values: dict[str, Any]) -> dict[str, str]:
    """Labels and annotations are texts; what is unknown is left out."""
    return {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in values.items()
        if value not in (None, "")
    }


def _fingerprint(identity: str) -> str:
    """Return 64 bits in hexadecimal, the form of Alertmanager's own fingerprints."""
    return sha256(f"trapwatch:{identity}".encode()).hexdigest()[:16]
