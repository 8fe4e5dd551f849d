"""Payload bytes to readings: one pure function a payload family, in one literal table.

The contract of every codec: ``decode(payload, received_at_us, route)`` returns a Decoded with at
least one reading or presence, or raises DecodeError saying what was expected and what was seen. A
message is taken whole or not at all, so that the bytes of a half-understood one are never lost.
"""

from ingest.codecs import (
    chirpstack,
    gateway_status,
    hj212,
    native,
    native_cbor,
    senml,
    sparkplug,
    thingsboard,
    tts,
)
from ingest.codecs.decoded import Decode

CODECS: dict[str, Decode] = {
    "native": native.decode,
    "native-cbor": native_cbor.decode,
    "senml": senml.decode_json,
    "senml-cbor": senml.decode_cbor,
    "gateway-status": gateway_status.decode,
    "chirpstack": chirpstack.decode,
    "hj212": hj212.decode,
    "thingsboard-gateway": thingsboard.decode_gateway,
    "thingsboard-device": thingsboard.decode_device,
    "sparkplug": sparkplug.decode,
    "tts": tts.decode,
}
