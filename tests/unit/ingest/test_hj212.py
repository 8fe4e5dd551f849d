"""HJ 212: the standard's own frames, frames seen in the wild, and what must not pass."""

import pytest

from core.errors import DecodeError
from ingest.codecs import hj212
from ingest.codecs.decoded import Party, Presence
from ingest.codecs.hj212_frame import (
    crc16,
    encode_frame,
    modbus_crc16,
    parse_frames,
    take_frame,
)
from ingest.hj212_listener import answer_to
from ingest.topics import Route

MN = "010000A8900016F000169DC0"
APPENDIX_A = (
    b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;"
    b"CP=&&RtdInterval=30&&"
)
STANDARD_2025 = (
    b"QN=20240601085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&&&"
)
LEADING_ZERO = (
    b"QN=20260115121530123;ST=91;CN=9015;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&&&"
)
FLOW = (
    b"##0140QN=20260115121530123;ST=32;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=5;"
    b"CP=&&DataTime=20260115121500;w00000-Rtd=0.42,w00000-Flag=N&&4F40\r\n"
)
FLOW_ANSWER = (
    b"##0087QN=20260115121530123;ST=91;CN=9014;PW=123456;MN=010000A8900016F000169DC0;Flag=4;"
    b"CP=&&&&CE81\r\n"
)
TEN_MINUTES = (
    b"##0188QN=20260115122000001;ST=32;CN=2051;PW=123456;MN=010000A8900016F000169DC0;Flag=5;"
    b"CP=&&DataTime=20260115121000;w00000-Cou=0.25,w00000-Min=0.00,w00000-Avg=0.42,"
    b"w00000-Max=0.80,w00000-Flag=N&&24C0\r\n"
)
#: 2026-01-15 12:15:00 in Beijing.
AT_US = 1_768_450_500_000_000


def decode(payload: bytes) -> "list[tuple[str, float, int, str]]":
    readings, _ = hj212.decode(payload, 0, Route("hj212"))
    return [(r.metric.label, r.value, r.measured_at_us, r.quality.label) for r in readings]


def framed(segment: str) -> bytes:
    return encode_frame(segment.encode())


@pytest.mark.parametrize(
    ("segment", "crc", "modbus"),
    [(APPENDIX_A, 0x1C80, 0x0759), (STANDARD_2025, 0x2200, 0xCCF4), (LEADING_ZERO, 0x0E40, None)],
)
def test_the_crc_is_that_of_appendix_a_and_not_modbus(
    segment: bytes, crc: int, modbus: int | None
) -> None:
    assert crc16(segment) == crc
    assert modbus is None or modbus_crc16(segment) == modbus
    assert encode_frame(segment).endswith(b"%04X\r\n" % crc)


def test_real_time_flow_is_at_its_data_time() -> None:
    assert decode(FLOW) == [("flow_lps", 0.42, AT_US, "good")]


def test_an_average_is_at_the_start_of_its_period() -> None:
    assert decode(TEN_MINUTES) == [("flow_lps", 0.42, AT_US - 300_000_000, "good")]


def test_the_mn_is_the_device_whatever_it_looks_like() -> None:
    segment = (
        "QN=20260115121530123;ST=32;CN=2011;PW=1;MN=NM100000_0005;Flag=9;CP=&&level_mm-Rtd=6&&"
    )
    readings, _ = hj212.decode(framed(segment), 0, Route("hj212"))
    assert readings[0].device_uid == "NM100000_0005"
    assert readings[0].measured_at_us == AT_US + 30_123_000, "without DataTime it is QN's time"


def test_factors_of_the_standard_and_of_the_local_extension() -> None:
    segment = (
        f"QN=20260115121530123;ST=32;CN=2011;PW=1;MN={MN};Flag=5;CP=&&DataTime=20260115121500;"
        "w00000-Rtd=1,w00000-Flag=D;e31201-Rtd=0.61;cover_open-Rtd=1;battery_v-Rtd=3.41,battery_v-Flag=T;"
        "w01018-Rtd=88.1,w01018-Flag=N&&"
    )
    assert [(metric, value, quality) for metric, value, _, quality in decode(framed(segment))] == [
        ("flow_lps", 1.0, "sensor_fault"),
        ("level_mm", 610.0, "good"),
        ("cover_open", 1.0, "good"),
        ("battery_v", 3.41, "bad_value"),
    ]


