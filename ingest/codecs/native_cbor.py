"""The native format in CBOR: the same fields and rules as its JSON.

Specification: docs/topics-and-codecs.md; RFC 8949 for the encoding and its times (tags 0 and 1).
"""

import msgspec

from core.errors import DecodeError
from ingest.codecs import native
from ingest.codecs.cbor import parse_cbor
from ingest.codecs.decoded import Decoded
from ingest.topics import Route


def decode(payload: bytes, _received_at_us: int, _route: Route) -> Decoded:
    """Decode one native message in CBOR.

    ``measured_at`` is Unix milliseconds as an integer or float, RFC 3339 text (tagged 0 or not),
    or Unix seconds tagged 1.

    Returns: 1..10,000 readings in payload order.
    Raises: DecodeError: not strict CBOR, or what the native format refuses.
    """
    try:
        message = msgspec.convert(parse_cbor(payload, times=True), native.Message)
    except msgspec.MsgspecError as error:
        raise DecodeError(f"CBOR of the native format expected: {str(error)[:300]}") from None
    return native.decoded(message)
