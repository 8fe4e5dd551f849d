import pytest

from core.errors import DecodeError
from ingest.codecs.sparkplug import decode, sender_of
from ingest.codecs.sparkplug_payload import REBIRTH, TAG_COUNT_MAX, parse, rebirth_command
from ingest.topics import Route
from simulators.encoders.sparkplug import SparkplugMetric, sparkplug_payload

NOW_US = 1_767_574_800_000_000


def test_a_gateway_is_unique_over_groups() -> None:
    assert sender_of("spBv1.0/plant A/NDATA/e1").gateway_uid == "plant A/e1"
    assert (
        sender_of("spBv1.0/plant B/DDATA/24E124136B502217/d").gateway_uid
        == "plant B/24e124136b502217"
    )


@pytest.mark.parametrize(
    "topic",
    ["spBv1.0/g/NBIRTH", "spBv1.0/g/NBIRTH/e/d", "spBv1.0/g/DDATA/e", "spAv1.0/g/NDATA/e",
     "spBv1.0/g/NCMD/e", "spBv1.0/STATE/host", "spBv1.0//NDATA/e", "spBv1.0/g/NDATA/ ",
     "spBv1.0/" + "g" * 65 + "/NDATA/e", "a/b/DDATA/c/d"],
)  # fmt: skip
def test_other_topics_are_refused(topic: str) -> None:
    with pytest.raises(DecodeError, match="topic: "):
        sender_of(topic)


def test_protobuf_writes_the_rebirth_command_as_the_wire_format_asks() -> None:
    by_hand = sparkplug_payload([SparkplugMetric(REBIRTH, "Boolean", True, NOW_US)], at_us=NOW_US)
    assert rebirth_command(NOW_US // 1_000) == by_hand


def test_metrics_of_one_payload_are_bounded() -> None:
    metrics = [SparkplugMetric("x", "UInt8", 1)] * (TAG_COUNT_MAX + 1)
    with pytest.raises(DecodeError, match="at most 10000"):
        parse(sparkplug_payload(metrics))


def test_without_a_topic_a_payload_is_data_of_sparkplug() -> None:
    payload = sparkplug_payload([SparkplugMetric("level", "Int16", 600)], at_us=NOW_US)
    readings = decode(payload, 0, Route("sparkplug")).readings
    assert [(reading.device_uid, reading.value) for reading in readings] == [("sparkplug", 600.0)]


def test_controls_measure_nothing() -> None:
    metrics = [
        SparkplugMetric("Device Control/level_mm", "Int16", 600),
        SparkplugMetric("battery_pct", "Int16", 60),
    ]
    readings = decode(sparkplug_payload(metrics), NOW_US, Route("sparkplug")).readings
    assert [reading.value for reading in readings] == [60.0]


def test_unknown_fields_and_other_values_are_skipped() -> None:
    template = bytes.fromhex("92 01 02 08 01")  # field 18 of a metric
    metric = bytes.fromhex("0a 08") + b"level_mm" + bytes.fromhex("20 13") + template
    extension = bytes.fromhex("32 01 00")  # field 6 of the payload
    payload = bytes([0x12, len(metric)]) + metric + extension
    payload += sparkplug_payload([SparkplugMetric("battery_pct", "Int16", 60)])
    readings = decode(payload, NOW_US, Route("sparkplug")).readings
    assert [reading.metric.label for reading in readings] == ["battery_pct"]
