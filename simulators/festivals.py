"""Days on which kitchens differ from a usual week: Spring Festival, public holidays. Pure data."""

from datetime import date

#: The first day of the lunar year.
SPRING_FESTIVALS = (
    date(2023, 1, 22),
    date(2024, 2, 10),
    date(2025, 1, 29),
    date(2026, 2, 17),
    date(2027, 2, 6),
    date(2028, 1, 26),
)

#: Holidays that are the same each year (month, day); no lunar ones.
FIXED_HOLIDAYS = frozenset(
    {(1, 1), (4, 4), (4, 5), (5, 1), (5, 2), (5, 3)} | {(10, day) for day in range(1, 8)}
)


def is_public_holiday(day: date) -> bool:
    """Return whether most people have this day off by the fixed part of the calendar."""
    return (day.month, day.day) in FIXED_HOLIDAYS
