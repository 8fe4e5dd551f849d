"""Several messages of one rule in one town as one message. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
    first = messages[0]["data"]
    alike = {name: first[name] for name in _ALIKE if name in first}
    alike["town"] = first.get("site", {}).get("town")
    family = messages[0]["type"].split(".")[0]
    return _told_together(f"{family}.grouped", messages, _named, {**alike, "seq": seq}, now)


def merged(bodies: Sequence[bytes], seq: int, now: datetime) -> Digest:
    """Return messages (oldest first) about whatever it is as one.

    Of each subject the newest message counts; one that stands for several counts for all of them.
    """
    messages = [orjson.loads(body) for body in bodies]
    return _told_together(MERGED_EVENT_TYPE, messages, _named_at_large, {"seq": seq}, now)


def _told_together(
    event_type: str,
    messages: Sequence[Mapping[str, Any]],
    named: Callable[[Mapping[str, Any]], dict[str, Any]],
    common: Mapping[str, Any],
    now: datetime,
) -> Digest:
    by_subject: dict[object, Mapping[str, Any]] = {}
    for number, message in enumerate(messages):
        by_subject[_subject(message) or number] = message
    newest = list(by_subject.values())
    severities = [m["data"]["severity"] for m in newest if m["data"].get("severity")]
    severity = max(severities, key=SEVERITIES.index, default=SEVERITIES[0])
    data = {
        **common,
        "severity": severity,
        "count": sum(message["data"].get("count", 1) for message in newest),
        "events": dict(Counter(message["type"] for message in newest)),
        "since": messages[0]["timestamp"],
        "first": [named(message) for message in newest[:_NAMED_MAX]],
        "more": max(len(newest) - _NAMED_MAX, 0),
    }
    document = {"type": event_type, "timestamp": format_rfc3339(to_us(now)), "data": data}
    return Digest(event_type, severity, orjson.dumps(document, option=orjson.OPT_SORT_KEYS))


def _named_at_large(message: Mapping[str, Any]) -> dict[str, Any]:
    """Name a subject among others that need not be alike."""
    data = message["data"]
    town = data.get("town") or data.get("site", {}).get("town")
    return {
        **_named(message),
        **{name: data[name] for name in (*_ALIKE, "count") if data.get(name) is not None},
        **({"town": town} if town else {}),
    }


def _subject(message: Mapping[str, Any]) -> tuple[str, object] | None:
    """Return what a message is about; None: nothing that another one could be about as well."""
    data = message["data"]
    for name in ("episode_id", "ticket_id"):
        if data.get(name) is not None:
            return name, data[name]
    return None


def _named(message: Mapping[str, Any]) -> dict[str, Any]:
    data = message["data"]
    site = data.get("site", {})
    return {
        "type": message["type"],
        **{name: data[name] for name in ("severity", *_NAMED) if data.get(name) is not None},
        **{name: site[name] for name in ("restaurant_id", "name", "address") if site.get(name)},
    }
