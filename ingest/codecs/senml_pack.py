"""SenML packs to resolved records (RFC 8428 §4), strict; JSON (§5) and CBOR (§6) labels.

Knows nothing of metrics. Versions: up to 10, and 26, which is 10 with the secondary units of
RFC 8798 (RFC 9100).
"""

import base64
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from core.errors import DecodeError
from ingest.codecs.cbor import parse_cbor
from ingest.codecs.fields import instant_us
from ingest.codecs.json_text import parse_json

RECORD_COUNT_MAX = 10_000
#: A time below this is relative to now (RFC 8428 §4.5.3); above, it is absolute Unix seconds.
RELATIVE_TIME_S_MAX = 2**28
_VERSION_MAX = 10
_VERSION_WITH_SECONDARY_UNITS = 26

#: RFC 8428 table 4.
_CBOR_LABELS: Mapping[int, str] = {
    -1: "bver", -2: "bn", -3: "bt", -4: "bu", -5: "bv", -6: "bs",
    0: "n", 1: "u", 2: "v", 3: "vs", 4: "vb", 5: "s", 6: "t", 7: "ut", 8: "vd",
}  # fmt: skip
_TEXTS = frozenset({"bn", "bu", "n", "u", "vs"})
_NUMBERS = frozenset({"bt", "bv", "bs", "v", "s", "t", "ut"})
_LABELS = frozenset(_CBOR_LABELS.values())
_VALUES = ("v", "vs", "vb", "vd")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:./_-]*", re.ASCII)

_decode_json = msgspec.json.Decoder(list[dict[str, Any]]).decode
_Fields = Mapping[str, Any]


class Record(NamedTuple):
    """One resolved record: no base fields, absolute time.

    ``value`` is None only where there is a ``sum``; ``vd`` is bytes. ``time_us`` is microseconds
    since the Unix epoch.
    """

    name: str
    unit: str
    value: float | str | bool | bytes | None
    sum: float | None
    time_us: int


def pack_of_json(payload: bytes) -> Sequence[_Fields]:
    """Return the records of a JSON pack as they are written, types not yet checked.

    Raises: DecodeError: no array of objects.
    """
    return parse_json(_decode_json, payload, "a SenML pack")


def pack_of_cbor(payload: bytes) -> Sequence[_Fields]:
    """Return the records of a CBOR pack with the labels of JSON.

    Raises: DecodeError: not strict CBOR, no array of maps, or a label that is neither text of an
        extension nor one of RFC 8428 table 4.
    """
    pack = parse_cbor(payload)
    if not isinstance(pack, list) or not all(isinstance(fields, dict) for fields in pack):
        raise DecodeError("CBOR of a SenML pack expected: an array of maps")
    return [{_label(key): value for key, value in fields.items()} for fields in pack]


def resolve(pack: Sequence[_Fields], now_us: int) -> Iterator[Record]:
    """Yield the resolved records of a pack, in its order (RFC 8428 §4.6 sorts them by time).

    ``now_us`` is what relative times count from.

    Raises: DecodeError: a rule of RFC 8428 §4 is broken; the record is named by its index.
    """
    if not 0 < len(pack) <= RECORD_COUNT_MAX:
        raise DecodeError(f"SenML: 1..{RECORD_COUNT_MAX} records expected, {len(pack)} seen")
    base: dict[str, Any] = {}
    for index, fields in enumerate(pack):
        try:
            _check(fields)
            _take_version(fields, base)
            base.update((label, fields[label]) for label in _BASES if label in fields)
            yield _resolved(fields, base, now_us)
        except DecodeError as error:
            raise DecodeError(f"SenML record {index}: {error.detail}") from None


_BASES = ("bn", "bt", "bu", "bv", "bs")


def _label(key: object) -> str:
    if isinstance(key, int) and not isinstance(key, bool) and key in _CBOR_LABELS:
        return _CBOR_LABELS[key]
    if isinstance(key, str) and key not in _LABELS:
        return key
    raise DecodeError(
        f"SenML label: an integer from -6 to 8, or text of an extension, expected, "
        f"{repr(key)[:40]} seen"
    )


def _check(fields: _Fields) -> None:
    for label, raw in fields.items():
        if label in _NUMBERS:
            is_right = isinstance(raw, (int, float, Decimal)) and not isinstance(raw, bool)
            expected = "a number"
        elif label in _TEXTS:
            is_right, expected = isinstance(raw, str), "text"
        elif label == "vb":
            is_right, expected = isinstance(raw, bool), "true or false"
        elif label == "vd":
            is_right, expected = isinstance(raw, (str, bytes)), "bytes, or base64url text in JSON"
        elif label == "bver":
            is_right = isinstance(raw, int) and not isinstance(raw, bool) and raw > 0
            expected = "a positive integer"
        else:
            is_right, expected = not label.endswith("_"), "a field that we understand"
        if not is_right:
            raise DecodeError(f"{label[:40]}: {expected} expected, {type(raw).__name__} seen")


def _take_version(fields: _Fields, base: dict[str, Any]) -> None:
    version = fields.get("bver")
    if version is None:
        return
    if version > _VERSION_MAX and version != _VERSION_WITH_SECONDARY_UNITS:
        raise DecodeError("bver: at most 10, or 26, expected; a later version seen")
    if base.setdefault("bver", version) != version:
        raise DecodeError("bver: the same in the whole pack expected, two seen")


def _resolved(fields: _Fields, base: _Fields, now_us: int) -> Record:
    name = base.get("bn", "") + fields.get("n", "")
    if not _NAME.fullmatch(name):
        raise DecodeError(
            f"name: letters, digits and - : . / _ expected, a letter or digit first, "
            f"{name[:80]!r} seen"
        )
    given = [label for label in _VALUES if label in fields]
    if len(given) > 1 or (not given and "s" not in fields):
        raise DecodeError(
            f"one of v, vs, vb, vd, or a sum, expected, {' and '.join(given) or 'none'} seen"
        )
    unit = fields.get("u", base.get("bu", ""))
    value = _value(given[0], fields[given[0]], base) if given else None
    total = _sum_of(fields, base, "s", "bs") if "s" in fields or "bs" in base else None
    return Record(name, unit, value, total, _time_us(_sum_of(fields, base, "t", "bt"), now_us))


def _value(label: str, raw: Any, base: _Fields) -> float | str | bool | bytes:
    if label == "v":
        return _sum_of({"v": raw}, base, "v", "bv")
    if label != "vd" or isinstance(raw, bytes):
        return raw  # type: ignore[no-any-return]
    try:
        if not set("+/=").isdisjoint(raw):
            raise ValueError
        return base64.b64decode(raw + "=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except ValueError:  # binascii.Error is one
        raise DecodeError("vd: base64url without padding expected") from None


def _sum_of(fields: _Fields, base: _Fields, label: str, base_label: str) -> float:
    """Return field + base field; one that is missing is zero (RFC 8428 §4.5.3, §4.5.4)."""
    try:
        total = float(fields.get(label, 0)) + float(base.get(base_label, 0))
    except OverflowError:
        total = math.inf
    if not math.isfinite(total):
        raise DecodeError(f"{label}: a finite number expected")
    return total


def _time_us(time_s: float, now_us: int) -> int:
    # The sum of bt and t decides, not each of them.
    if time_s >= RELATIVE_TIME_S_MAX:
        return instant_us(time_s * 1_000)
    return now_us if time_s == 0 else instant_us((now_us + time_s * 1_000_000) / 1_000)
