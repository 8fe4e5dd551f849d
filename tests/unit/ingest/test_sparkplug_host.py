import pytest

from core.errors import DecodeError
from core.instant import SECOND_US
from ingest import sparkplug_session
from ingest.codecs.decoded import Decoded, Party, Presence
from ingest.codecs.sparkplug_payload import REBIRTH, parse
from ingest.sparkplug_host import SparkplugHost
from ingest.sparkplug_session import DECLARED_COUNT_MAX, TRANSITIONS, Event, Status
from ingest.topics import Route
from simulators.encoders.sparkplug import (
    DeviceKind,
    NodeKind,
    SparkplugMetric,
    sparkplug_device_topic,
    sparkplug_nbirth,
    sparkplug_ndeath,
    sparkplug_node_topic,
    sparkplug_payload,
)

START_US = 1_767_574_800_000_000
LEVEL = SparkplugMetric("Tank/Level", "Float", 0.5, alias=1, unit="m")
BATTERY = SparkplugMetric("Battery", "Int8", 90, alias=2)
AMPS = SparkplugMetric("Pump/Amps", "Float", 1.5, alias=3)


class Edge:
    """An edge node of the group g with a level sensor behind it; a second a message."""

    def __init__(self, host: SparkplugHost, name: str = "e1", group: str = "g") -> None:
        self.host, self.name, self.group = host, name, group
        self.seq, self.now_us = 0, START_US

    def node(self, kind: NodeKind, payload: bytes) -> Decoded:
        return self.send(sparkplug_node_topic(self.group, self.name, kind), payload)

    def device(
        self, kind: DeviceKind, metrics: list[SparkplugMetric], device: str = "d1"
    ) -> Decoded:
        self.seq = (self.seq + 1) % 256
        payload = sparkplug_payload(metrics, at_us=self.now_us, seq=self.seq)
        return self.send(sparkplug_device_topic(self.group, self.name, device, kind), payload)

    def send(self, topic: str, payload: bytes) -> Decoded:
        self.now_us += SECOND_US
        return self.host.decode(payload, self.now_us, Route("sparkplug", topic=topic))

    def birth(self, metrics: list[SparkplugMetric] | None = None, bd_seq: int = 0) -> Decoded:
        self.seq = 0
        payload = sparkplug_nbirth(metrics or [], at_us=self.now_us, bd_seq=bd_seq)
        return self.node("NBIRTH", payload)

    def births(self, bd_seq: int = 0) -> None:
        self.birth(bd_seq=bd_seq)
        self.device("DBIRTH", [LEVEL, BATTERY, AMPS])


def by_alias(metric: SparkplugMetric, value: float) -> SparkplugMetric:
    return metric._replace(name="", value=value, unit="", states_datatype=False)


def values(decoded: Decoded) -> list[tuple[str, str, float]]:
    return [(r.device_uid, r.metric.label, r.value) for r in decoded.readings]


@pytest.fixture
def edge() -> Edge:
    return Edge(SparkplugHost())


def test_an_alias_is_what_its_birth_said_with_unit_and_datatype(edge: Edge) -> None:
    edge.births()
    found = edge.device("DDATA", [by_alias(LEVEL, 0.75), by_alias(BATTERY, -5)])
    assert values(found) == [("d1", "level_mm", 750.0), ("d1", "battery_pct", -5.0)]
    by_name = LEVEL._replace(unit="", value=0.25)
    assert values(edge.device("DDATA", [by_name])) == [("d1", "level_mm", 250.0)]
    assert edge.host.take_commands() == []


def test_data_without_a_metric_of_ours_says_that_the_device_is_there(edge: Edge) -> None:
    edge.births()
    found = edge.device("DDATA", [by_alias(AMPS, 2.0)])
    assert found == ([], (Presence(Party.DEVICE, "d1", True),))


def test_an_edge_node_measures_under_its_own_name(edge: Edge) -> None:
    found = edge.birth([BATTERY])
    assert values(found) == [("e1", "battery_pct", 90.0)]
    assert found.presences == (Presence(Party.GATEWAY, "g/e1", True),)
    payload = sparkplug_payload([by_alias(BATTERY, 80)], at_us=edge.now_us, seq=1)
    assert values(edge.node("NDATA", payload)) == [("e1", "battery_pct", 80.0)]


