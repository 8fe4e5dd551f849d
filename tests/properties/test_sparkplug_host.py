"""Whatever a network does to an edge node's messages, no value is given to another metric."""

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DecodeError
from core.instant import SECOND_US
from core.reading import Metric, Reading
from ingest.sparkplug_host import SparkplugHost
from ingest.topics import Route
from simulators.encoders.sparkplug import (
    DeviceKind,
    SparkplugMetric,
    sparkplug_device_topic,
    sparkplug_nbirth,
    sparkplug_ndeath,
    sparkplug_node_topic,
    sparkplug_payload,
)

START_US = 1_767_574_800_000_000
DEVICES = ("d0", "d1")
#: name, metric, unit, how much of the metric's own unit that is
MEASURED = (
    ("Tank/Level", Metric.LEVEL_MM, "m", 1_000.0),
    ("Tank/flow_lps", Metric.FLOW_LPS, "", 1.0),
    ("Battery", Metric.BATTERY_V, "mV", 0.001),
)


class Message(NamedTuple):
    topic: str
    payload: bytes
    truth: list[Reading]
    is_death: bool = False


class EdgeNode:
    """Speaks as Sparkplug asks; every birth of a device deals its aliases anew."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._now_us, self._value = START_US, 0
        self._seq, self._bd_seq, self._dealt = 0, 0, 0
        self._aliases: dict[str, list[int]] = {}

    def connect(self) -> None:
        if self.messages:
            self._send("", "NDEATH", sparkplug_ndeath(self._bd_seq), [], is_death=True)
            self._bd_seq = (self._bd_seq + 1) % 256
        self._aliases.clear()
        self.rebirth()

    def rebirth(self) -> None:
        """The same connection, so the same aliases."""
        self._seq = 0
        self._now_us += SECOND_US
        birth = sparkplug_nbirth([], at_us=self._now_us, bd_seq=self._bd_seq)
        self._send("", "NBIRTH", birth, [])
        for device in DEVICES:
            self._device_birth(device, is_new=device not in self._aliases)

    def renew(self, device: str) -> None:
        self._publish(device, "DDEATH", [], [])
        self._device_birth(device, is_new=True)

    def measure(self, device: str, which: set[int], *, by_alias: bool, again: bool = False) -> None:
        metrics, truth = self._sample(device, sorted(which))
        if by_alias:
            metrics = [m._replace(name="", unit="", states_datatype=False) for m in metrics]
        self._publish(device, "DDATA", metrics, truth)
        if again:
            self.messages.append(self.messages[-1])

    def _device_birth(self, device: str, *, is_new: bool) -> None:
        if is_new:
            self._dealt += 1
            shift = self._dealt % 3
            base = 10 * DEVICES.index(device)
            self._aliases[device] = [base + (n + shift) % 3 for n in range(3)]
        self._publish(device, "DBIRTH", *self._sample(device, range(3)))

    def _sample(
        self, device: str, which: Sequence[int]
    ) -> tuple[list[SparkplugMetric], list[Reading]]:
        self._now_us += SECOND_US
        metrics, truth = [], []
        for index in which:
            name, metric, unit, factor = MEASURED[index]
            self._value += 1
            alias = self._aliases[device][index]
            metrics.append(
                SparkplugMetric(name, "Int32", -self._value, self._now_us, alias, unit=unit)
            )
            truth.append(Reading(device, metric, -self._value * factor, self._now_us))
        return metrics, truth

    def _publish(
        self, device: str, kind: DeviceKind, metrics: list[SparkplugMetric], truth: list[Reading]
    ) -> None:
        self._seq = (self._seq + 1) % 256
        payload = sparkplug_payload(metrics, at_us=self._now_us, seq=self._seq)
        self._send(device, kind, payload, truth)

    def _send(
        self,
        device: str,
        kind: str,
        payload: bytes,
        truth: list[Reading],
        *,
        is_death: bool = False,
    ) -> None:
        topic = (
            sparkplug_device_topic("g", "e1", device, kind)  # type: ignore[arg-type]
            if device
            else sparkplug_node_topic("g", "e1", kind)  # type: ignore[arg-type]
        )
        self.messages.append(Message(topic, payload, truth, is_death))


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["measure", "measure", "measure", "renew", "rebirth", "connect"]),
        st.sampled_from(DEVICES),
        st.sets(st.integers(0, 2), min_size=1),
        st.booleans(),
    ),
    max_size=25,
)
#: For each message: lost, or how many messages later its copies arrive. A Will is QoS 1 and stays.
FATES = st.lists(
    st.sampled_from([(0,), (0,), (0,), (0,), (), (0, 0), (1,), (0, 1), (0, 4), (3,), (9,)]),
    min_size=120,
    max_size=120,
)


def play(node: EdgeNode, actions: list[tuple[str, str, set[int], bool]]) -> None:
    for action, device, which, by_alias in actions:
        if action == "measure":
            node.measure(device, which, by_alias=by_alias)
        elif action == "renew":
            node.renew(device)
        elif action == "rebirth":
            node.rebirth()
        else:
            node.connect()


def arrive(messages: list[Message], fates: list[tuple[int, ...]]) -> list[Message]:
    arrivals: list[tuple[float, Message]] = []
    for index, message in enumerate(messages):
        delays = (0,) if message.is_death else fates[index % len(fates)]
        arrivals += [(index + delay + (0.5 if delay else 0), message) for delay in delays]
    return [message for _, message in sorted(arrivals, key=lambda arrival: arrival[0])]


def hear(host: SparkplugHost, messages: list[Message], now_us: int) -> tuple[int, int]:
    """Check every answer against the truth; return when it ended, and how many were refused."""
    refused = 0
    for message in messages:
        now_us += SECOND_US // 10
        try:
            decoded = host.decode(message.payload, now_us, Route("sparkplug", topic=message.topic))
        except DecodeError as error:
            assert error.detail
            refused += 1
            continue
        assert list(decoded.readings) == message.truth
        assert decoded.readings or decoded.presences
    return now_us, refused


@settings(max_examples=400)
@given(ACTIONS, FATES)
def test_no_value_is_given_to_another_metric_and_a_rebirth_heals(
    actions: list[tuple[str, str, set[int], bool]], fates: list[tuple[int, ...]]
) -> None:
    host, node = SparkplugHost(), EdgeNode()
    node.connect()
    play(node, actions)
    now_us, _ = hear(host, arrive(node.messages, fates), START_US)
    heard_count = len(node.messages)
    node.rebirth()
    for device in DEVICES:
        node.measure(device, {0, 1, 2}, by_alias=True)
    _, refused = hear(host, node.messages[heard_count:], now_us)
    assert refused == 0


@given(ACTIONS)
def test_without_faults_nothing_is_refused_and_no_birth_is_asked_for(
    actions: list[tuple[str, str, set[int], bool]],
) -> None:
    host, node = SparkplugHost(), EdgeNode()
    node.connect()
    play(node, actions)
    assert hear(host, node.messages, START_US)[1] == 0
    assert host.take_commands() == []


@settings(max_examples=200)
@given(ACTIONS, st.data())
def test_damaged_payloads_are_refused_or_read_and_never_break_the_host(
    actions: list[tuple[str, str, set[int], bool]], data: st.DataObject
) -> None:
    host, node = SparkplugHost(), EdgeNode()
    node.connect()
    play(node, actions)
    for message in node.messages:
        payload = bytearray(message.payload)
        start = data.draw(st.integers(0, len(payload)))
        payload[start : start + 3] = data.draw(st.binary(max_size=4))
        try:
            decoded = host.decode(bytes(payload), START_US, Route("sparkplug", topic=message.topic))
        except DecodeError as error:
            assert error.detail
        else:
            assert decoded.readings or decoded.presences
