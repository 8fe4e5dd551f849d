from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from api.events.schemas import Cursor
from api.schemas import Instant, Line

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
LINE: TypeAdapter[str] = TypeAdapter(Line)


@pytest.mark.parametrize(
    "text", ["2026-01-05T01:00:00Z", "2026-01-05t01:00:00z", "2026-01-05T09:00:00.000000+08:00"]
)
def test_instants_are_rfc3339(text: str) -> None:
    assert INSTANT.validate_python(text) == datetime(2026, 1, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-05T01:00:00",
        "2026-01-05",
        "2026-02-30T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "1767574800",
        1_767_574_800,
        None,
    ],
)
def test_instants_without_offset_or_day_are_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(value)


def test_answers_carry_utc_with_z() -> None:
    assert INSTANT.dump_json(datetime(2026, 1, 5, 1, tzinfo=UTC)) == b'"2026-01-05T01:00:00Z"'


def test_lines_hold_no_nul_and_no_blanks_around() -> None:
    assert LINE.validate_python("  老灶 ") == "老灶"
    for text in ("a\0b", "   ", "x" * 201):
        with pytest.raises(ValidationError):
            LINE.validate_python(text)


def test_a_stream_cursor_reads_its_own_text() -> None:
    assert Cursor.parse(str(Cursor(12, 0))) == Cursor(12, 0)
    assert [Cursor.parse(text) for text in ("", "12", "a.b", "1.2.3", "-1.2", "1.²")] == [None] * 6
