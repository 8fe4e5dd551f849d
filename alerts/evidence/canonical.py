"""The bytes of an audit event that are hashed: RFC 8785 (JCS) of one flat object. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import rfc8785

from core.instant import from_us, to_us

#: Integers beyond this lose digits in readers that know doubles only (RFC 8785 section 3.2.2.3).
_EXACT_MAX = 2**53 - 1


def canonical_event(
    *,
    at: datetime,
    actor: str,
    action: str,
    subject_kind: str,
    subject_id: str,
    detail: Mapping[str, Any],
) -> bytes:
    """Return the canonical bytes of an event; ``at`` is cut to milliseconds, in UTC.

    Integers that a double cannot hold, NaN and infinities stand as strings: nothing is refused
    here, or an act could not be recorded because of a number.
    """
    return canonical_json(
        {
            "at": format_ms(at),
            "actor": actor,
            "action": action,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "detail": detail,
        }
    )


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes of an object, with numbers as for an event."""
    plain = orjson.loads(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS))
    return rfc8785.dumps(_exact(plain))


def format_ms(at: datetime) -> str:
    """Return an instant as RFC 3339 in UTC with exactly three decimals of a second."""
    moment = from_us(to_us(at))
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_exact(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT_MAX:
        return str(value)
    return value
