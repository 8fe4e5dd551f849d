"""What the actions on a ticket carry: each field's name and what makes a value acceptable. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from core.errors import InvalidRequestError
from core.instant import format_rfc3339, to_us

TEXT_CHARS_MAX = 4_000
PHOTO_COUNT_MAX = 20
_AMOUNT_MAX = 1_000_000.0
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)

#: Why nothing is filed (不予立案).
REJECT_CODES = ("out_of_scope", "no_such_place", "known_already", "not_reproducible", "other")
#: What was wrong with an alarm; counted against its rule.
FALSE_ALARM_CODES = (
    "sensor_fault",
    "wrong_place",
    "maintenance",
    "installation",
    "rule_too_strict",
    "test",
    "other",
)
#: What the verifier found on site.
VERDICTS = ("remedied", "remedied_by_other_means", "no_problem_found")


class Field(StrEnum):
    """Members of an action's ``detail``."""

    NOTE = "note"
    REASON = "reason"
    LEGAL_BASIS = "legal_basis"
    REJECT_CODE = "reject_code"
    FALSE_ALARM_CODE = "false_alarm_code"
    TARGET_TICKET_ID = "target_ticket_id"
    OWNER_UNIT = "owner_unit"
    PERSON = "person"
    FIRST_CONTACT_AT = "first_contact_at"
    PHOTOS_BEFORE = "photos_before"
    PHOTOS_AFTER = "photos_after"
    VOLUME_L = "volume_l"
    WEIGHT_KG = "weight_kg"
    HAULER = "hauler"
    VERDICT = "verdict"
    SENSOR_WAIVER = "sensor_waiver"
    DOCUMENT = "document"
    REVIEW_DATE = "review_date"
    EVIDENCE = "evidence"


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("some text expected")
    if len(value) > TEXT_CHARS_MAX or "\0" in value:
        raise ValueError(f"at most {TEXT_CHARS_MAX} characters, none of them NUL")
    return value.strip()


def _one_of(codes: Iterable[str]) -> Callable[[Any], str]:
    known = tuple(codes)

    def check(value: Any) -> str:
        if value not in known:
            raise ValueError(f"one of {', '.join(known)} expected")
        return str(value)

    return check


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**63:
        raise ValueError("the number of a ticket expected")
    return value


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number expected")
    if not 0 <= value <= _AMOUNT_MAX:
        raise ValueError(f"from 0 to {_AMOUNT_MAX:g} expected")
    return value


def _sha256(value: Any) -> str:
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise ValueError("the SHA-256 of an attachment expected: 64 hexadecimal digits")
    return value


def _photos(value: Any) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= PHOTO_COUNT_MAX:
        raise ValueError(f"a list of 1 to {PHOTO_COUNT_MAX} SHA-256 of attachments expected")
    return [_sha256(item) for item in value]


def _day(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a date such as 2026-01-05 expected")
    return date.fromisoformat(value).isoformat()


def _instant(value: Any) -> str:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("RFC 3339 with an offset expected, e.g. 2026-01-05T01:00:00Z")
    moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
    return format_rfc3339(to_us(moment))


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    Field.NOTE: _text,
    Field.REASON: _text,
    Field.LEGAL_BASIS: _text,
    Field.REJECT_CODE: _one_of(REJECT_CODES),
    Field.FALSE_ALARM_CODE: _one_of(FALSE_ALARM_CODES),
    Field.TARGET_TICKET_ID: _number,
    Field.OWNER_UNIT: _text,
    Field.PERSON: _text,
    Field.FIRST_CONTACT_AT: _instant,
    Field.PHOTOS_BEFORE: _photos,
    Field.PHOTOS_AFTER: _photos,
    Field.VOLUME_L: _amount,
    Field.WEIGHT_KG: _amount,
    Field.HAULER: _text,
    Field.VERDICT: _one_of(VERDICTS),
    Field.SENSOR_WAIVER: _text,
    Field.DOCUMENT: _sha256,
    Field.REVIEW_DATE: _day,
    Field.EVIDENCE: _text,
}


def check_contents(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return an action's contents in their stored form; null members are dropped.

    Raises: InvalidRequestError: a value is not what its field holds; all such fields are named.
    """
    checked: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in detail.items():
        if value is None:
            continue
        if name not in _CHECKS:
            checked[name] = value  # the transition says that it does not know it
            continue
        try:
            checked[name] = _CHECKS[name](value)
        except (ValueError, OverflowError) as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise InvalidRequestError("; ".join(problems))
    return checked


def missing_fields(
    required: Iterable[Field | tuple[Field, ...]], detail: Mapping[str, Any]
) -> list[str]:
    """Return what is not there, in words; of a tuple one is enough."""
    missing: list[str] = []
    for field in required:
        choices = field if isinstance(field, tuple) else (field,)
        if not any(choice in detail for choice in choices):
            missing.append(" or ".join(choices))
    return missing


def photos_of(detail: Mapping[str, Any]) -> list[str]:
    """Return the SHA-256 of the photos that the contents name."""
    return [*detail.get(Field.PHOTOS_BEFORE, []), *detail.get(Field.PHOTOS_AFTER, [])]


def documents_of(detail: Mapping[str, Any]) -> list[str]:
    """Return the SHA-256 of the document that the contents name, if they do."""
    return [detail[Field.DOCUMENT]] if Field.DOCUMENT in detail else []