def test_after_a_gap_no_alias_is_trusted_until_the_rebirth(edge: Edge) -> None:
    edge.births()
    edge.seq += 1
    with pytest.raises(DecodeError, match=r"alias 1: .* missing or out of order"):
        edge.device("DDATA", [by_alias(LEVEL, 0.75)])
    (command,) = edge.host.take_commands()
    assert command[0] == "spBv1.0/g/NCMD/e1"
    tag = parse(command[1]).tags[0]
    assert (tag.name, tag.field, tag.raw) == (REBIRTH, "boolean_value", True)
    edge.births()
    assert values(edge.device("DDATA", [by_alias(LEVEL, 0.75)])) == [("d1", "level_mm", 750.0)]
    assert edge.host.take_commands() == []


def test_without_a_trusted_birth_a_name_is_good_with_its_unit_only(edge: Edge) -> None:
    level_mm = SparkplugMetric("level_mm", "Float", 600.0)
    cover = SparkplugMetric("cover", "Boolean", True)
    found = edge.device("DDATA", [LEVEL._replace(value=0.75), cover])
    assert values(found) == [("d1", "level_mm", 750.0), ("d1", "cover_open", 1.0)]
    assert values(edge.device("DDATA", [level_mm])) == [("d1", "level_mm", 600.0)]
    with pytest.raises(DecodeError, match="the unit; its NBIRTH has not been seen"):
        edge.device("DDATA", [level_mm, LEVEL._replace(unit="")])
    assert len(edge.host.take_commands()) == 1


def test_rebirths_are_asked_for_less_and_less_often(edge: Edge) -> None:
    asked_s = []
    for second in range(400):
        edge.device("DDATA", [SparkplugMetric("level_mm", "Float", 600.0)])
        if edge.host.take_commands():
            asked_s.append(second)
    assert asked_s == [0, 10, 30, 70, 150, 310]


def test_a_repeated_message_is_read_again_and_asks_for_nothing(edge: Edge) -> None:
    edge.births()
    payload = sparkplug_payload([by_alias(LEVEL, 0.75)], at_us=edge.now_us, seq=2)
    topic = sparkplug_device_topic("g", "e1", "d1", "DDATA")
    assert edge.send(topic, payload) == edge.send(topic, payload)
    edge.seq = 2
    edge.device("DDATA", [by_alias(LEVEL, 0.5)])
    assert edge.host.take_commands() == []


def test_seq_wraps(edge: Edge) -> None:
    edge.births()
    for _ in range(600):
        edge.device("DDATA", [by_alias(LEVEL, 0.75)])
    assert edge.host.take_commands() == []


def test_an_unknown_alias_takes_the_trust_from_its_device_only(edge: Edge) -> None:
    edge.births()
    edge.device("DBIRTH", [LEVEL._replace(alias=11)], device="d2")
    with pytest.raises(DecodeError, match="alias 99"):
        edge.device("DDATA", [by_alias(LEVEL._replace(alias=99), 0.5)])
    assert len(edge.host.take_commands()) == 1
    with pytest.raises(DecodeError, match="its birth has not been seen"):
        edge.device("DDATA", [by_alias(LEVEL, 0.5)])
    found = edge.device("DDATA", [by_alias(LEVEL._replace(alias=11), 0.5)], device="d2")
    assert values(found) == [("d2", "level_mm", 500.0)]


def test_a_death_counts_for_its_own_connection_only(edge: Edge) -> None:
    edge.births(bd_seq=7)
    with pytest.raises(DecodeError, match="bdSeq 7 of the last NBIRTH expected, 6 seen"):
        edge.node("NDEATH", sparkplug_ndeath(6))
    assert values(edge.device("DDATA", [by_alias(LEVEL, 0.5)]))
    found = edge.node("NDEATH", sparkplug_ndeath(7))
    assert found == ([], (Presence(Party.GATEWAY, "g/e1", False),))
    with pytest.raises(DecodeError, match="dead"):
        edge.device("DDATA", [by_alias(LEVEL, 0.5)])
    assert len(edge.host.take_commands()) == 1


def test_a_death_before_any_birth_is_believed(edge: Edge) -> None:
    found = edge.node("NDEATH", sparkplug_ndeath(7))
    assert found.presences == (Presence(Party.GATEWAY, "g/e1", False),)


