"""Deliveries to decoded messages: routed, decoded, never raising.

Every delivery ends as exactly one of: what its codec says, or a rejection. Device numbers are not
looked up here, so the result does not depend on the database.
"""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import ConfigError, RejectedMessageError
from core.reading import Reading
from ingest.codecs.decoded import Decode, Presence
from ingest.delivery import Delivery, Rejection
from ingest.topics import Topics


@dataclass(slots=True)
class DecodedMessage:
    """One delivery that decoded, to at least one reading or presence."""

    delivery: Delivery
    gateway_uid: str | None
    codec: str
    readings: Sequence[Reading] = ()
    presences: Sequence[Presence] = ()


Message = DecodedMessage | Rejection


class Decoder:
    """Routes by ``topics`` and decodes with ``codecs`` (name -> function)."""

    def __init__(
        self, topics: Topics, codecs: Mapping[str, Decode], *, payload_bytes_max: int
    ) -> None:
        """Refuse topics that lead nowhere.

        Raises: ConfigError.
        """
        unknown = sorted(topics.codecs - set(codecs))
        if unknown:
            raise ConfigError(
                f"ingest.topics: codecs {', '.join(codecs)} expected, {', '.join(unknown)} seen"
            )
        self._topics = topics
        self._codecs = codecs
        self._payload_bytes_max = payload_bytes_max

    def decode(self, delivery: Delivery) -> Message:
        """Decode one delivery.

        A codec that raises anything but DecodeError is our defect, not the sender's: the bytes are
        kept with reason ``internal_error`` and the traceback, and the worker goes on.
        """
        gateway_uid: str | None = None
        codec: str | None = None
        try:
            route = self._topics.route(delivery.topic)
            codec, gateway_uid = route.codec, route.gateway_uid
            payload = delivery.payload
            if len(payload) > self._payload_bytes_max:
                raise RejectedMessageError(
                    "oversized",
                    f"payload of at most {self._payload_bytes_max} bytes expected, "
                    f"{len(payload)} seen",
                )
            readings, presences = self._codecs[codec](payload, delivery.received_at_us, route)
            return DecodedMessage(delivery, gateway_uid, codec, readings, presences)
        except RejectedMessageError as error:
            return Rejection(delivery, gateway_uid, codec, error.reason, error.detail)
        except Exception:  # a codec's defect must not become a crash loop by redelivery
            return Rejection(delivery, gateway_uid, codec, "internal_error", traceback.format_exc())
