"""Whatever arrives, a codec answers with readings or a DecodeError."""

import json
import math

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
     "angle", "alarmFall", "magnet_status", "battery", "distance", "position", *METRIC_BY_LABEL]
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


def check(codec: str, payload: bytes) -> None:
    try:
        readings, presences = CODECS[codec](payload, RECEIVED_AT_US, Route(codec, "gw-1", "dev-1"))
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
@given(DOCUMENTS | UPLINKS)
def test_any_json(codec: str, document: object) -> None:
    check(codec, json.dumps(document).encode())


@given(st.text(max_size=80) | st.lists(st.text(max_size=10), max_size=8).map("/".join))
def test_any_topic(topic: str) -> None:
    try:
        Topics(IngestSettings().topics).route(topic)
    except RejectedMessageError as error:
        assert error.reason == "unknown_topic"
