"""What the simulator encodes from the specifications is what ingest's decoders read."""

import math

import pytest

from core.reading import Metric, Quality
from core.settings import IngestSettings
from ingest.codecs import CODECS
from ingest.topics import Topics
from simulators.county import make_county
from simulators.fleet import Fleet, Report
from simulators.messages import encode

START_US = 1_767_575_400_000_000
TOPICS = Topics(IngestSettings().topics)


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    fleet = Fleet(make_county(7, 400), 1, START_US)
    found = []
    for _ in range(300):
        fleet.step(1.0)
        found += fleet.take_reports()
    return found


def test_every_model_is_read_as_it_was_meant(reports: list[Report]) -> None:
    assert {report.device.model for report in reports} == {"TW-L1", "TW-U1", "EM310-UDL", "LDDS75"}
    for number, report in enumerate(reports):
        uplink = encode(report, number)
        route = TOPICS.route(uplink.topic)
        assert route.gateway_uid == uplink.gateway_uid
        readings, _ = CODECS[route.codec](uplink.payload, report.at_us + 1, route)
        values = {reading.metric: reading.value for reading in readings}
        assert len(values) == len(readings)
        assert {reading.device_uid for reading in readings} == {report.device.uid}
        assert {reading.measured_at_us for reading in readings} == {report.at_us}
        assert all(reading.quality is Quality.GOOD for reading in readings)
        by_level = report.device.mount_height_mm is None
        length = Metric.LEVEL_MM if by_level else Metric.DISTANCE_MM
        assert values[length] == report.length_mm
        assert values[Metric.RSSI_DBM] == report.rssi_dbm
        assert values.get(Metric.FLOW_LPS) == report.flow_lps
        cover = values.get(Metric.COVER_OPEN)
        assert (None if cover is None else bool(cover)) == report.cover_open
        if Metric.BATTERY_PCT in values:
            assert values[Metric.BATTERY_PCT] == report.battery_pct
        else:
            assert 3.0 <= values[Metric.BATTERY_V] <= 3.6


def test_a_native_unit_sends_one_message_a_report_through_its_gateway(
    reports: list[Report],
) -> None:
    report = next(r for r in reports if r.device.is_native)
    uplink = encode(report, 0)
    assert uplink.gateway_uid == report.device.gateway_uid
    assert uplink.topic == f"trapwatch/v1/{report.device.gateway_uid}/up"
    readings, _ = CODECS["native"](uplink.payload, report.at_us, TOPICS.route(uplink.topic))
    assert not any(math.isnan(reading.value) for reading in readings)
