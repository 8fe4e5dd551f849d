"""What a message says to people in a chat, before a robot's own markup. Pure.

Times are Asia/Shanghai with their offset, whatever the reader's machine shows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from alerts.rules.parameters import SEVERITIES
from alerts.webhooks.event_types import TEST_EVENT_TYPE
from alerts.webhooks.kinds.posting import Posting
from alerts.webhooks.kinds.text import cut, harmless
from alerts.webhooks.kinds.vocabulary import VOCABULARIES, Vocabulary

ZONE = ZoneInfo("Asia/Shanghai")
#: No value of a register or a sensor needs more; what does is cut.
VALUE_BYTES_MAX = 300
TITLE_BYTES_MAX = 240

_UNITS = {
    "mm": "mm", "lps": "L/s", "l": "L", "pct": "%", "v": "V", "c": "°C", "deg": "°", "dbm": "dBm",
    "db": "dB",
}  # fmt: skip
#: People are called by name (@) for what is that severe and not a good end, and by a test.
_MENTIONED = frozenset(SEVERITIES[SEVERITIES.index("orange") :])
_ENDS = frozenset({"alert.resolved", "ticket.closed"})


class Notice(NamedTuple):
    """A message for people: plain text, harmless in every robot's markup.

    ``colour`` is the severity, ``green`` for a good end; ``rows`` are label and value; ``items``
    are the subjects of a message that stands for several.
    """

    title: str
    colour: str
    rows: Sequence[tuple[str, str]]
    items: Sequence[str]
    remark: str
    link: str | None
    view: str
    is_mentioning: bool
    colon: str


def notice(posting: Posting) -> Notice:
    """Return what a message says in the endpoint's language.

    Raises: ValueError: it is not a message of ours.
    """
    words = VOCABULARIES[posting.language]
    data = posting.data
    severity = data.get("severity")
    is_lead = posting.type.startswith(("alert.", "ticket.", "message."))
    return Notice(
        title=_title(posting, words),
        colour="green" if posting.type in _ENDS else str(severity or "blue"),
        rows=_rows(posting, words),
        items=_items(data, words),
        remark=words.lead if is_lead else "",
        link=posting.link,
        view=words.view,
        is_mentioning=(severity in _MENTIONED and posting.type not in _ENDS)
        or posting.type == TEST_EVENT_TYPE,
        colon=words.colon,
    )


def local_time(text: str | None) -> str | None:
    """Return an RFC 3339 time as a clock in China shows it, with the offset."""
    if text is None:
        return None
    return datetime.fromisoformat(text).astimezone(ZONE).isoformat(" ", "seconds")


def _title(posting: Posting, words: Vocabulary) -> str:
    data = posting.data
    parts = [words.events.get(posting.type, posting.type), _subject(data, words)]
    place = data.get("site", {}).get("name") or data.get("town")
    text = " · ".join(harmless(part) for part in (*parts, place) if part)
    severity = words.severities.get(str(data.get("severity")))
    prefix = "" if severity is None else words.quote.format(severity)
    return cut(prefix + text, TITLE_BYTES_MAX)


def _subject(data: Mapping[str, Any], words: Vocabulary) -> str | None:
    """Return what it is about: a rule's name, or a ticket's problem."""
    name = data.get(f"rule_name{words.suffix}")
    problem = data.get("problem")
    return name or (None if problem is None else words.problems.get(problem, problem))


def _rows(posting: Posting, words: Vocabulary) -> list[tuple[str, str]]:
    data = posting.data
    site = data.get("site", {})
    state = data.get("state")
    told_to = data.get("escalated_to")
    ended = data if "endpoint" in data else {}
    values: dict[str, object] = {
        "place": site.get("name"),
        "address": site.get("address"),
        "town": site.get("town") or data.get("town"),
        "trap": data.get("trap"),
        "device": data.get("device"),
        "gateway": data.get("gateway"),
        "value": _measure(data, "value"),
        "threshold": _measure(data, "threshold"),
        "since": local_time(
            data.get("started_at") or data.get("since") or data.get("failing_since")
        ),
        "until": local_time(data.get("ended_at")),
        "escalated_to": words.states.get(told_to, told_to) if told_to else None,
        "delayed": words.states["is_delayed"] if data.get("is_delayed") else None,
        "ticket": data.get("ticket_id"),
        "state": words.states.get(state, state) if state else None,
        "owner": data.get("owner_unit"),
        "count": data.get("count"),
        "requested_by": data.get("requested_by"),
        "endpoint": ended.get("endpoint"),
        "description": ended.get("description"),
        "reason": words.states.get(ended.get("reason", "")),
        "at": local_time(posting.envelope["timestamp"]),
    }
    wording = data.get(f"wording{words.suffix}")
    rows = [] if not wording else [("", _value(wording))]
    return rows + [
        (words.labels[name], _value(value))
        for name, value in values.items()
        if value not in (None, "")
    ]


def _items(data: Mapping[str, Any], words: Vocabulary) -> list[str]:
    named = data.get("first", [])
    items = [f"{number}. {_item(one, words)}" for number, one in enumerate(named, start=1)]
    more = data.get("more", 0)
    return [*items, words.more.format(more)] if more else items


def _item(named: Mapping[str, Any], words: Vocabulary) -> str:
    number = named.get("ticket_id")
    count = named.get("count")
    parts = [
        words.events.get(str(named.get("type")), named.get("type")),
        _subject(named, words),
        named.get("name") or named.get("town"),
        named.get("trap") or named.get("device") or named.get("gateway"),
        f"{words.labels['ticket']} {number}" if number else None,
        f"{words.labels['count']} {count}" if count else None,
        local_time(named.get("started_at")),
    ]
    severity = words.severities.get(str(named.get("severity")))
    prefix = "" if severity is None else words.quote.format(severity)
    return prefix + cut(" · ".join(harmless(part) for part in parts if part), VALUE_BYTES_MAX)


def _measure(data: Mapping[str, Any], name: str) -> str | None:
    value, metric = data.get(name), data.get("metric")
    if value is None or metric is None:
        return None
    unit = _UNITS.get(str(metric).rpartition("_")[2], "")
    return f"{value:g} {unit}".rstrip()


def _value(value: object) -> str:
    return cut(harmless(value), VALUE_BYTES_MAX)
