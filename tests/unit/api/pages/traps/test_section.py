from datetime import UTC, datetime, timedelta

import pytest

from api.pages.traps.section import Section, section

NOW = datetime(2026, 1, 5, 1, tzinfo=UTC)


def drawn(level_mm: float | None, age: timedelta = timedelta()) -> Section:
    return section(
        outlet_invert_mm=500,
        cover_mm=1_000,
        level_mm=level_mm,
        measured_at=None if level_mm is None else NOW - age,
        now=NOW,
        gap=timedelta(minutes=12),
        limits=[("R01", 600), ("R02", 1_200)],
    )


@pytest.mark.parametrize(("level_mm", "y"), [(0, 220), (500, 130), (1_000, 40), (1_300, 40)])
def test_heights_are_to_scale_and_end_at_the_cover(level_mm: float, y: float) -> None:
    assert drawn(level_mm).level_y == y


def test_what_is_below_outlet_and_cover() -> None:
    found = drawn(620)
    assert (found.surcharge_mm, found.freeboard_mm) == (120, 380)
    assert found.limits == [("R01", 112.0)]


def test_an_old_level_is_not_of_now() -> None:
    assert not drawn(500, timedelta(minutes=12)).is_old
    assert drawn(500, timedelta(minutes=13)).is_old
    assert drawn(None).is_old
    assert drawn(None).level_y is None
