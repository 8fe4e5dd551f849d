"""Deliveries to decoded messages: routed, decoded, never raising.

Every delivery ends as exactly one of: readings, a gateway's status, or a rejection. Device
numbers are not looked up here, so the result does not depend on the database.
"""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import RejectedMessageError
from core.reading import Reading
from ingest import topics
from ingest.codecs import CODECS
from ingest.delivery import Delivery
from ingest.store import Rejection


@dataclass(slots=True)
class DecodedMessage:
    """One delivery that decoded; exactly one of ``readings`` and ``online`` is set."""

    delivery: Delivery
    gateway_uid: str | None
    codec: str | None
    readings: Sequence[Reading] = ()
    online: bool | None = None


Message = DecodedMessage | Rejection


def decode(delivery: Delivery, payload_bytes_max: int) -> Message:
    """Decode one delivery.

    A codec that raises anything but DecodeError is our defect, not the sender's: the bytes are
    kept with reason ``internal_error`` and the traceback, and the worker goes on.
    """
    gateway_uid: str | None = None
    codec: str | None = None
    try:
        route = topics.parse(delivery.topic)
        gateway_uid, codec = route.gateway_uid, route.codec
        if len(delivery.payload) > payload_bytes_max:
            raise RejectedMessageError(
                "oversized",
                f"payload of at most {payload_bytes_max} bytes expected, "
                f"{len(delivery.payload)} seen",
            )
        if codec is None:
            online = topics.parse_status(delivery.payload)
            return DecodedMessage(delivery, gateway_uid, None, online=online)
        readings = CODECS[codec](delivery.payload, delivery.received_at_us)
        return DecodedMessage(delivery, gateway_uid, codec, readings)
    except RejectedMessageError as error:
        return Rejection(delivery, gateway_uid, codec, error.reason, error.detail)
    except Exception:  # a codec's defect must not become a crash loop by redelivery
        return Rejection(delivery, gateway_uid, codec, "internal_error", traceback.format_exc())
