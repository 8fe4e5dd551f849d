"""Sparkplug payloads written from the specification by hand are read back as they were."""

from hypothesis import given
from hypothesis import strategies as st

from core.reading import Metric, Reading
from ingest.codecs.decoded import Party, Presence
from ingest.codecs.sparkplug import decode
from ingest.codecs.sparkplug_payload import number_of, parse
from ingest.topics import Route
from simulators.encoders.sparkplug import (
    SparkplugMetric,
    sparkplug_device_topic,
    sparkplug_nbirth,
    sparkplug_ndeath,
    sparkplug_node_topic,
    sparkplug_payload,
)

GROUP, EDGE, DEVICE = "Jiashan", "xitang-e1", "trap-7"
MILLISECONDS = st.integers(1_000_000_000_000, 2_147_483_647_000).map(lambda ms: ms * 1_000)
FOLDERS = st.sampled_from(["", "Tank/", "Inputs/A/", "Node Info/"])
UNITS = {Metric.LEVEL_MM: ("m", 1_000.0), Metric.BATTERY_V: ("mV", 0.001)}
INTEGERS = {
    f"{sign}{bits}": (0 if sign == "UInt" else -(1 << bits - 1),
                      (1 << bits) - 1 if sign == "UInt" else (1 << bits - 1) - 1)
    for sign in ("Int", "UInt")
    for bits in (8, 16, 32, 64)
}  # fmt: skip


def value_of(metric: Metric) -> st.SearchStrategy[float]:
    if metric is Metric.COVER_OPEN:
        return st.sampled_from([0.0, 1.0])
    return st.floats(
        0 if metric is Metric.TILT_DEG else -1e14, 180 if metric is Metric.TILT_DEG else 1e14
    )


MEASURED = st.lists(
    st.sampled_from(Metric).flatmap(
        lambda metric: st.tuples(st.just(metric), value_of(metric), MILLISECONDS)
    ),
    min_size=1,
    max_size=12,
)


@given(MEASURED, st.dictionaries(st.sampled_from(Metric), FOLDERS), st.booleans(), MILLISECONDS)
def test_readings_survive(
    measured: list[tuple[Metric, float, int]],
    folders: dict[Metric, str],
    in_payload_time: bool,
    sent_at_us: int,
) -> None:
    expected, metrics = [], []
    for index, (metric, value, at_us) in enumerate(measured):
        is_cover = metric is Metric.COVER_OPEN
        unit, factor = UNITS.get(metric, ("", 1.0))
        at = None if in_payload_time else at_us
        name = folders.get(metric, "") + metric.label
        datatype = "Boolean" if is_cover else "Double"
        metrics.append(SparkplugMetric(name, datatype, value, at, index, unit=unit))
        measured_at_us = sent_at_us if in_payload_time else at_us
        expected.append(Reading(DEVICE, metric, value * factor, measured_at_us))
    for kind in ("DBIRTH", "DDATA"):
        topic = sparkplug_device_topic(GROUP, EDGE, DEVICE, kind)
        payload = sparkplug_payload(metrics, at_us=sent_at_us, seq=7)
        assert (
            list(decode(payload, 0, Route("sparkplug", EDGE, DEVICE, topic)).readings) == expected
        )
    topic = sparkplug_node_topic(GROUP, EDGE, "NBIRTH")
    payload = sparkplug_nbirth(metrics, at_us=sent_at_us, bd_seq=3)
    found = decode(payload, 0, Route("sparkplug", EDGE, None, topic)).readings
    assert list(found) == [reading._replace(device_uid=EDGE) for reading in expected]


@given(
    st.sampled_from(sorted(INTEGERS)).flatmap(
        lambda datatype: st.tuples(st.just(datatype), st.integers(*INTEGERS[datatype]))
    )
)
def test_integers_of_every_width_survive(said: tuple[str, int]) -> None:
    payload = sparkplug_payload([SparkplugMetric("x", *said)])
    assert number_of(parse(payload).tags[0]) == said[1]


@given(st.integers(0, 255), MILLISECONDS)
def test_births_and_deaths_say_who_is_there(bd_seq: int, at_us: int) -> None:
    gateway, uid = f"{GROUP}/{EDGE}", DEVICE
    said = [
        (sparkplug_node_topic(GROUP, EDGE, "NBIRTH"),
         sparkplug_nbirth([], at_us=at_us, bd_seq=bd_seq), Presence(Party.GATEWAY, gateway, True)),
        (sparkplug_node_topic(GROUP, EDGE, "NDEATH"),
         sparkplug_ndeath(bd_seq), Presence(Party.GATEWAY, gateway, False)),
        (sparkplug_device_topic(GROUP, EDGE, DEVICE, "DBIRTH"),
         sparkplug_payload([], at_us=at_us, seq=1), Presence(Party.DEVICE, uid, True)),
        (sparkplug_device_topic(GROUP, EDGE, DEVICE, "DDEATH"),
         sparkplug_payload([], at_us=at_us, seq=2), Presence(Party.DEVICE, uid, False)),
    ]  # fmt: skip
    for topic, payload, presence in said:
        assert decode(payload, 0, Route("sparkplug", topic=topic)) == ([], (presence,))
