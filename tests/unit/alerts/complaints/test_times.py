"""Local times of exports, and the two hours a year that are not plain."""

from zoneinfo import ZoneInfo

import pytest

from alerts.complaints.imports.profile import load_profiles
from alerts.complaints.imports.times import AMBIGUOUS, MISSING, read_time


@pytest.mark.parametrize(
    ("profile", "text", "expected", "remark"),
    [
        ("nyc311", "01/31/2024 11:59:00 PM", "2024-02-01T04:59:00+00:00", None),
        ("nyc311", "07/31/2024 12:00:00 AM", "2024-07-31T04:00:00+00:00", None),
        ("nyc311", "2024-07-31T12:00:00.000", "2024-07-31T16:00:00+00:00", None),
        ("nyc311", "2024-07-31T12:00:00Z", "2024-07-31T12:00:00+00:00", None),
        ("nyc311", "11/03/2024 01:30:00 AM", "2024-11-03T05:30:00+00:00", AMBIGUOUS),
        ("nyc311", "03/10/2024 02:30:00 AM", "2024-03-10T07:30:00+00:00", MISSING),
        ("calgary311", "2026/03/10 12:00:00 AM", "2026-03-10T06:00:00+00:00", None),
        ("calgary311", "2018/12/17", "2018-12-17T07:00:00+00:00", None),
        ("calgary311", "2024-11-03T01:30:00.000", "2024-11-03T07:30:00+00:00", AMBIGUOUS),
        ("12345", "2026年1月4日 14时05分", "2026-01-04T06:05:00+00:00", None),
        ("12345", "2026/1/4 13:20", "2026-01-04T05:20:00+00:00", None),
        ("own", "2026-01-04T09:00:00+08:00", "2026-01-04T01:00:00+00:00", None),
    ],
)
def test_times(profile: str, text: str, expected: str, remark: str | None) -> None:
    known = load_profiles()[profile]
    found = read_time(text, known.time_formats, known.zone_info)
    assert (found.at.isoformat(), found.remark) == (expected, remark)


@pytest.mark.parametrize("text", ["", "yesterday", "13/13/2024 01:00:00 AM", "2024-02-30", "25:00"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_time(text, ["%m/%d/%Y %I:%M:%S %p"], ZoneInfo("America/New_York"))
