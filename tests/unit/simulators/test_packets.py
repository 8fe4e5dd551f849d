import pytest

from simulators import packets


@pytest.mark.parametrize(
    ("count", "encoded"),
    [  # MQTT 3.1.1, table 2.4
        (0, "00"),
        (127, "7f"),
        (128, "8001"),
        (16_383, "ff7f"),
        (16_384, "808001"),
        (268_435_455, "ffffff7f"),
    ],
)
def test_remaining_length_is_the_standards(count: int, encoded: str) -> None:
    assert packets.remaining_length(count).hex() == encoded


def test_publish_is_the_standards_layout() -> None:
    packet = packets.publish(b"a/b", b"xy", 10)
    assert packet == b"\x32\x09\x00\x03a/b\x00\x0axy"
    assert packets.duplicate(packet)[0] == 0x3A
    assert packets.duplicate(packet)[1:] == packet[1:]


def test_a_long_publish_has_a_long_length() -> None:
    packet = packets.publish(b"t", b"x" * 200, 1)
    assert packet[:3] == b"\x32\xcd\x01"  # 205 = 0x4d + 1 * 128
    assert len(packet) == 3 + 205


def test_connect_keeps_its_session() -> None:
    assert packets.connect("me", 30) == b"\x10\x0e\x00\x04MQTT\x04\x00\x00\x1e\x00\x02me"


def test_split_takes_whole_packets_and_leaves_the_rest() -> None:
    received = bytearray(b"\x40\x02\x00\x07\xd0\x00\x40\x02\x00")
    assert packets.split(received) == [(packets.PUBACK, b"\x00\x07"), (0xD0, b"")]
    assert received == b"\x40\x02\x00"
    received += b"\x08"
    assert packets.split(received) == [(packets.PUBACK, b"\x00\x08")]
    assert not received


def test_split_waits_for_the_rest_of_a_length() -> None:
    received = bytearray(b"\x40\x80")
    assert packets.split(received) == []
    assert received == b"\x40\x80"


def test_split_refuses_an_endless_length() -> None:
    with pytest.raises(ValueError, match="four bytes"):
        packets.split(bytearray(b"\x40\x80\x80\x80\x80\x01"))
