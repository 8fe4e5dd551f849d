"""Sparkplug B payloads, one by one: values, types, times, names."""

import pytest

from core.errors import DecodeError
from ingest.codecs import sparkplug
from ingest.codecs.decoded import Party, Presence
from ingest.codecs.sparkplug_payload import parse_payload, rebirth_command, signed
from ingest.topics import Route
from simulators.encoders.sparkplug import (
    BOOLEAN,
    DOUBLE,
    FLOAT,
    INT8,
    INT16,
    INT32,
    INT64,
    STRING,
    UINT32,
    Sent,
    birth,
    node_death,
    payload,
)

AT_MS = 1_767_574_800_000
RECEIVED_AT_US = 1_767_574_807_000_000
DDATA = Route("sparkplug", "plant/edge-1", "trap-7", "spBv1.0/plant/DDATA/edge-1/trap-7")
NODE = Route("sparkplug", "plant/edge-1", None, "spBv1.0/plant/NDATA/edge-1")


def decode(message: bytes, route: Route = DDATA) -> "list[tuple[str, str, float, int]]":
    readings, _ = sparkplug.decode(message, RECEIVED_AT_US, route)
    return [(r.device_uid, r.metric.label, r.value, r.measured_at_us) for r in readings]


@pytest.mark.parametrize(
    ("datatype", "value"),
    [
        (INT8, -5), (INT16, -300), (INT32, -70_000), (INT64, -(2**40)), (UINT32, 4_000_000_000),
        (FLOAT, 0.5), (DOUBLE, 612.5),
    ],
)  # fmt: skip
def test_numbers_of_every_type(datatype: int, value: float) -> None:
    message = payload([Sent(value, datatype, "trap/level_mm")], AT_MS, 3)
    assert decode(message) == [("trap-7", "level_mm", value, AT_MS * 1_000)]


def test_an_int8_may_also_come_as_one_byte() -> None:
    assert signed(0xFF, INT8) == -1
    assert signed(0xFFFFFFFF, INT8) == -1
    assert signed(0xFF, UINT32) == 255


def test_a_metrics_own_time_wins_over_the_payloads() -> None:
    message = payload([Sent(1.0, DOUBLE, "level_mm", timestamp_ms=AT_MS - 500)], AT_MS, 0)
    assert decode(message)[0][3] == (AT_MS - 500) * 1_000


def test_names_end_in_a_plain_name_and_may_state_their_unit() -> None:
    sent = [
        Sent(0.61, DOUBLE, "Kitchen 3/Level", unit="m"),
        Sent(True, BOOLEAN, "Cover"),
        Sent(88.0, DOUBLE, "battery"),
        Sent(3.4, DOUBLE, "x/y/battery", unit="V"),
    ]
    assert [(name, value) for _, name, value, _ in decode(payload(sent, AT_MS, 0))] == [
        ("level_mm", 610.0), ("cover_open", 1.0), ("battery_pct", 88.0), ("battery_v", 3.4),
    ]  # fmt: skip


def test_null_transient_and_text_say_nothing() -> None:
    sent = [
        Sent(None, DOUBLE, "level_mm"),
        Sent(1.0, DOUBLE, "flow_lps", is_transient=True),
        Sent("hello", STRING, "temperature"),
        Sent(5.0, DOUBLE, "tilt_deg"),
    ]
    assert [name for _, name, _, _ in decode(payload(sent, AT_MS, 0))] == ["tilt_deg"]


def test_births_and_deaths_say_who_is_there() -> None:
    node_birth = NODE._replace(topic="spBv1.0/plant/NBIRTH/edge-1")
    assert sparkplug.decode(birth([], AT_MS, 0, 7), RECEIVED_AT_US, node_birth) == (
        [], (Presence(Party.GATEWAY, "plant/edge-1", True),),
    )  # fmt: skip
    death = NODE._replace(topic="spBv1.0/plant/NDEATH/edge-1")
    assert sparkplug.decode(node_death(AT_MS, 7), RECEIVED_AT_US, death) == (
        (), (Presence(Party.GATEWAY, "plant/edge-1", False),),
    )  # fmt: skip
    gone = DDATA._replace(topic="spBv1.0/plant/DDEATH/edge-1/trap-7")
    assert sparkplug.decode(payload([], AT_MS, 5), RECEIVED_AT_US, gone).presences == (
        Presence(Party.DEVICE, "trap-7", False),
    )


def test_a_nodes_own_metrics_are_its_own() -> None:
    message = payload([Sent(12.5, DOUBLE, "temperature")], AT_MS, 1)
    assert decode(message, NODE)[0][0] == "edge-1"
    assert decode(message, Route("sparkplug"))[0][0] == "sparkplug", "without a topic"


@pytest.mark.parametrize(
    ("message", "route", "reason"),
    [
        (payload([Sent(1.0, DOUBLE, None, 4)], AT_MS, 1), DDATA, "alias 4"),
        (payload([Sent(1.0, DOUBLE, "pressure")], AT_MS, 1), DDATA, "pressure"),
        (payload([Sent(1.0, DOUBLE, "level", unit="psi")], AT_MS, 1), DDATA, "unit of level"),
        (payload([Sent(1.0, DOUBLE, "level_mm")], 2**63, 1), DDATA, "1970"),
        (b"\xff\xff\xff", DDATA, "Sparkplug B payload"),
        (b"", DDATA, "metrics"),
        (payload([], AT_MS, 1), NODE._replace(topic="spBv1.0/p/NCMD/e"), "NCMD"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(
    message: bytes, route: Route, reason: str
) -> None:
    with pytest.raises(DecodeError, match=reason):
        sparkplug.decode(message, RECEIVED_AT_US, route)


def test_text_that_is_not_utf8_is_refused() -> None:
    message = payload([Sent(1.0, DOUBLE, "level_mm")], AT_MS, 1).replace(b"level", b"lev\xffl")
    with pytest.raises(DecodeError, match="UTF-8"):
        decode(message)


def test_the_rebirth_command_is_what_an_edge_node_expects() -> None:
    message = parse_payload(rebirth_command(AT_MS))
    assert message.timestamp_ms == AT_MS
    assert [(m.name, m.datatype, m.value) for m in message.metrics] == [
        ("Node Control/Rebirth", BOOLEAN, True)
    ]
