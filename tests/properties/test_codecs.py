"""Whatever arrives, a codec answers with readings or a DecodeError."""

import json
import math
from datetime import UTC
from pathlib import Path

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DecodeError, RejectedMessageError
from core.instant import INSTANT_MAX_US, INSTANT_MIN_US
from core.reading import METRIC_BY_LABEL, Quality
from core.settings import IngestSettings
from ingest.codecs import CODECS
from ingest.topics import Route, Topics

RECEIVED_AT_US = 1_767_574_807_000_000

WORDS = st.sampled_from(
    ["device", "metric", "value", "measured_at", "readings", "deviceInfo", "devEui", "object",
     "time", "rxInfo", "rssi", "snr", "tags", "model", "Distance", "Bat", "depth", "level",
     "angle", "alarmFall", "magnet_status", "battery", "distance", "position", "margin",
     "batteryLevel", "devAddr", "end_device_ids", "dev_eui", "uplink_message", "decoded_payload",
     "rx_metadata", "settings", "simulated", "ts", "values", "bn", "bt", "bu", "bv", "bver", "n",
     "u", "v", "vs", "vb", "vd", "s", "t", "foo_", "level_cm", "flow_rate", *METRIC_BY_LABEL]
)  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS
    | st.sampled_from(["2026-01-05T01:00:00Z", "2116 mm", "No Sensor", "Invalid Reading", "open"])
)  # fmt: skip
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=20,
)
UPLINKS = st.fixed_dictionaries(
    {
        "deviceInfo": st.fixed_dictionaries({"devEui": st.text(max_size=20)}),
        "object": st.dictionaries(WORDS, SCALARS, max_size=6),
    }
)


CBOR_SCALARS = (
    SCALARS | st.binary(max_size=20) | st.decimals() | st.datetimes(timezones=st.just(UTC))
    | st.builds(cbor2.CBORSimpleValue, st.integers(32, 255)) | st.just(cbor2.undefined)
)  # fmt: skip
CBOR_DOCUMENTS = st.recursive(
    CBOR_SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(WORDS | st.integers(-8, 12), inner, max_size=6)
        | st.builds(cbor2.CBORTag, st.sampled_from([0, 1, 2, 4, 28, 29, 35, 258, 99_999]), inner)
    ),
    max_leaves=20,
)
ROOT = Path(__file__).parents[1] / "golden" / "codecs"
VALID = sorted(
    path.parent for path in ROOT.glob("*/*/expected.json") if path.read_text().startswith("[")
)

EVENTS = st.builds(
    lambda info, event: {"deviceInfo": info, **event},
    st.fixed_dictionaries({"devEui": st.text(max_size=20)}),
    st.dictionaries(WORDS, SCALARS, max_size=4),
)
TTS_UPLINKS = st.fixed_dictionaries(
    {
        "end_device_ids": st.fixed_dictionaries({"dev_eui": st.text(max_size=20)}),
        "uplink_message": st.fixed_dictionaries(
            {"decoded_payload": st.dictionaries(WORDS, SCALARS, max_size=6)},
            optional={"received_at": SCALARS, "rx_metadata": DOCUMENTS},
        ),
    },
    optional={"simulated": st.booleans()},
)
NUMBERS = st.integers() | st.floats()
NAMES = st.sampled_from(["trap7:level", "trap7/", "battery", "flow", ":", "level_mm", "a b"])
SENML_PACKS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "bn": NAMES, "bt": NUMBERS, "bu": WORDS, "bv": NUMBERS, "bs": NUMBERS,
            "bver": st.integers(-1, 30), "n": NAMES, "u": st.sampled_from(["m", "V", "l/s", "Cel"]),
            "v": NUMBERS, "vs": st.text(max_size=8), "vb": st.booleans(),
            "vd": st.text(max_size=8), "s": NUMBERS, "t": NUMBERS,
        },
    ),
    max_size=4,
)  # fmt: skip
TELEMETRY = st.dictionaries(
    st.text(max_size=8),
    st.lists(
        st.fixed_dictionaries(
            {"ts": SCALARS, "values": st.dictionaries(WORDS, SCALARS, max_size=4) | SCALARS}
        )
        | st.dictionaries(WORDS, SCALARS, max_size=4),
        max_size=3,
    ),
    max_size=3,
)
SHAPES = {
    "chirpstack": UPLINKS | EVENTS,
    "tts": TTS_UPLINKS,
    "senml": SENML_PACKS,
    "thingsboard-gateway": TELEMETRY,
    "thingsboard-device": TELEMETRY | st.lists(st.dictionaries(WORDS, SCALARS, max_size=4)),
}


