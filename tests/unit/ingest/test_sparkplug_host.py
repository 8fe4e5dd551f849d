"""Sparkplug conversations: what is believed, what is not, and when an edge node is asked again."""

import pytest

from core.errors import DecodeError
from ingest.codecs.decoded import Decoded, Party, Presence
from ingest.codecs.sparkplug_payload import parse_payload
from ingest.sparkplug_host import SparkplugHost
from ingest.topics import Topics
from simulators.encoders.sparkplug import DOUBLE, INT32, Sent, birth, node_death, payload, topic

AT_MS = 1_767_574_800_000
TOPICS = Topics(
    f"spBv1.0/{{group}}/{kind}=sparkplug"
    for kind in (
        "NBIRTH/{gateway}", "NDATA/{gateway}", "NDEATH/{gateway}", "DBIRTH/{gateway}/{device}",
        "DDATA/{gateway}/{device}", "DDEATH/{gateway}/{device}",
    )
)  # fmt: skip
LEVEL = Sent(612.5, DOUBLE, "trap/level_mm", 1)
BATTERY = Sent(88, INT32, "trap/battery_pct", 2)


class Edge:
    """An edge node as the host sees it; ``seq`` counts by itself."""

    def __init__(self, host: SparkplugHost, name: str = "edge-1") -> None:
        self.host = host
        self.name = name
        self.seq = -1
        self.at_ms = AT_MS

    def send(self, kind: str, message: bytes, device: str | None = None) -> Decoded:
        route = TOPICS.route(topic("plant", kind, self.name, device))
        return self.host.decode(message, self.at_ms * 1_000, route)

    def next_seq(self) -> int:
        self.seq = (self.seq + 1) % 256
        return self.seq

    def node_birth(self, bd_seq: int = 1) -> Decoded:
        self.seq = 0
        return self.send("NBIRTH", birth([], self.at_ms, 0, bd_seq))

    def device_birth(self, device: str, *metrics: Sent) -> Decoded:
        return self.send("DBIRTH", birth(metrics, self.at_ms, self.next_seq(), None), device)

    def data(self, device: str, *metrics: Sent) -> Decoded:
        return self.send("DDATA", payload(metrics, self.at_ms, self.next_seq()), device)


def by_alias(value: float, alias: int = 1) -> Sent:
    return Sent(value, DOUBLE, None, alias, tells_datatype=False)


def said(decoded: Decoded) -> "list[tuple[str, str, float]]":
    return [(r.device_uid, r.metric.label, r.value) for r in decoded.readings]


@pytest.fixture
def edge() -> Edge:
    born = Edge(SparkplugHost())
    born.node_birth()
    born.device_birth("trap-7", LEVEL, BATTERY)
    return born


def test_data_by_alias_means_what_the_birth_said(edge: Edge) -> None:
    assert said(edge.data("trap-7", by_alias(613.0))) == [("trap-7", "level_mm", 613.0)]
    in_type = Sent(-1 % 2**32, INT32, None, 2, tells_datatype=False)
    assert said(edge.data("trap-7", in_type)) == [("trap-7", "battery_pct", -1.0)]
    assert edge.host.take_commands() == []


def test_births_are_readings_and_presences() -> None:
    edge = Edge(SparkplugHost())
    assert edge.node_birth().presences == (Presence(Party.GATEWAY, "plant/edge-1", True),)
    born = edge.device_birth("trap-7", LEVEL)
    assert said(born) == [("trap-7", "level_mm", 612.5)]
    assert born.presences == (Presence(Party.DEVICE, "trap-7", True),)


def test_a_gap_asks_for_a_rebirth_and_distrusts_aliases_until_then(edge: Edge) -> None:
    edge.next_seq()  # lost on the way
    with pytest.raises(DecodeError, match="missed"):
        edge.data("trap-7", by_alias(1.0))
    ((where, what),) = edge.host.take_commands()
    assert where == "spBv1.0/plant/NCMD/edge-1"
    assert parse_payload(what).metrics[0].name == "Node Control/Rebirth"
    named = edge.data("trap-7", Sent(614.0, DOUBLE, "trap/level_mm", 1))
    assert said(named) == [("trap-7", "level_mm", 614.0)], "a name needs no birth"
    with pytest.raises(DecodeError):
        edge.data("trap-7", by_alias(1.0))
    assert edge.host.take_commands() == [], "asked a moment ago"
    edge.node_birth(2)
    edge.device_birth("trap-7", Sent(1.0, DOUBLE, "trap/flow_lps", 1))
    assert said(edge.data("trap-7", by_alias(2.0))) == [("trap-7", "flow_lps", 2.0)]