def test_a_late_copy_of_a_birth_does_not_bring_its_aliases_back(edge: Edge) -> None:
    old = sparkplug_nbirth([BATTERY], at_us=edge.now_us, bd_seq=0)
    edge.node("NBIRTH", old)
    edge.birth([BATTERY._replace(alias=5), LEVEL._replace(alias=2)], bd_seq=1)
    with pytest.raises(DecodeError, match="late copy"):
        edge.node("NBIRTH", old)
    assert len(edge.host.take_commands()) == 1
    payload = sparkplug_payload([by_alias(BATTERY, 80)], at_us=edge.now_us, seq=1)
    with pytest.raises(DecodeError, match="alias 2"):
        edge.node("NDATA", payload)


def test_a_node_whose_clock_was_set_back_is_born_after_a_minute(edge: Edge) -> None:
    edge.birth()
    set_back = sparkplug_nbirth([], at_us=START_US - 3_600 * SECOND_US, bd_seq=1)
    with pytest.raises(DecodeError, match="late copy"):
        edge.node("NBIRTH", set_back)
    edge.now_us += sparkplug_session.STALE_BIRTH_US
    assert edge.node("NBIRTH", set_back).presences == (Presence(Party.GATEWAY, "g/e1", True),)


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        (sparkplug_nbirth([], at_us=START_US, bd_seq=0, seq=3), "seq 0 expected, 3 seen"),
        (sparkplug_payload([], at_us=START_US, seq=0), "bdSeq: expected"),
    ],
)
def test_a_bad_birth_ends_the_session(edge: Edge, payload: bytes, detail: str) -> None:
    edge.births()
    edge.now_us += sparkplug_session.STALE_BIRTH_US
    with pytest.raises(DecodeError, match=detail):
        edge.node("NBIRTH", payload)
    with pytest.raises(DecodeError, match="NBIRTH has not been seen"):
        edge.device("DDATA", [by_alias(LEVEL, 0.5)])
    assert len(edge.host.take_commands()) == 1


@pytest.mark.parametrize(
    ("metrics", "detail"),
    [
        ([LEVEL, BATTERY._replace(alias=1)], "one metric for alias 1"),
        ([LEVEL._replace(name="")], "a name for alias 1"),
        ([LEVEL._replace(unit="%")], "unit of Level"),
    ],
)
def test_a_refused_device_is_not_asked_for_again(
    edge: Edge, metrics: list[SparkplugMetric], detail: str
) -> None:
    edge.birth()
    with pytest.raises(DecodeError, match=detail):
        edge.device("DBIRTH", metrics)
    with pytest.raises(DecodeError, match=f"it was refused: .*{detail}"):
        edge.device("DDATA", [by_alias(LEVEL, 0.5)])
    edge.device("DBIRTH", [LEVEL], device="d2")
    assert values(edge.device("DDATA", [by_alias(LEVEL, 0.5)], device="d2"))
    assert edge.host.take_commands() == []


def test_a_device_that_died_is_gone_until_it_is_born_again(edge: Edge) -> None:
    edge.births()
    found = edge.device("DDEATH", [])
    assert found == ([], (Presence(Party.DEVICE, "d1", False),))
    with pytest.raises(DecodeError, match="its birth has not been seen"):
        edge.device("DDATA", [by_alias(LEVEL, 0.5)])
    assert edge.device("DBIRTH", [LEVEL]).presences == (Presence(Party.DEVICE, "d1", True),)


def test_one_device_behind_two_edge_nodes_is_a_conflict_until_one_lets_go() -> None:
    host = SparkplugHost()
    first, second = Edge(host, "e1"), Edge(host, "e2")
    first.births()
    second.birth()
    for send in (
        lambda: second.device("DBIRTH", [LEVEL]),
        lambda: second.device("DDATA", [by_alias(LEVEL, 0.5)]),
        lambda: second.device("DDATA", [SparkplugMetric("level_mm", "Float", 600.0)]),
        lambda: second.device("DDEATH", []),
    ):
        with pytest.raises(DecodeError, match=r"device_conflict: d1 .* g/e1 and g/e2"):
            send()
    assert host.take_commands() == []
    assert values(first.device("DDATA", [by_alias(LEVEL, 0.5)]))
    first.node("NDEATH", sparkplug_ndeath(0))
    assert values(second.device("DBIRTH", [LEVEL])) == [("d1", "level_mm", 500.0)]


