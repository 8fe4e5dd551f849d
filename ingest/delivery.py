"""One message as the broker delivered it, and one that is refused."""

from dataclasses import dataclass
from typing import NamedTuple


class Delivery(NamedTuple):
    """A received PUBLISH that is acknowledged only once its outcome is committed.

    ``session`` is the number of the connection it came over: an acknowledgement for another
    connection is dropped, because its packet id may by then belong to a different message.
    """

    topic: str
    payload: bytes
    packet_id: int
    qos: int
    retain: bool
    dup: bool
    received_at_us: int
    session: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """A delivery that becomes a rejected message, and why."""

    delivery: Delivery
    gateway_uid: str | None
    codec: str | None
    reason: str
    detail: str
