"""Complaints of spans are what counting rows says, however tallies add them up and whoever asks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from api.access.store import limit_to_towns
from api.trends.store import INSTANT, Filters, Span, SpanCount, count_by_span
from core.complaint_category import Category
from core.db import Connection

NOW = datetime(2026, 3, 17, 6, 30, tzinfo=UTC)
BEGIN = datetime(2025, 11, 3, tzinfo=UTC)
SECONDS = int((NOW - BEGIN).total_seconds())
ENTER = (
    "INSERT INTO complaint (received_at, channel, category, town_id, duplicate_of, created_at)"
    " VALUES (%s, '12345', %s, %s, %s, now())"
)
#: When it came, its category, its town, and whether it repeats another.
Entered = tuple[datetime, Category, int | None, bool]


@pytest.fixture
def entered(register: Connection) -> list[Entered]:
    """Complaints of two towns and of none; some to the second at a Shanghai midnight."""
    register.execute("INSERT INTO town (code, name, name_en) VALUES ('t2', '西塘', 'Xitang')")
    random = Random(11)
    made: list[Entered] = []
    for number in range(400):
        at = BEGIN + timedelta(seconds=random.randrange(SECONDS))
        if number % 10 == 0:
            at = at.replace(hour=16, minute=0, second=0)
        category: Category = random.choice(["odour", "fume", "cover"])
        town = random.choice([1, 2, None])
        repeats = number > 0 and random.random() < 0.2
        register.execute(ENTER, (at, category, town, 1 if repeats else None))
        made.append((at, category, town, repeats))
    return made


def spans() -> list[Span]:
    """Return spans of seconds to months, half of them between midnights."""
    random = Random(12)
    made: list[Span] = []
    for number in range(60):
        first, end = sorted(
            BEGIN + timedelta(seconds=random.randrange(SECONDS + 86_400)) for _ in range(2)
        )
        if number % 2:
            first, end = (at.replace(hour=16, minute=0, second=0) for at in (first, end))
        made.append((first, end))
    return made


def counted(
    entered: Sequence[Entered], filters: Filters, towns: set[int | None]
) -> list[SpanCount]:
    answer = []
    for first, end in spans():
        within = [
            one
            for one in entered
            if first <= one[0] < min(end, filters.now + INSTANT) and one[2] in towns
        ]
        fume = [one for one in within if one[1] == "fume"]
        kept = [
            one
            for one in within
            if filters.category in {None, one[1]}
            and not (filters.exclude_fume and one[1] == "fume")
        ]
        answer.append(SpanCount(len(kept), _first(kept), len(fume), _first(fume)))
    return answer


def _first(rows: Sequence[Entered]) -> int:
    return sum(not repeats for _, _, _, repeats in rows)


@pytest.mark.parametrize("category", [None, "odour", "fume"])
def test_a_county_a_town_and_a_limited_caller(
    register: Connection, entered: list[Entered], category: Category | None
) -> None:
    county = Filters(NOW, None, category, exclude_fume=category is None)
    town = Filters(NOW, "t2", category, exclude_fume=category is None)
    assert count_by_span(register, county, spans()) == counted(entered, county, {1, 2, None})
    assert count_by_span(register, town, spans()) == counted(entered, town, {2})
    with register.transaction():
        limit_to_towns(register, [1])
        assert count_by_span(register, county, spans()) == counted(entered, county, {1})
