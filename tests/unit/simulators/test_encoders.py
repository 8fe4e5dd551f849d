import json

import pytest

from core.reading import Metric, Reading
from simulators import encoders

AT_US = 1_767_574_800_123_000  # 2026-01-05T01:00:00.123Z
EUI = "24e124136b502217"


def test_topics() -> None:
    assert encoders.up_topic("xitang-gw01") == "trapwatch/v1/xitang-gw01/up"
    assert encoders.status_topic("xitang-gw01") == "trapwatch/v1/xitang-gw01/status"
    assert encoders.uplink_topic(EUI, "a1") == f"application/a1/device/{EUI}/event/up"


def test_status() -> None:
    assert json.loads(encoders.status(True)) == {"online": True}
    assert json.loads(encoders.status(False)) == {"online": False}


def test_native_reading_in_both_spellings_of_time() -> None:
    reading = Reading("T000123-level", Metric.LEVEL_MM, 612.5, AT_US)
    expected = {"device": "T000123-level", "metric": "level_mm", "value": 612.5}
    assert json.loads(encoders.native_reading(reading)) == {
        **expected,
        "measured_at": "2026-01-05T01:00:00.123000Z",
    }
    assert json.loads(encoders.native_reading(reading, unix_ms=True)) == {
        **expected,
        "measured_at": 1_767_574_800_123,
    }


def test_native_batch_keeps_order() -> None:
    readings = [
        Reading("T000123-level", Metric.LEVEL_MM, 612.0, AT_US),
        Reading("T000123-level", Metric.COVER_OPEN, 1.0, AT_US),
    ]
    items = json.loads(encoders.native_batch(readings, unix_ms=True))["readings"]
    assert [(item["metric"], item["value"]) for item in items] == [
        ("level_mm", 612.0),
        ("cover_open", 1.0),
    ]


def test_an_uplink_has_what_chirpstack_sends() -> None:
    payload = encoders.chirpstack_uplink(
        EUI,
        "EM310-UDL",
        "T000007",
        AT_US,
        encoders.em310_udl(1_234.4, 99.6),
        rssi_dbm=-57.0,
        snr_db=9.5,
        frame_count=7,
    )
    event = json.loads(payload)
    assert event["time"] == "2026-01-05T01:00:00.123000+00:00"
    assert event["deviceInfo"]["devEui"] == EUI
    assert event["deviceInfo"]["deviceProfileName"] == "EM310-UDL"
    assert event["deviceInfo"]["deviceName"] == "T000007"
    assert event["object"] == {"battery": 100, "distance": 1234, "position": "normal"}
    assert event["rxInfo"][0]["rssi"] == -57.0
    assert event["rxInfo"][0]["snr"] == 9.5
    assert event["fCnt"] == 7


def test_proto3_leaves_out_zeros() -> None:
    payload = encoders.chirpstack_uplink(
        EUI, "EM500-SWL", "x", AT_US, {"depth": 2}, rssi_dbm=-57.0, snr_db=0.0, frame_count=0
    )
    event = json.loads(payload)
    assert "fCnt" not in event
    assert "snr" not in event["rxInfo"][0]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (encoders.em310_udl(12.0, 50), {"battery": 50, "distance": 30, "position": "normal"}),
        (encoders.em500_swl(24.0, 100), {"battery": 100, "depth": 2}),
        (
            encoders.ldds75(2_116.0, 3.402),
            {"Bat": "3.402 V", "Distance": "2116 mm", "Interrupt_flag": 0, "Sensor_flag": 1},
        ),
        (
            encoders.ldds75(279.0, 3.4),
            {
                "Bat": "3.400 V",
                "Distance": "Invalid Reading",
                "Interrupt_flag": 0,
                "Sensor_flag": 1,
            },
        ),
        (
            encoders.dc413(
                1_688.0, cover_open=True, tilt_deg=74.0, temperature_c=22.0, frame_count=2
            ),
            {
                "level": 1688,
                "alarmLevel": False,
                "alarmFall": True,
                "alarmBattery": False,
                "angle": -74,
                "temperature": 22,
                "frameCounter": 2,
            },
        ),
    ],
)
def test_objects_are_the_vendors(made: dict[str, object], expected: dict[str, object]) -> None:
    assert made == expected
