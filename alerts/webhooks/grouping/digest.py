"""Several messages of one rule in one town as one message. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from alerts.rules.parameters import SEVERITIES
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


def _subject(message: Mapping[str, Any]) -> object:
    data = message["data"]
    return data.get("episode_id", ("ticket", data.get("ticket_id")))


def _named(message: Mapping[str, Any]) -> dict[str, Any]:
    data = message["data"]
    site = data.get("site", {})
    return {
        "type": message["type"],
        "severity": data["severity"],
        **{name: data[name] for name in _NAMED if data.get(name) is not None},
        **{name: site[name] for name in ("restaurant_id", "name", "address") if site.get(name)},
    }
