"""What the simulators' encoders write from the specifications, our codecs read back as it was."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reading import Metric, Quality, Reading, normalise_uid
from ingest.codecs import CODECS
from ingest.codecs.decoded import Party, Presence
from ingest.topics import Route
from simulators import encoders
from simulators.encoders import hj212
from simulators.encoders.native import Time

RECEIVED_AT_US = 1_767_574_807_000_000
EUI = "24e124136b502217"
#: 2001 to 2038, where a double still tells microseconds apart after being added to another.
MILLISECONDS = st.integers(1_000_000_000_000, 2_147_483_647_000).map(lambda ms: ms * 1_000)
MICROSECONDS = st.integers(1_000_000_000_000_000, 2_147_483_647_000_000)
_CHARACTERS = st.characters(categories=("L", "N", "P", "S"), include_characters=" ")
UIDS = st.text(_CHARACTERS, min_size=1, max_size=64).map(normalise_uid).filter(bool)
SENML_UIDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9:./_-]{0,63}", fullmatch=True).map(normalise_uid)
VALUES = st.floats(-1e14, 1e14)


def reading(
    uids: st.SearchStrategy[str], times: st.SearchStrategy[int]
) -> st.SearchStrategy[Reading]:
    def of(metric: Metric) -> st.SearchStrategy[Reading]:
        values = VALUES
        if metric is Metric.COVER_OPEN:
            values = st.sampled_from([0.0, 1.0])
        elif metric is Metric.TILT_DEG:
            values = st.floats(0, 180)
        return st.builds(Reading, uids, st.just(metric), values, times, st.just(Quality.GOOD))

    return st.sampled_from(Metric).flatmap(of)


def readings(
    uids: st.SearchStrategy[str], times: st.SearchStrategy[int]
) -> st.SearchStrategy[list[Reading]]:
    # Few devices and times, so that they repeat; one value a device, metric and time.
    return st.tuples(
        st.lists(uids, min_size=1, max_size=3), st.lists(times, min_size=1, max_size=3)
    ).flatmap(
        lambda few: st.lists(
            reading(st.sampled_from(few[0]), st.sampled_from(few[1])),
            min_size=1,
            max_size=12,
            unique_by=lambda r: (r.device_uid, r.metric, r.measured_at_us),
        )
    )


def decoded(codec: str, payload: bytes, **route: str) -> Sequence[Reading]:
    result = CODECS[codec](payload, RECEIVED_AT_US, Route(codec, **route))
    assert not result.presences
    return result.readings


@given(readings(UIDS, MICROSECONDS))
def test_native(sent: list[Reading]) -> None:
    assert list(decoded("native", encoders.native_batch(sent))) == sent
    assert list(decoded("native", encoders.native_reading(sent[0]))) == sent[:1]


@pytest.mark.parametrize("time", ["text", "tag 0", "tag 1"])
@given(sent=readings(UIDS, MICROSECONDS))
def test_native_cbor(time: Time, sent: list[Reading]) -> None:
    assert list(decoded("native-cbor", encoders.native_cbor(sent, time=time))) == sent


@given(readings(UIDS, MILLISECONDS))
def test_native_cbor_in_milliseconds(sent: list[Reading]) -> None:
    assert list(decoded("native-cbor", encoders.native_cbor(sent))) == sent


@given(readings(SENML_UIDS, MILLISECONDS))
def test_senml(sent: list[Reading]) -> None:
    assert list(decoded("senml", encoders.senml_json(sent))) == sent
    assert list(decoded("senml-cbor", encoders.senml_cbor(sent))) == sent


@given(readings(UIDS, MILLISECONDS))
def test_thingsboard_gateway(sent: list[Reading]) -> None:
    payload = encoders.thingsboard_telemetry(sent)
    topic = encoders.THINGSBOARD_TELEMETRY_TOPIC
    assert sorted(decoded("thingsboard-gateway", payload, topic=topic)) == sorted(sent)


@given(readings(st.just("trap-7"), MILLISECONDS))
def test_thingsboard_device(sent: list[Reading]) -> None:
    payload = encoders.thingsboard_device_telemetry(sent)
    topic = encoders.thingsboard_device_topic("trap-7")
    found = decoded("thingsboard-device", payload, device_uid="trap-7", topic=topic)
    assert sorted(found) == sorted(sent)


@pytest.mark.parametrize("gone", [False, True])
@given(uid=UIDS)
def test_thingsboard_presence(gone: bool, uid: str) -> None:
    topic = encoders.THINGSBOARD_DISCONNECT_TOPIC if gone else encoders.THINGSBOARD_CONNECT_TOPIC
    payload = encoders.thingsboard_presence(uid)
    result = CODECS["thingsboard-gateway"](payload, 0, Route("", topic=topic))
    assert result == ((), (Presence(Party.DEVICE, uid, not gone),))


#: What one uplink says: one time, one value a metric, with the network's own word on the radio.
UPLINKS = st.builds(
    lambda measured, rssi, snr: [
        *(r for r in measured if r.metric not in {Metric.RSSI_DBM, Metric.SNR_DB}),
        Reading(EUI, Metric.RSSI_DBM, float(rssi), measured[0].measured_at_us),
        Reading(EUI, Metric.SNR_DB, snr, measured[0].measured_at_us),
    ],
    MICROSECONDS.flatmap(
        lambda at_us: st.lists(
            reading(st.just(EUI), st.just(at_us)),
            min_size=1,
            unique_by=lambda r: r.metric,
        )
    ),
    st.integers(-140, -1),
    st.floats(-25, 15),
).filter(lambda sent: len(sent) > 2)


def said(sent: list[Reading]) -> dict[str, float]:
    return {r.metric.label: r.value for r in sent[:-2]}


@given(UPLINKS, st.integers(0, 1 << 31))
def test_chirpstack(sent: list[Reading], frame_count: int) -> None:
    payload = encoders.chirpstack_uplink(
        EUI.upper(), "own codec", "trap 7", sent[0].measured_at_us, said(sent),
        rssi_dbm=sent[-2].value, snr_db=sent[-1].value, frame_count=frame_count,
    )  # fmt: skip
    topic = encoders.uplink_topic(EUI)
    assert sorted(decoded("chirpstack", payload, topic=topic)) == sorted(sent)
    assert sorted(decoded("chirpstack", payload)) == sorted(sent)


@given(UPLINKS, st.integers(0, 1 << 31))
def test_tts(sent: list[Reading], frame_count: int) -> None:
    payload = encoders.tts_uplink(
        "trap-7", EUI, sent[0].measured_at_us, said(sent),
        rssi_dbm=sent[-2].value, snr_db=sent[-1].value, frame_count=frame_count,
    )  # fmt: skip
    topic = encoders.tts_topic("trap-7")
    assert sorted(decoded("tts", payload, topic=topic)) == sorted(sent)


@given(MICROSECONDS, st.integers(-32, 31), st.none() | st.integers(1, 254))
def test_chirpstack_status(at_us: int, margin_db: int, battery: int | None) -> None:
    battery_pct = None if battery is None else battery / 254 * 100
    payload = encoders.chirpstack_status(EUI, at_us, margin_db=margin_db, battery_pct=battery_pct)
    expected = [Reading(EUI, Metric.SNR_DB, float(margin_db), at_us)]
    if battery_pct is not None:
        expected.append(Reading(EUI, Metric.BATTERY_PCT, battery_pct, at_us))
    for topic in (encoders.uplink_topic(EUI, event="status"), ""):
        if topic or margin_db or battery_pct:
            assert list(decoded("chirpstack", payload, topic=topic)) == expected


@given(MICROSECONDS)
def test_chirpstack_join(at_us: int) -> None:
    payload = encoders.chirpstack_join(EUI, at_us)
    for topic in (encoders.uplink_topic(EUI, event="join"), ""):
        result = CODECS["chirpstack"](payload, 0, Route("chirpstack", topic=topic))
        assert result == ((), (Presence(Party.DEVICE, EUI, True),))


WHOLE_SECONDS = st.integers(1_000_000_000, 2_147_483_647).map(lambda second: second * 1_000_000)
MNS = st.from_regex(r"[0-9A-F]{24}|[A-Z]{2}[0-9_]{4,20}", fullmatch=True).map(normalise_uid)


@given(MNS, WHOLE_SECONDS, st.data())
def test_hj212(mn: str, at_us: int, data: st.DataObject) -> None:
    sent = data.draw(
        st.lists(
            reading(st.just(mn), st.just(at_us)),
            min_size=1,
            max_size=8,
            unique_by=lambda r: r.metric,
        )
    )
    assert list(decoded("hj212", hj212.realtime(mn, at_us, sent))) == sent
