"""HJ 212 frames: ``##``, length, data segment, CRC, CR LF. Pure; also for the TCP listener.

Source: HJ 212-2017 §6.3 (frame), §6.3.2 (data segment), appendix A (CRC). HJ 212-2025 keeps the
frame; its encrypted command parameters (SM4) are recognised and refused.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from core.errors import DecodeError

HEAD = b"##"
_LENGTH_DIGITS = 4
_CRC_DIGITS = 4
_TAIL = b"\r\n"
_SEGMENT = re.compile(r"(?P<head>.*?)CP=&&(?P<parameters>.*)&&", re.DOTALL)
_CRC = re.compile(rb"[0-9A-Fa-f]{4}")
#: How the 2025 edition prints ciphertext.
_CIPHERTEXT = "{0x"
FRAME_BYTES_MAX = len(HEAD) + _LENGTH_DIGITS + 9_999 + _CRC_DIGITS + len(_TAIL)


class Frame(NamedTuple):
    """One data segment: its fields before CP (QN, ST, CN, PW, MN, Flag …) and CP's inside."""

    fields: Mapping[str, str]
    parameters: str

    @property
    def flag(self) -> int:
        """The Flag byte: bit 0 acknowledgement wanted, bit 1 packet numbers, above the edition."""
        text = self.fields.get("Flag", "0")
        return int(text) if text.isdecimal() and text.isascii() and len(text) < 4 else 0


def crc16(segment: bytes) -> int:
    """Return the CRC of appendix A: like Modbus, but each byte meets the shifted register."""
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


def modbus_crc16(segment: bytes) -> int:
    """Return the CRC that some senders put there by mistake."""
    register = 0xFFFF
    for byte in segment:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


def encode_frame(segment: bytes) -> bytes:
    """Return a data segment as a whole frame."""
    return b"%b%04d%b%04X%b" % (HEAD, len(segment), segment, crc16(segment), _TAIL)


def take_frame(buffer: bytearray) -> bytes | None:
    """Cut the first whole frame off a stream's buffer, CRC unchecked; None: not there yet.

    What stands before ``##``, or follows it without being a length, is thrown away.
    """
    while True:
        start = buffer.find(HEAD)
        if start < 0:
            del buffer[: max(0, len(buffer) - 1)]  # half of a head may stand at the end
            return None
        del buffer[:start]
        if len(buffer) < len(HEAD) + _LENGTH_DIGITS:
            return None
        digits = bytes(buffer[len(HEAD) : len(HEAD) + _LENGTH_DIGITS])
        if not digits.isdigit():
            del buffer[:1]
            continue
        end = len(HEAD) + _LENGTH_DIGITS + int(digits) + _CRC_DIGITS
        if len(buffer) < end:
            return None
        frame = bytes(buffer[:end])
        del buffer[:end]
        return frame + _TAIL


def parse_frames(payload: bytes) -> Iterator[Frame]:
    """Yield the frames of a payload, one behind the other; CR LF may be missing at its end.

    Raises: DecodeError: anything else, or a CRC that does not fit.
    """
    at = 0
    while at < len(payload) or at == 0:
        head = payload[at : at + len(HEAD) + _LENGTH_DIGITS]
        digits = head[len(HEAD) :]
        if not head.startswith(HEAD) or len(digits) < _LENGTH_DIGITS or not digits.isdigit():
            raise DecodeError(f"## and a length of 4 digits expected at byte {at}, {head!r} seen")
        start = at + len(head)
        end = start + int(digits)
        segment, crc = payload[start:end], payload[end : end + _CRC_DIGITS]
        if len(segment) < int(digits) or not _CRC.fullmatch(crc):
            raise DecodeError(
                f"a data segment of {int(digits)} bytes and a CRC of 4 hex digits expected, "
                f"{len(payload) - start} bytes seen"
            )
        yield _parse_segment(segment, int(crc, 16))
        at = end + _CRC_DIGITS
        tail = payload[at : at + len(_TAIL)]
        if tail and tail != _TAIL:
            raise DecodeError(f"CR LF expected behind the CRC, {tail!r} seen")
        at += len(_TAIL)


def _parse_segment(segment: bytes, crc: int) -> Frame:
    try:
        text = segment.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DecodeError(f"a data segment in ASCII or UTF-8 expected: {error.reason}") from None
    parts = _SEGMENT.fullmatch(text)
    # The CRC of the 2025 edition is that of the text before encryption, so this comes first.
    if parts is not None and _CIPHERTEXT in parts["parameters"].casefold():
        raise DecodeError(
            "plain text expected, an encrypted CP (HJ 212-2025, SM4) seen; let the sender send "
            "plain text, or decrypt before publishing"
        )
    if crc16(segment) != crc:
        hint = ", which is Modbus's" if modbus_crc16(segment) == crc else ""
        raise DecodeError(f"CRC {crc16(segment):04X} expected, {crc:04X} seen{hint}")
    if parts is None:
        raise DecodeError("a data segment that ends with CP=&&…&& expected")
    return Frame(_pairs(parts["head"].removesuffix(";"), ";"), parts["parameters"])


def _pairs(text: str, separator: str) -> dict[str, str]:
    """Return ``a=1;b=2`` as a mapping.

    Raises: DecodeError: an item without ``=``, or a name twice.
    """
    found: dict[str, str] = {}
    for item in filter(None, text.split(separator)):
        name, is_there, value = item.partition("=")
        if not is_there or not name or name in found:
            raise DecodeError(f"name=value expected, each name once, {item[:60]!r} seen")
        found[name] = value
    return found


def parse_parameters(parameters: str) -> dict[str, str]:
    """Return what stands in CP, ``;`` between items and ``,`` between the fields of one.

    Raises: DecodeError: a field without ``=``, or a name twice.
    """
    return _pairs(parameters.replace(",", ";"), ";")
