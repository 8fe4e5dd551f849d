import json
from struct import pack

import pytest

from core.reading import Metric, Reading
from simulators import encoders
from simulators.encoders.native import Time

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


READINGS = [
    Reading("trap7", Metric.LEVEL_MM, 612.5, AT_US),
    Reading("trap7", Metric.COVER_OPEN, 1.0, AT_US),
    Reading("trap8", Metric.BATTERY_V, 3.5, AT_US - 2_500_000),
]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("ms", "1b" + pack(">Q", AT_US // 1_000).hex()),
        ("text", "781b323032362d30312d30355430313a30303a30302e3132333030305a"),
        ("tag 0", "c0781b323032362d30312d30355430313a30303a30302e3132333030305a"),
        ("tag 1", "c1fb" + pack(">d", AT_US / 1e6).hex()),
    ],
)
def test_native_cbor_writes_times_in_four_ways(time: Time, expected: str) -> None:
    payload = encoders.native_cbor(READINGS[:1], time=time)
    head = "a168" + b"readings".hex() + "81a466" + b"device".hex() + "65" + b"trap7".hex()
    assert payload.hex().startswith(head)
    assert payload.hex().endswith("6b" + b"measured_at".hex() + expected)


def test_a_senml_pack_has_base_name_and_base_time() -> None:
    assert encoders.senml_topic("gw") == "trapwatch/v1/gw/up/senml"
    assert encoders.senml_topic("gw", cbor=True) == "trapwatch/v1/gw/up/senml-cbor"
    assert json.loads(encoders.senml_json(READINGS)) == [
        {"bt": 1767574800.123, "bn": "trap7:", "n": "level_mm", "u": "mm", "v": 612.5},
        {"n": "cover_open", "vb": True},
        {"bn": "trap8:", "n": "battery_v", "t": -2.5, "u": "V", "v": 3.5},
    ]


def test_a_senml_pack_in_cbor_has_integer_labels() -> None:
    # RFC 8428 table 4: bt -3 (22), bn -2 (21), n 0, u 1, v 2; three records, the first of five.
    payload = encoders.senml_cbor(READINGS).hex()
    assert payload.startswith(
        "83a522fb" + pack(">d", AT_US / 1e6).hex() + "2166" + b"trap7:".hex() + "00"
    )


def test_thingsboard_messages() -> None:
    ms = AT_US // 1_000
    assert json.loads(encoders.thingsboard_telemetry(READINGS)) == {
        "trap7": [{"ts": ms, "values": {"level_mm": 612.5, "cover_open": True}}],
        "trap8": [{"ts": ms - 2_500, "values": {"battery_v": 3.5}}],
    }
    one = {"ts": ms, "values": {"level_mm": 612.5, "cover_open": True}}
    assert json.loads(encoders.thingsboard_device_telemetry(READINGS[:2])) == one
    assert encoders.thingsboard_device_topic("trap7") == "v1/devices/trap7/telemetry"
    assert json.loads(encoders.thingsboard_presence("trap7")) == {
        "device": "trap7",
        "type": "default",
    }


def test_a_status_event_leaves_out_zeros() -> None:
    assert encoders.uplink_topic(EUI, "a1", "status").endswith("/event/status")
    powered = json.loads(encoders.chirpstack_status(EUI, AT_US, margin_db=0, battery_pct=None))
    assert powered["externalPowerSource"] is True
    assert not {"margin", "batteryLevel"} & powered.keys()
    battery = json.loads(encoders.chirpstack_status(EUI, AT_US, margin_db=8, battery_pct=87.4))
    assert (battery["margin"], battery["batteryLevel"]) == (8, 87.4)
    assert "externalPowerSource" not in battery


def test_a_join_event_names_device_and_address() -> None:
    event = json.loads(encoders.chirpstack_join(EUI, AT_US))
    assert (event["deviceInfo"]["devEui"], event["devAddr"]) == (EUI, "00189440")


def test_an_uplink_of_the_things_stack() -> None:
    assert encoders.tts_topic("trap-7") == "v3/traps@jiashan/devices/trap-7/up"
    made = json.loads(
        encoders.tts_uplink(
            "trap-7", EUI, AT_US, encoders.em500_swl(612.0, 100), rssi_dbm=-57.0, snr_db=0.0,
            frame_count=0, model_id="em500-swl",
        )
    )  # fmt: skip
    uplink = made["uplink_message"]
    assert made["end_device_ids"]["dev_eui"] == EUI.upper()
    assert uplink["settings"]["time"] == "2026-01-05T01:00:00.123000Z"
    assert uplink["decoded_payload"] == {"battery": 100, "depth": 61}
    assert uplink["version_ids"]["model_id"] == "em500-swl"
    assert "f_cnt" not in uplink
    assert "snr" not in uplink["rx_metadata"][0]
    assert made["received_at"] > uplink["received_at"] > uplink["settings"]["time"]
