"""The five MQTT 3.1.1 packets a QoS 1 publisher needs, as bytes. Pure.

Source: OASIS MQTT 3.1.1, sections 2.2 (fixed header), 3.1 CONNECT, 3.3 PUBLISH, 3.4 PUBACK.
"""

PINGREQ = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"
CONNACK = 0x20
PUBACK = 0x40
UNAVAILABLE = 0x03
PACKET_ID_MAX = 65_535

_PUBLISH_QOS1 = 0x32
_DUP = 0x08
_USERNAME, _PASSWORD = 0x80, 0x40
_SHORT_LENGTH_MAX = 127


def remaining_length(count: int) -> bytes:
    """Return a length as MQTT's variable byte integer (1..4 bytes, 0..268,435,455)."""
    encoded = bytearray()
    while True:
        count, low = divmod(count, 128)
        encoded.append(low | (0x80 if count else 0))
        if not count:
            return bytes(encoded)


def connect(
    client_id: str, keepalive_s: int, username: str | None = None, password: str | None = None
) -> bytes:
    """Return a CONNECT that keeps its session (clean_session off)."""
    flags = (_USERNAME if username is not None else 0) | (_PASSWORD if password is not None else 0)
    body = b"\x00\x04MQTT\x04" + bytes((flags,)) + keepalive_s.to_bytes(2, "big")
    for text in (client_id, username, password):
        if text is not None:
            encoded = text.encode()
            body += len(encoded).to_bytes(2, "big") + encoded
    return b"\x10" + remaining_length(len(body)) + body


def publish(topic: bytes, payload: bytes, packet_id: int) -> bytes:
    """Return a PUBLISH with QoS 1, not retained, sent for the first time."""
    length = 4 + len(topic) + len(payload)
    if length <= _SHORT_LENGTH_MAX:
        head = bytes((_PUBLISH_QOS1, length))
    else:
        head = b"\x32" + remaining_length(length)
    return b"".join(
        (head, len(topic).to_bytes(2, "big"), topic, packet_id.to_bytes(2, "big"), payload)
    )


def duplicate(packet: bytes) -> bytes:
    """Return a PUBLISH marked as sent again."""
    return bytes((packet[0] | _DUP,)) + packet[1:]


def split(received: bytearray) -> list[tuple[int, bytes]]:
    """Take the whole packets off the front of ``received``.

    Returns: (packet type without flags, body) in order; an incomplete packet stays.
    Raises: ValueError: a length of more than four bytes.
    """
    packets: list[tuple[int, bytes]] = []
    at = 0
    while at + 2 <= len(received):
        length, shift, body_at = 0, 0, at + 1
        while True:
            if body_at >= len(received):
                del received[:at]
                return packets
            byte = received[body_at]
            body_at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
            if shift > 21:
                raise ValueError("remaining length of more than four bytes")
        if body_at + length > len(received):
            break
        packets.append((received[at] & 0xF0, bytes(received[body_at : body_at + length])))
        at = body_at + length
    del received[:at]
    return packets