def test_edge_nodes_of_the_same_name_are_told_apart_by_their_group() -> None:
    host = SparkplugHost()
    first, second = Edge(host, group="a"), Edge(host, group="b")
    assert first.birth().presences == (Presence(Party.GATEWAY, "a/e1", True),)
    assert second.birth().presences == (Presence(Party.GATEWAY, "b/e1", True),)
    first.birth([BATTERY])
    with pytest.raises(DecodeError, match="device_conflict: e1"):
        second.birth([BATTERY])


def test_a_name_of_the_birth_stays_the_source_of_its_metric(edge: Edge) -> None:
    own = SparkplugMetric("Tank/level_mm", "Float", 600.0, alias=4)
    edge.birth()
    edge.device("DBIRTH", [LEVEL, own])
    found = edge.device("DDATA", [by_alias(LEVEL, 0.5), by_alias(own, 700.0)])
    assert values(found) == [("d1", "level_mm", 700.0)]
    only_other = edge.device("DDATA", [by_alias(LEVEL, 0.5)])
    assert only_other == ([], (Presence(Party.DEVICE, "d1", True),))


def test_what_one_edge_node_declares_is_bounded(edge: Edge) -> None:
    edge.birth()
    many = [SparkplugMetric(f"x{n}", "Int8", 1, alias=n) for n in range(DECLARED_COUNT_MAX - 10)]
    edge.device("DBIRTH", many)
    with pytest.raises(DecodeError, match=f"at most {DECLARED_COUNT_MAX}"):
        edge.device("DBIRTH", many, device="d2")
    edge.device("DBIRTH", [LEVEL], device="d3")
    assert values(edge.device("DDATA", [by_alias(LEVEL, 0.5)], device="d3"))


def test_the_edge_node_that_was_silent_longest_is_forgotten() -> None:
    host = SparkplugHost(node_count_max=2)
    edges = [Edge(host, f"e{n}") for n in range(3)]
    edges[0].births()
    edges[1].birth()
    edges[0].device("DDATA", [by_alias(LEVEL, 0.5)])
    edges[2].birth()
    assert values(edges[0].device("DDATA", [by_alias(LEVEL, 0.5)]))
    edges[1].birth()
    assert values(edges[1].device("DBIRTH", [LEVEL], device="d9"))
    edges[2].birth()  # forgets the first, and with it who has d1
    assert values(edges[2].device("DBIRTH", [LEVEL], device="d1"))


def test_data_of_an_earlier_connection_is_not_read_with_the_new_aliases(edge: Edge) -> None:
    edge.birth([BATTERY])
    delayed = sparkplug_payload([by_alias(BATTERY, 80)], at_us=edge.now_us, seq=1)
    edge.now_us += SECOND_US
    edge.birth([LEVEL._replace(alias=BATTERY.alias)], bd_seq=1)
    with pytest.raises(DecodeError, match="out of order"):
        edge.node("NDATA", delayed)


def test_a_historical_flush_may_be_older_than_the_birth(edge: Edge) -> None:
    edge.births()
    old_us = START_US - 3_600 * SECOND_US
    late = by_alias(LEVEL, 0.5)._replace(is_historical=True, at_us=old_us)
    payload = sparkplug_payload([late], at_us=old_us, seq=2)
    found = edge.send(sparkplug_device_topic("g", "e1", "d1", "DDATA"), payload)
    assert [reading.measured_at_us for reading in found.readings] == [old_us]


def test_every_status_knows_every_event_that_can_meet_it() -> None:
    cannot = {(status, Event.IN_ORDER) for status in Status if status is not Status.LIVE}
    cannot.add((Status.UNBORN, Event.STALE_BIRTH))
    assert set(TRANSITIONS) == {(s, e) for s in Status for e in Event} - cannot


def test_after_a_disconnection_of_ours_no_alias_is_trusted(edge: Edge) -> None:
    """A whole life of the edge node may have passed, and its sequence number be the expected."""
    edge.births()
    edge.host.distrust()
    with pytest.raises(DecodeError, match="missing or out of order"):
        edge.device("DDATA", [by_alias(LEVEL, 0.75)])
    assert len(edge.host.take_commands()) == 1
    edge.births()
    assert values(edge.device("DDATA", [by_alias(LEVEL, 0.75)])) == [("d1", "level_mm", 750.0)]


def test_a_disconnection_before_any_birth_changes_nothing(edge: Edge) -> None:
    edge.host.distrust()
    edge.births()
    edge.host.distrust()
    edge.host.distrust()
    edge.births()
    assert values(edge.device("DDATA", [by_alias(LEVEL, 0.75)])) == [("d1", "level_mm", 750.0)]
