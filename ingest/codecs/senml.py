"""SenML (RFC 8428) in JSON and CBOR to readings.

The last segment of a record's name, behind ``:`` or ``/``, is a plain name (``level_mm``,
``voltage``); what stands before it is the device. The unit is SenML's own field.
"""

from collections.abc import Iterable, Sequence

from core.errors import DecodeError
from core.reading import Metric, Reading
from ingest.codecs.decoded import Decoded
from ingest.codecs.fields import Value, device_uid
from ingest.codecs.measured import nothing_known
from ingest.codecs.plain import plain_of, plain_value
from ingest.codecs.senml_pack import Record, pack_of_cbor, pack_of_json, resolve
from ingest.topics import Route


def decode_json(payload: bytes, received_at_us: int, route: Route) -> Decoded:
    """Decode a pack in JSON (``application/senml+json``).

    Returns: one reading a record whose name is known, in the pack's order; a flow's sum is a
        volume. A record without time, or with a relative one, counts from received_at_us.
    Raises: DecodeError: a rule of RFC 8428 §4 is broken, no name is known, a known one has a unit
        that it cannot have, or a record and the topic name no device.
    """
    return _decoded(resolve(pack_of_json(payload), received_at_us), route)


def decode_cbor(payload: bytes, received_at_us: int, route: Route) -> Decoded:
    """Decode a pack in CBOR (``application/senml+cbor``); otherwise as ``decode_json``."""
    return _decoded(resolve(pack_of_cbor(payload), received_at_us), route)


def _decoded(records: Iterable[Record], route: Route) -> Decoded:
    readings: list[Reading] = []
    seen: list[str] = []
    for record in records:
        device, metric_name = _split(record.name)
        said = _said(metric_name, record)
        if not said:
            seen.append(record.name)
            continue
        uid = device_uid(device) if device else route.device_uid
        if uid is None:
            raise DecodeError(
                f"name: device:{metric_name} expected where the topic names no device, "
                f"{record.name[:80]!r} seen"
            )
        readings += (
            Reading(uid, metric, value.number, record.time_us, value.quality)
            for metric, value in said
        )
    if not readings:
        raise nothing_known("SenML names", seen)
    return Decoded(readings)


def _split(name: str) -> tuple[str, str]:
    at = max(name.rfind(":"), name.rfind("/"))
    return name[: max(at, 0)], name[at + 1 :]


def _said(name: str, record: Record) -> Sequence[tuple[Metric, Value]]:
    plain = plain_of(name)
    if plain is None:
        return ()
    value = plain_value(plain, record.value, record.unit)
    said = [] if value is None else [value]
    # A sum is the integral of the value over time: litres a second become litres (RFC 8428 §4.2).
    total = plain_value(plain, record.sum, record.unit)
    if total is not None and total[0] is Metric.FLOW_LPS:
        said.append((Metric.VOLUME_L, total[1]))
    return said
