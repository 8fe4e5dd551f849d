"""Several messages of one rule in one town as one message. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from alerts.rules.parameters import SEVERITIES
from alerts.webhooks.event_types import MERGED_EVENT_TYPE
from core.instant import format_rfc3339, to_us

#: A group is told so long after its first message, and then at most so often.
WAIT = timedelta(seconds=30)
PAUSE = timedelta(minutes=5)
#: So many of its subjects are named; a message stays well under 20 kB.
_NAMED_MAX = 20
_NO_SUBJECT = ("ticket", None)
_ALIKE = ("rule_id", "rule_name", "rule_name_en", "wording", "wording_en", "problem")
_NAMED = (
    "episode_id", "ticket_id", "seq", "status", "state", "trap", "trap_id", "device", "gateway",
    "started_at", "ended_at", "url",
)  # fmt: skip


class Digest(NamedTuple):
    """A message that stands for several: its type, the worst severity, exact bytes."""

    event_type: str
    severity: str
    body: bytes


def digest(bodies: Sequence[bytes], seq: int, now: datetime) -> Digest:
    """Return messages (oldest first, of one rule or problem) as one.

    Of each subject the newest message counts.
    """
    messages = [orjson.loads(body) for body in bodies]
    newest: dict[object, Mapping[str, Any]] = {}
    for message in messages:
        newest[_subject(message)] = message
    severity = max((m["data"]["severity"] for m in newest.values()), key=SEVERITIES.index)
    family = messages[0]["type"].split(".")[0]
    first = messages[0]["data"]
    data = {name: first[name] for name in _ALIKE if name in first} | {
        "seq": seq,
        "severity": severity,
        "town": first.get("site", {}).get("town"),
        "count": len(newest),
        "events": dict(Counter(message["type"] for message in newest.values())),
        "since": messages[0]["timestamp"],
        "first": [_named(message) for message in list(newest.values())[:_NAMED_MAX]],
        "more": max(len(newest) - _NAMED_MAX, 0),
    }
    event_type = f"{family}.grouped"
    document = {"type": event_type, "timestamp": format_rfc3339(to_us(now)), "data": data}
    return Digest(event_type, severity, orjson.dumps(document, option=orjson.OPT_SORT_KEYS))


def merged(bodies: Sequence[bytes], seq: int, now: datetime) -> Digest:
    """Return messages (oldest first) about whatever it is as one.

    Of each subject the newest message counts; one that stands for several counts for all of them.
    """
    messages = [orjson.loads(body) for body in bodies]
    newest: dict[object, Mapping[str, Any]] = {}
    for number, message in enumerate(messages):
        subject = _subject(message)
        newest[number if subject == _NO_SUBJECT else subject] = message
    severities = [m["data"]["severity"] for m in newest.values() if m["data"].get("severity")]
    severity = max(severities, key=SEVERITIES.index, default=SEVERITIES[0])
    data = {
        "seq": seq,
        "severity": severity,
        "count": sum(message["data"].get("count", 1) for message in newest.values()),
        "events": dict(Counter(message["type"] for message in newest.values())),
        "since": messages[0]["timestamp"],
        "first": [_named_at_large(message) for message in list(newest.values())[:_NAMED_MAX]],
        "more": max(len(newest) - _NAMED_MAX, 0),
    }
    document = {
        "type": MERGED_EVENT_TYPE, "timestamp": format_rfc3339(to_us(now)), "data": data,
    }  # fmt: skip
    body = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return Digest(MERGED_EVENT_TYPE, severity, body)


def _named_at_large(message: Mapping[str, Any]) -> dict[str, Any]:
    """Name a subject among others that need not be alike."""
    data = message["data"]
    town = data.get("town") or data.get("site", {}).get("town")
    return {
        **_named(message),
        **{name: data[name] for name in (*_ALIKE, "count") if data.get(name) is not None},
        **({"town": town} if town else {}),
    }


def _subject(message: Mapping[str, Any]) -> object:
    data = message["data"]
    return data.get("episode_id", ("ticket", data.get("ticket_id")))


def _named(message: Mapping[str, Any]) -> dict[str, Any]:
    data = message["data"]
    site = data.get("site", {})
    return {
        "type": message["type"],
        **{name: data[name] for name in ("severity", *_NAMED) if data.get(name) is not None},
        **{name: site[name] for name in ("restaurant_id", "name", "address") if site.get(name)},
    }
