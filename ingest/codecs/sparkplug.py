"""Sparkplug B 3.0 payloads to readings, one by one: births and whatever carries its name.

Source: Sparkplug 3.0, chapters 4 (topics) and 6 (payloads). Aliases, sequence numbers and deaths
are a conversation; ``ingest.sparkplug_host`` follows it and uses what stands here.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum

from core.errors import DecodeError
from core.reading import Quality, Reading
from ingest.codecs.decoded import Decoded, Party, Presence
from ingest.codecs.fields import instant_us
from ingest.codecs.measured import nothing_known
from ingest.codecs.plain import plain_of, plain_value
from ingest.codecs.sparkplug_payload import (
    SparkplugMetric,
    SparkplugPayload,
    parse_payload,
    signed,
)
from ingest.topics import Route

_GOOD = 192  #: Quality property (6.4.13): 0 bad, 192 good, 500 stale
_UNKNOWN_DEVICE = "sparkplug"


class Kind(StrEnum):
    """Message types that we listen to: of an edge node (N) or of a device behind it (D)."""

    NBIRTH = "NBIRTH"
    NDATA = "NDATA"
    NDEATH = "NDEATH"
    DBIRTH = "DBIRTH"
    DDATA = "DDATA"
    DDEATH = "DDEATH"

    @property
    def is_birth(self) -> bool:
        """Whether it introduces metrics."""
        return self in {Kind.NBIRTH, Kind.DBIRTH}

    @property
    def is_death(self) -> bool:
        """Whether its sender is gone."""
        return self in {Kind.NDEATH, Kind.DDEATH}


def decode(payload: bytes, received_at_us: int, route: Route) -> Decoded:
    """Decode one payload on its own.

    Returns: a reading a known metric, by the last segment of its name; births and deaths also say
        who is there or gone.
    Raises: DecodeError: not a payload, a metric that carries only its alias, or nothing known.
    """
    message = parse_payload(payload)
    kind = kind_of(route)

    def named(metric: SparkplugMetric) -> SparkplugMetric:
        if metric.name is None:
            raise DecodeError(
                f"a metric's name expected, only its alias {metric.alias} seen; the birth that "
                "explains it is not part of this payload"
            )
        return metric

    readings = list(readings_of(message, uid_of(route), received_at_us, named))
    presences = presence_of(kind, route)
    if not readings and not presences:
        raise nothing_known("metrics", [metric.name or "" for metric in message.metrics])
    return Decoded(() if kind.is_death else readings, presences)


def kind_of(route: Route) -> Kind:
    """Return a topic's message type; without a topic it is data.

    Raises: DecodeError: a type that we do not listen to.
    """
    levels = route.topic.split("/")
    if len(levels) < 4:
        return Kind.DDATA
    try:
        return Kind(levels[2])
    except ValueError:
        raise DecodeError(
            f"topic: a Sparkplug birth, data or death expected, {levels[2]!r} seen"
        ) from None


def uid_of(route: Route) -> str:
    """Return the device: its own id, or the edge node's for a node's own metrics."""
    if route.device_uid is not None:
        return route.device_uid
    return (route.gateway_uid or _UNKNOWN_DEVICE).rpartition("/")[2]


def presence_of(kind: Kind, route: Route) -> tuple[Presence, ...]:
    """Return what a birth or death says about its sender; data says nothing."""
    if not (kind.is_birth or kind.is_death):
        return ()
    return (sender_of(kind, route),)


def sender_of(kind: Kind, route: Route) -> Presence:
    """Return that the sender of a message is there, or gone by its death."""
    if kind in {Kind.NBIRTH, Kind.NDATA, Kind.NDEATH}:
        uid = route.gateway_uid or _UNKNOWN_DEVICE
        return Presence(Party.GATEWAY, uid, not kind.is_death)
    return Presence(Party.DEVICE, uid_of(route), not kind.is_death)


def readings_of(
    message: SparkplugPayload,
    uid: str,
    received_at_us: int,
    named: Callable[[SparkplugMetric], SparkplugMetric],
) -> Iterator[Reading]:
    """Yield the readings of a payload; ``named`` fills in what a birth said about a metric.

    A metric's time is its own, else the payload's, else received_at_us. Transient metrics are not
    stored (6.4.10), null ones say nothing.

    Raises: DecodeError: ``named`` does, a time outside 1970..2106, or an impossible unit.
    """
    for sent in message.metrics:
        metric = named(sent)
        plain = plain_of((metric.name or "").rpartition("/")[2])
        if plain is None or metric.is_transient or metric.value is None:
            continue
        said = plain_value(plain, signed(metric.value, metric.datatype), metric.unit)
        if said is None:
            continue
        what, value = said
        quality = value.quality
        if metric.quality not in {None, _GOOD} and quality is Quality.GOOD:
            quality = Quality.SENSOR_FAULT
        at_ms = metric.timestamp_ms if metric.timestamp_ms is not None else message.timestamp_ms
        at_us = received_at_us if at_ms is None else instant_us(at_ms)
        yield Reading(uid, what, value.number, at_us, quality)
