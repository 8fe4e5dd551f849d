"""The bytes of an audit event that are hashed: RFC 8785 (JCS) of one flat object. Pure.

Texts that name people, or may (free text), do not stand in these bytes but commitments to them do:
who is shown the salt and the text can check both; who is not learns nothing, and everything else of
the event can still be verified. Numbers are integers or strings: no reader has to format a float.
"""

import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
import rfc8785

from core.instant import from_us, to_us

#: Integers beyond this lose digits in readers that know doubles only (RFC 8785 section 3.2.2.3).
_EXACT_MAX = 2**53 - 1
SYSTEM = "system"
COMMITMENT = "commitment"
#: Members of ``detail``, at any depth, that name people or may name them in free text.
PERSONAL = frozenset(
    {
        "author", "basis", "by", "checked_in_by", "checked_out_by", "comment", "confirmed_by",
        "disposer", "evidence", "handler", "hauler", "inspector", "legal_reviewer",
        "note", "person", "phone", "reason", "reviewer", "sensor_waiver", "summary",
        "technical_reviewer", "verifier",
    }
)  # fmt: skip


def canonical_event(
    *,
    at: datetime,
    actor: str,
    action: str,
    subject_kind: str,
    subject_id: str,
    detail: Mapping[str, Any],
    salt: bytes,
) -> bytes:
    """Return the canonical bytes of an event; ``at`` is cut to milliseconds, in UTC.

    ``salt`` hides what names people; it must be secret and of this event alone.
    """
    return rfc8785.dumps(
        {
            "at": format_ms(at),
            "actor": actor if actor == SYSTEM else _committed(actor, "actor", salt),
            "action": action,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "detail": _exact(_plain(detail), "detail", salt, is_personal=False),
        }
    )


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes (RFC 8785) of an object that its reader may see whole."""
    return rfc8785.dumps(_legible(_plain(value)))


def openings(actor: str, detail: Mapping[str, Any]) -> dict[str, str]:
    """Return what an event's commitments stand for, by place, e.g. ``detail.note``."""
    found = {} if actor == SYSTEM else {"actor": actor}
    return found | dict(_personal(_plain(detail), "detail", is_personal=False))


def commitment(text: str, place: str, salt: bytes) -> str:
    """Return what stands for a text: HMAC-SHA256 of place, NUL and text, keyed with the salt."""
    return hmac.digest(salt, f"{place}\0{text}".encode(), "sha256").hex()


def format_ms(at: datetime) -> str:
    """Return an instant as RFC 3339 in UTC with exactly three decimals of a second."""
    moment = from_us(to_us(at))
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _plain(detail: Mapping[str, Any]) -> Any:
    return orjson.loads(orjson.dumps(detail, option=orjson.OPT_NON_STR_KEYS))


def _committed(text: str, place: str, salt: bytes) -> dict[str, str]:
    return {COMMITMENT: commitment(text, place, salt)}


def _exact(value: Any, place: str, salt: bytes, *, is_personal: bool) -> Any:
    if isinstance(value, dict | list):
        parts = [
            (key, _exact(item, f"{place}.{key}", salt, is_personal=personal))
            for key, item, personal in _items(value, is_personal=is_personal)
        ]
        return dict(parts) if isinstance(value, dict) else [item for _, item in parts]
    if isinstance(value, str) and is_personal:
        return _committed(value, place, salt)
    # A number that is no integer stands as a string, as do integers that a double cannot hold:
    # nothing is refused here, or an act could not be recorded because of a number.
    return repr(value) if isinstance(value, float) else _legible(value)


def _legible(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _legible(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_legible(item) for item in value]
    if isinstance(value, int) and abs(value) > _EXACT_MAX:
        return str(value)
    return value


def _personal(value: Any, place: str, *, is_personal: bool) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list):
        for key, item, personal in _items(value, is_personal=is_personal):
            yield from _personal(item, f"{place}.{key}", is_personal=personal)
    elif isinstance(value, str) and is_personal:
        yield place, value


def _items(
    value: dict[str, Any] | list[Any], *, is_personal: bool
) -> Iterator[tuple[str | int, Any, bool]]:
    """Yield (key, item, whether it names people) of a container."""
    if isinstance(value, list):
        yield from ((index, item, is_personal) for index, item in enumerate(value))
    else:
        yield from ((key, item, is_personal or key in PERSONAL) for key, item in value.items())
