"""Sparkplug B 3.0 messages, each on its own; ``ingest.sparkplug_host`` knows their sessions.

Source: Eclipse Sparkplug 3.0, chapters 4 (topics) and 6 (payloads). An edge node is a gateway named
``group/edge``; a device is the last level of its topic. What an edge node measures itself is of a
device named as the edge node.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from core.errors import DecodeError
from core.reading import Metric, Reading
from ingest.codecs.decoded import Decoded, Party, Presence
from ingest.codecs.fields import FAULT, device_uid, instant_us
from ingest.codecs.plain import Plain, plain_of, plain_value
from ingest.codecs.sparkplug_payload import BD_SEQ, Payload, Tag, number_of, parse
from ingest.topics import UID_CHARS_MAX, Route

_NAMESPACE = "spBv1.0"
_CONTROLS = frozenset({"Node Control", "Device Control"})
_QUALITY_STALE = 500
_QUALITY_GOOD = 192


class Kind(Enum):
    """The message types that edge nodes send."""

    NBIRTH = "NBIRTH"
    NDATA = "NDATA"
    NDEATH = "NDEATH"
    DBIRTH = "DBIRTH"
    DDATA = "DDATA"
    DDEATH = "DDEATH"


_KINDS = {
    5: {"DBIRTH": Kind.DBIRTH, "DDATA": Kind.DDATA, "DDEATH": Kind.DDEATH},
    4: {"NBIRTH": Kind.NBIRTH, "NDATA": Kind.NDATA, "NDEATH": Kind.NDEATH},
}
#: What a message says about the party that its topic names.
_WORDS = {
    Kind.NBIRTH: True, Kind.DBIRTH: True, Kind.NDEATH: False, Kind.DDEATH: False,
}  # fmt: skip


class Sender(NamedTuple):
    """What a topic says: levels as they stand there; ``device`` is empty for the edge node."""

    kind: Kind
    group: str
    edge: str
    device: str

    @property
    def uid(self) -> str:
        """The device that this sender's readings are of."""
        return device_uid(self.device or self.edge)

    @property
    def gateway_uid(self) -> str:
        """The edge node as a gateway, unique over groups."""
        return f"{device_uid(self.group)}/{device_uid(self.edge)}"


@lru_cache(maxsize=65_536)
def sender_of(topic: str) -> Sender:
    """Return who sends what under a topic.

    Raises: DecodeError: not ``spBv1.0/{group}/{kind}/{edge}[/{device}]``.
    """
    levels = topic.split("/")
    kind = _KINDS.get(len(levels), {}).get(levels[2] if len(levels) > 2 else "")
    if kind is None or levels[0] != _NAMESPACE:
        raise DecodeError(
            f"topic: {_NAMESPACE}/group/NBIRTH|NDATA|NDEATH/edge or "
            f"{_NAMESPACE}/group/DBIRTH|DDATA|DDEATH/edge/device expected, {topic[:200]!r} seen"
        )
    for level in levels:
        if not level.strip() or len(level) > UID_CHARS_MAX or not level.isprintable():
            raise DecodeError(
                f"topic: levels of 1..{UID_CHARS_MAX} printable characters expected, "
                f"{level[:80]!r} seen"
            )
    return Sender(kind, levels[1], levels[3], levels[4] if len(levels) == 5 else "")


def decode(payload: bytes, received_at_us: int, route: Route) -> Decoded:
    """Decode one message without its session; without a topic it is data of ``sparkplug``.

    Returns: readings of births and data in payload order; who a birth or death speaks of; of data
        without any metric of ours, that its sender is there.
    Raises: DecodeError: no Sparkplug payload or topic, a metric without a name (its birth would be
        needed), a unit that the metric cannot have, or a time outside 1970..2106.
    """
    sender = sender_of(route.topic) if route.topic else _nobody(route)
    message = parse(payload)
    for tag in message.tags:
        if not tag.name:
            raise DecodeError(
                f"metric: a name expected, only alias {tag.alias} seen; its birth would say"
            )
    if sender.kind is Kind.NDEATH:
        bd_seq_of(message)
    return said(sender, message, readings(sender, message, message.tags, received_at_us))


def said(sender: Sender, message: Payload, found: list[Reading]) -> Decoded:
    """Return the readings with the message's word on who is there.

    Raises: DecodeError: data without a metric.
    """
    word = _WORDS.get(sender.kind)
    if word is None:
        if found:
            return Decoded(found)
        if not message.tags:
            raise DecodeError(f"{sender.kind.value}: a metric expected, none seen")
    is_node = not sender.device
    party, uid = (Party.GATEWAY, sender.gateway_uid) if is_node else (Party.DEVICE, sender.uid)
    return Decoded(found, (Presence(party, uid, word is not False),))


def bd_seq_of(message: Payload) -> int:
    """Return which birth and death belong together, 0..255.

    Raises: DecodeError: none.
    """
    for tag in message.tags:
        if tag.name == BD_SEQ:
            value = number_of(tag)
            if value is not None:
                return int(value)
    raise DecodeError(f"metric {BD_SEQ}: expected, none seen")


def plain_of_tag(name: str) -> Plain | None:
    """Return what the last segment of a metric's name means to us, or None."""
    folder, _, last = name.rpartition("/")
    return None if folder.partition("/")[0] in _CONTROLS else plain_of(last)


def names_of(tags: Iterable[Tag], given: Mapping[Metric, str] | None = None) -> dict[Metric, str]:
    """Return which name stands for each metric: one in ``given``, our own, or the first.

    Raises: DecodeError: a unit that the metric cannot have.
    """
    names = dict(given or {})
    for tag in tags:
        plain = plain_of_tag(tag.name)
        # Any number shows which metric the unit makes of the name.
        said = None if plain is None else plain_value(plain, 0, tag.unit)
        if plain is None or said is None:
            continue
        metric = said[0]
        is_own = plain.name == metric.label and metric not in (given or {})
        if metric not in names or (is_own and names[metric].rpartition("/")[2] != plain.name):
            names[metric] = tag.name
    return names


def readings(
    sender: Sender,
    message: Payload,
    tags: Iterable[Tag],
    received_at_us: int,
    given: Mapping[Metric, str] | None = None,
) -> list[Reading]:
    """Return what ``tags`` measure; every one has a name, and unit and datatype where known.

    Raises: DecodeError: a unit that the metric cannot have, a number that contradicts its
        datatype, or a time outside 1970..2106.
    """
    default_us = received_at_us
    if message.timestamp_ms is not None:
        default_us = instant_us(message.timestamp_ms)
    if sender.kind in {Kind.NDEATH, Kind.DDEATH}:
        return []
    tags = [tag for tag in tags if not tag.is_transient]
    names = names_of(tags, given)
    found = []
    for tag in tags:
        plain = plain_of_tag(tag.name)
        raw = None if plain is None else number_of(tag)
        if plain is None or raw is None or tag.quality_code == _QUALITY_STALE:
            continue
        measured = plain_value(plain, raw, tag.unit)
        if measured is None or names[measured[0]] != tag.name:
            continue
        metric, value = measured
        if tag.quality_code not in {None, _QUALITY_GOOD}:
            value = FAULT
        at_us = default_us if tag.timestamp_ms is None else instant_us(tag.timestamp_ms)
        found.append(Reading(sender.uid, metric, value.number, at_us, value.quality))
    return found


def _nobody(route: Route) -> Sender:
    uid = route.device_uid or "sparkplug"
    return Sender(Kind.DDATA, "sparkplug", "sparkplug", uid)