def test_after_a_disconnection_of_ours_aliases_are_not_believed(edge: Edge) -> None:
    edge.host.distrust()
    with pytest.raises(DecodeError, match="missed"):
        edge.data("trap-7", by_alias(1.0))
    assert len(edge.host.take_commands()) == 1


def test_an_edge_node_is_asked_again_after_a_while(edge: Edge) -> None:
    edge.next_seq()
    for pause_ms, asked in ((0, 1), (9_999, 0), (10_000, 1)):
        edge.at_ms = AT_MS + pause_ms
        with pytest.raises(DecodeError):
            edge.data("trap-7", by_alias(1.0))
        assert len(edge.host.take_commands()) == asked


def test_a_host_that_starts_late_asks_and_believes_names_meanwhile() -> None:
    edge = Edge(SparkplugHost())
    edge.seq = 41
    assert said(edge.data("trap-7", LEVEL)) == [("trap-7", "level_mm", 612.5)]
    assert len(edge.host.take_commands()) == 1
    with pytest.raises(DecodeError):
        edge.data("trap-7", by_alias(1.0))


def test_the_sequence_runs_over_all_devices_of_a_node_and_wraps(edge: Edge) -> None:
    edge.device_birth("trap-8", Sent(1.0, DOUBLE, "level_mm", 11))
    for number in range(600):
        device, alias = (("trap-7", 1), ("trap-8", 11))[number % 2]
        assert said(edge.data(device, by_alias(number, alias)))[0][0] == device
    assert edge.host.take_commands() == []


def test_an_alias_of_another_device_is_not_believed(edge: Edge) -> None:
    edge.device_birth("trap-8", Sent(1.0, DOUBLE, "level_mm", 11))
    with pytest.raises(DecodeError, match="alias 11"):
        edge.data("trap-7", by_alias(1.0, 11))


def test_a_death_certificate_of_an_earlier_birth_is_out_of_date(edge: Edge) -> None:
    edge.node_birth(bd_seq=5)
    assert edge.send("NDEATH", node_death(AT_MS, 4)) == ((), ())
    gone = edge.send("NDEATH", node_death(AT_MS, 5))
    assert gone.presences == (Presence(Party.GATEWAY, "plant/edge-1", False),)
    with pytest.raises(DecodeError):
        edge.data("trap-7", by_alias(1.0))
    assert len(edge.host.take_commands()) == 1


def test_a_device_that_died_is_gone_and_may_be_born_again(edge: Edge) -> None:
    died = edge.send("DDEATH", payload([], AT_MS, edge.next_seq()), "trap-7")
    assert died.presences == (Presence(Party.DEVICE, "trap-7", False),)
    assert edge.device_birth("trap-7", LEVEL).presences[0].online
    assert edge.host.take_commands() == []


def test_two_living_edge_nodes_cannot_introduce_the_same_device(edge: Edge) -> None:
    other = Edge(edge.host, "edge-2")
    other.node_birth()
    with pytest.raises(DecodeError, match="plant/edge-1"):
        other.device_birth("trap-7", LEVEL)
    edge.send("NDEATH", node_death(AT_MS, 1))
    assert other.device_birth("trap-7", LEVEL).presences[0].online, "it moved"


def test_data_without_a_metric_of_ours_is_a_sign_of_life(edge: Edge) -> None:
    decoded = edge.data("trap-7", Sent(1.0, DOUBLE, "pump/pressure"))
    assert decoded == ([], (Presence(Party.DEVICE, "trap-7", True),))


@pytest.mark.parametrize("seq", [None, 256, 2**40])
def test_a_sequence_number_that_is_none_is_refused(edge: Edge, seq: int | None) -> None:
    with pytest.raises(DecodeError, match="seq"):
        edge.send("DDATA", payload([LEVEL], AT_MS, seq), "trap-7")
    with pytest.raises(DecodeError, match="seq 0"):
        edge.send("NBIRTH", birth([], AT_MS, 3, 1))