def payload_of(case: Path) -> bytes:
    as_hex = case / "payload.hex"
    return (
        bytes.fromhex(as_hex.read_text())
        if as_hex.exists()
        else (case / "payload.json").read_bytes()
    )


def check(codec: str, payload: bytes, topic: str = "") -> None:
    try:
        readings, presences = CODECS[codec](
            payload, RECEIVED_AT_US, Route(codec, "gw-1", "dev-1", topic)
        )
    except DecodeError as error:
        assert error.detail
        return
    assert readings or presences
    for reading in readings:
        assert INSTANT_MIN_US <= reading.measured_at_us <= INSTANT_MAX_US
        assert reading.device_uid
        assert "\0" not in reading.device_uid
        assert math.isfinite(reading.value) or reading.quality != Quality.GOOD


@pytest.mark.parametrize("codec", sorted(CODECS))
@given(st.binary(max_size=200))
def test_any_bytes(codec: str, payload: bytes) -> None:
    check(codec, payload)


@pytest.mark.parametrize("codec", sorted(CODECS))
@settings(max_examples=300)
@given(DOCUMENTS)
def test_any_json(codec: str, document: object) -> None:
    check(codec, json.dumps(document).encode())


@pytest.mark.parametrize("codec", sorted(SHAPES))
@settings(max_examples=300)
@given(data=st.data())
def test_any_fields_in_the_right_shape(codec: str, data: st.DataObject) -> None:
    check(codec, json.dumps(data.draw(SHAPES[codec])).encode())


@settings(max_examples=300)
@given(SENML_PACKS)
def test_any_senml_pack_in_cbor(pack: list[dict[str, object]]) -> None:
    labels = {"bver": -1, "bn": -2, "bt": -3, "bu": -4, "bv": -5, "bs": -6, "n": 0, "u": 1, "v": 2,
              "vs": 3, "vb": 4, "s": 5, "t": 6, "vd": 8}  # fmt: skip
    records = [{labels[label]: value for label, value in record.items()} for record in pack]
    check("senml-cbor", cbor2.dumps(records))


@pytest.mark.parametrize("codec", sorted(CODECS))
@settings(max_examples=300)
@given(CBOR_DOCUMENTS)
def test_any_cbor(codec: str, document: object) -> None:
    check(codec, cbor2.dumps(document))


@pytest.mark.parametrize("case", VALID, ids=lambda case: f"{case.parent.name}/{case.name}")
@settings(max_examples=25)
@given(st.data())
def test_any_damage_to_a_valid_payload(case: Path, data: st.DataObject) -> None:
    payload = bytearray(payload_of(case))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(payload)))
        end = data.draw(st.integers(start, min(len(payload), start + 8)))
        payload[start:end] = data.draw(st.binary(max_size=8))
    check(case.parent.name, bytes(payload), (case / "topic.txt").read_text().strip())


@given(st.text(max_size=80) | st.lists(st.text(max_size=10), max_size=8).map("/".join))
def test_any_topic(topic: str) -> None:
    try:
        Topics(IngestSettings().topics).route(topic)
    except RejectedMessageError as error:
        assert error.reason == "unknown_topic"
