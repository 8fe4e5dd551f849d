"""A gateway's own word about itself: {"online": true|false}, retained, with a Will that says false.

Specification: docs/topics-and-codecs.md.
"""

import msgspec

from core.errors import DecodeError
from ingest.codecs.decoded import Decoded, Party, Presence
from ingest.topics import Route


class _Status(msgspec.Struct):
    online: bool


_decode_json = msgspec.json.Decoder(_Status).decode


def decode(payload: bytes, _received_at_us: int, route: Route) -> Decoded:
    """Decode one status; the topic names the gateway.

    Raises: DecodeError: anything else, or a topic that names no gateway.
    """
    try:
        online = _decode_json(payload).online
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f'{{"online": true|false}} expected: {error}') from None
    if route.gateway_uid is None:
        raise DecodeError("topic: a gateway's name expected, none seen")
    return Decoded((), (Presence(Party.GATEWAY, route.gateway_uid, online),))
