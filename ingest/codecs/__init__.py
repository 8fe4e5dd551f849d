"""Payload bytes to readings: one pure function a payload family, in one literal table.

The contract of every codec: ``decode(payload, received_at_us)`` returns at least one Reading, in
payload order, or raises DecodeError saying what was expected and what was seen. A message is
taken whole or not at all, so that the bytes of a half-understood one are never lost.
"""

from collections.abc import Callable

from core.reading import Reading
from ingest.codecs import chirpstack, native

Decode = Callable[[bytes, int], list[Reading]]

CODECS: dict[str, Decode] = {
    "native": native.decode,
    "chirpstack": chirpstack.decode,
}