@pytest.mark.parametrize("command", ["9015", "1013", "2021", "9011"])
def test_a_frame_without_measurements_is_a_sign_of_life(command: str) -> None:
    segment = f"QN=20260115121530123;ST=91;CN={command};PW=1;MN={MN};Flag=4;CP=&&&&"
    decoded = hj212.decode(framed(segment), 0, Route("hj212"))
    assert decoded == ([], [Presence(Party.DEVICE, MN, True)])


def test_several_frames_are_taken_whole_or_not_at_all() -> None:
    assert len(decode(FLOW + TEN_MINUTES.removesuffix(b"\r\n"))) == 2
    with pytest.raises(DecodeError, match="CRC"):
        decode(FLOW + TEN_MINUTES.replace(b"24C0", b"24C1"))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "## and a length"),
        (b"##00x0", "## and a length"),
        (FLOW[1:], "## and a length"),
        (FLOW[:-8], "a data segment of 140 bytes"),
        (FLOW.replace(b"0.42", b"0.43"), "CRC"),
        (FLOW.replace(b"4F40", b"GGGG"), "CRC of 4 hex digits"),
        (FLOW + b"x", "CR LF|## and"),
        (FLOW.replace(b"\r\n", b"\n\n"), "CR LF"),
        (encode_frame(b"hello"), "CP=&&"),
        (encode_frame(b"QN=1;QN=2;CP=&&&&"), "each name once"),
        (encode_frame(b"QN=1;ST=32;CN=2011;PW=1;Flag=5;CP=&&&&"), "MN"),
        (framed(f"QN=1;CN=2011;MN={MN};CP=&&w00000-Rtd=1&&"), "QN: a time"),
        (framed(f"QN=1;CN=2011;MN={MN};CP=&&DataTime=2026;w00000-Rtd=1&&"), "DataTime: a time"),
        (
            framed(f"QN=1;CN=2011;MN={MN};CP=&&DataTime=20260115121500;w00000-Rtd=abc&&"),
            "w00000-Rtd: a number",
        ),
        (
            framed(f"QN=1;CN=2011;MN={MN};CP=&&DataTime=20260115121500;w01018-Rtd=1&&"),
            "w01018-Rtd",
        ),
    ],
)
def test_what_must_not_pass_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode(payload)


def test_a_modbus_crc_is_named() -> None:
    segment = FLOW[6:-6]
    with pytest.raises(DecodeError, match="Modbus"):
        decode(b"##0140" + segment + b"%04X\r\n" % modbus_crc16(segment))


def test_an_encrypted_frame_of_2025_is_refused_with_what_to_do() -> None:
    """The CRC is that of the text before encryption, so it cannot fit either."""
    segment = f"QN=20260115121530123;ST=32;CN=2011;PW=1;MN={MN};Flag=9;CP=&&{{0xE4,0x3E,0x10}}&&"
    with pytest.raises(DecodeError, match="SM4"):
        decode(b"##%04d%b1234\r\n" % (len(segment), segment.encode()))


def test_the_answer_to_the_standards_frames() -> None:
    (frame,) = parse_frames(FLOW)
    assert answer_to(frame) == FLOW_ANSWER
    (silent,) = parse_frames(encode_frame(LEADING_ZERO.replace(b"Flag=9", b"Flag=8")))
    assert answer_to(silent) is None
    (beat,) = parse_frames(encode_frame(LEADING_ZERO))
    answer = answer_to(beat)
    assert answer is not None
    assert b"CN=9013" in answer
    assert b"Flag=8" in answer


def test_frames_are_cut_off_a_stream_in_any_pieces_and_between_garbage() -> None:
    stream = b"noise#" + FLOW + b"##12x4##" + TEN_MINUTES + b"#"
    for step in (1, 2, 7, 1_000):
        buffer, found = bytearray(), []
        for start in range(0, len(stream), step):
            buffer += stream[start : start + step]
            while (frame := take_frame(buffer)) is not None:
                found.append(frame)
        assert found == [FLOW, TEN_MINUTES]
        assert len(buffer) <= 3
