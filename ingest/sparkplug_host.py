"""The host's side of Sparkplug conversations: births, sequence numbers, aliases, deaths. Pure.

Source: Sparkplug 3.0, chapters 5.4 to 5.12 and 6.4. Births and data are QoS 0, so a lost message is
only noticed by its sequence number; then aliases may mean something else, and until the edge node
has given birth again only metrics that carry their names are believed. What cannot be believed is
rejected with its bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from core.errors import DecodeError
from core.instant import SECOND_US
from ingest.codecs.decoded import Decoded
from ingest.codecs.sparkplug import (
    Kind,
    kind_of,
    presence_of,
    readings_of,
    sender_of,
    uid_of,
)
from ingest.codecs.sparkplug_payload import (
    SparkplugMetric,
    SparkplugPayload,
    parse_payload,
    rebirth_command,
)
from ingest.topics import Route

NODE_COUNT_MAX = 10_000
ALIAS_COUNT_MAX = 10_000
#: An edge node is asked for its births this often at most.
REBIRTH_INTERVAL_US = 10 * SECOND_US
_SEQ_COUNT = 256
_BD_SEQ = "bdSeq"


class _Introduced(NamedTuple):
    """What a birth said about an alias: aliases are unique within an edge node."""

    device_uid: str | None
    name: str
    datatype: int | None
    unit: str


@dataclass(slots=True)
class _Node:
    """One edge node as last born; ``is_whole``: nothing was missed since."""

    bd_seq: int | None = None
    next_seq: int = 0
    is_whole: bool = False
    is_online: bool = False
    aliases: dict[int, _Introduced] = field(default_factory=dict)
    devices: set[str] = field(default_factory=set)
    asked_at_us: int | None = None


class SparkplugHost:
    """Follows every edge node; ``decode`` is a codec, ``take_commands`` is what to publish."""

    def __init__(self) -> None:
        self._nodes: dict[str, _Node] = {}
        self._owner: dict[str, str] = {}
        self._commands: list[tuple[str, bytes]] = []

    def take_commands(self) -> list[tuple[str, bytes]]:
        """Return the (topic, payload) of rebirth requests since the last call."""
        commands, self._commands = self._commands, []
        return commands

    def distrust(self) -> None:
        """Take note that messages may have been missed without a trace: we were disconnected.

        A whole new life of an edge node may have passed, and its sequence number be the one that we
        expect.
        """
        for node in self._nodes.values():
            node.is_whole = False

    def decode(self, payload: bytes, received_at_us: int, route: Route) -> Decoded:
        """Decode one message in its conversation.

        Returns: readings and presences; neither where a death certificate is out of date.
        Raises: DecodeError: as the stateless codec; an alias that cannot be believed; a device
            that another living edge node has introduced.
        """
        kind = kind_of(route)
        message = parse_payload(payload)
        key = route.gateway_uid or ""
        if not key or len(route.topic.split("/")) < 4:
            raise DecodeError("topic: spBv1.0/group/type/edge[/device] expected")
        if kind is Kind.NBIRTH:
            self._begin(key, message)
        elif kind is Kind.NDEATH:
            return self._end(key, message, route)
        node = self._node(key)
        if kind is not Kind.NBIRTH:
            self._follow(node, message, route, received_at_us)
        if kind is Kind.DBIRTH:
            self._claim(route, key)
        if kind.is_birth:
            self._introduce(node, message.metrics, route.device_uid)
        if kind is Kind.DDEATH:
            node.devices.discard(uid_of(route))
            return Decoded((), presence_of(kind, route))

        def named(metric: SparkplugMetric) -> SparkplugMetric:
            return self._named(node, metric, route, received_at_us)

        readings = list(readings_of(message, uid_of(route), received_at_us, named))
        presences = presence_of(kind, route) if readings or kind.is_birth else ()
        # Data without a metric that we know is still a sign of life.
        return Decoded(readings, presences or (() if readings else (sender_of(kind, route),)))

    def _node(self, key: str) -> _Node:
        node = self._nodes.get(key)
        if node is None:
            if len(self._nodes) >= NODE_COUNT_MAX:
                self._forget(next(iter(self._nodes)))
            node = self._nodes[key] = _Node()
        return node

    def _forget(self, key: str) -> None:
        for uid in self._nodes.pop(key).devices:
            if self._owner.get(uid) == key:
                del self._owner[uid]

    def _begin(self, key: str, message: SparkplugPayload) -> None:
        if message.seq != 0:
            raise DecodeError(f"seq 0 expected in an NBIRTH, {message.seq} seen")
        asked_at_us = self._nodes[key].asked_at_us if key in self._nodes else None
        if key in self._nodes:
            self._forget(key)
        node = self._node(key)
        node.bd_seq = _bd_seq(message)
        node.next_seq, node.is_whole, node.is_online = 1, True, True
        node.asked_at_us = asked_at_us

    def _end(self, key: str, message: SparkplugPayload, route: Route) -> Decoded:
        """Believe a death certificate unless it belongs to an earlier birth (5.7)."""
        node = self._nodes.get(key)
        if node is not None and node.bd_seq is not None and _bd_seq(message) != node.bd_seq:
            return Decoded(())
        if node is not None:
            self._forget(key)
        return Decoded((), presence_of(Kind.NDEATH, route))

    def _follow(
        self, node: _Node, message: SparkplugPayload, route: Route, received_at_us: int
    ) -> None:
        """Check the sequence number; a gap means that something was missed (6.4.18)."""
        if message.seq is None or not 0 <= message.seq < _SEQ_COUNT:
            raise DecodeError(f"seq 0..{_SEQ_COUNT - 1} expected, {message.seq} seen")
        if message.seq != node.next_seq or not node.is_online:
            node.is_whole = False
        node.next_seq = (message.seq + 1) % _SEQ_COUNT
        if not node.is_whole:
            self._ask(node, route, received_at_us)

    def _claim(self, route: Route, key: str) -> None:
        uid = uid_of(route)
        owner = self._owner.get(uid)
        if owner is not None and owner != key and uid in self._nodes[owner].devices:
            raise DecodeError(
                f"device {uid} was introduced by edge node {owner} and is still there: device ids "
                "must be unique over all edge nodes"
            )
        self._owner[uid] = key
        self._nodes[key].devices.add(uid)

    def _introduce(
        self, node: _Node, metrics: Iterable[SparkplugMetric], device_uid: str | None
    ) -> None:
        # A new birth of a device takes its old aliases back.
        for alias in [a for a, known in node.aliases.items() if known.device_uid == device_uid]:
            del node.aliases[alias]
        for metric in metrics:
            if metric.alias is None or metric.name is None:
                continue
            if len(node.aliases) >= ALIAS_COUNT_MAX:
                raise DecodeError(f"at most {ALIAS_COUNT_MAX} aliases of an edge node expected")
            node.aliases[metric.alias] = _Introduced(
                device_uid, metric.name, metric.datatype, metric.unit
            )

    def _named(
        self, node: _Node, metric: SparkplugMetric, route: Route, received_at_us: int
    ) -> SparkplugMetric:
        if metric.name is not None:
            return metric
        known = node.aliases.get(metric.alias) if metric.alias is not None else None
        if not node.is_whole or known is None or known.device_uid != route.device_uid:
            node.is_whole = False
            self._ask(node, route, received_at_us)
            raise DecodeError(
                f"alias {metric.alias} of {uid_of(route)}: its birth was missed, or something "
                "since; the edge node is asked to give birth again"
            )
        return metric._replace(
            name=known.name,
            datatype=known.datatype if metric.datatype is None else metric.datatype,
            unit=metric.unit or known.unit,
        )

    def _ask(self, node: _Node, route: Route, received_at_us: int) -> None:
        asked = node.asked_at_us
        if asked is not None and 0 <= received_at_us - asked < REBIRTH_INTERVAL_US:
            return
        node.asked_at_us = received_at_us
        _, group, _, edge, *_ = route.topic.split("/")  # as sent: a command must be spelt alike
        self._commands.append(
            (f"spBv1.0/{group}/NCMD/{edge}", rebirth_command(received_at_us // 1_000))
        )


def _bd_seq(message: SparkplugPayload) -> int | None:
    for metric in message.metrics:
        if metric.name == _BD_SEQ and isinstance(metric.value, int):
            return int(metric.value)
    return None
