"""What a codec makes of one payload: readings, and who is there or gone."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple

from core.reading import Reading
from ingest.topics import Route


class Party(Enum):
    """Who a presence speaks of."""

    GATEWAY = "gateway"
    DEVICE = "device"


class Presence(NamedTuple):
    """A payload's word that a gateway or device is there (True) or gone (False)."""

    party: Party
    uid: str
    online: bool


class Decoded(NamedTuple):
    """At least one reading or presence; readings stand in payload order."""

    readings: Sequence[Reading]
    presences: Sequence[Presence] = ()


#: (payload, received_at_us, route) -> Decoded, or DecodeError saying what was expected and seen.
Decode = Callable[[bytes, int, Route], Decoded]
