"""Recurring spans such as maintenance windows: an RRULE, a zone and a duration. Pure.

Each occurrence begins at the local time of the first one, whatever the clocks did meanwhile, and
lasts ``duration_us`` of real time. Its beginning is inside, its end is not. Wall times that exist
twice or not at all: ``wall_clock``. COUNT and UNTIL are applied here, on instants, so that dateutil
only ever counts wall times of a bounded stretch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Self
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from alerts.schedules.wall_clock import Run, merge, zone_of
from core.errors import InvalidRequestError
from core.instant import DAY_US, INSTANT_MAX_US, INSTANT_MIN_US, from_us, to_us

DURATION_US_MAX = 31 * DAY_US
COUNT_MAX = 366
_INTERVAL_MAX = 1_000

#: What a rule may consist of: no times of day, so that there is at most one occurrence a day.
_PARTS = {
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST",
}  # fmt: skip
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
#: How many days a period of these has; the others have no fixed length.
_PERIOD_DAYS = {"DAILY": 1, "WEEKLY": 7}
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
#: Within this a rule occurs or never does: 29 February can be eight years away.
_HORIZON_US = 9 * 366 * DAY_US
_NEAR_US = 40 * DAY_US


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule without its ends, which are ``count`` occurrences or the last start ``until_us``."""

    endless: str
    period_days: int | None
    count: int | None
    until_us: int | None


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Occurrences of ``rule`` (RFC 5545 without "RRULE:"), the first not before ``starts_us``."""

    rule: str
    zone: str
    starts_us: int
    duration_us: int

    @classmethod
    def checked(cls, rule: str, zone: str, starts_us: int, duration_us: int) -> Self:
        """Return a recurrence as a person enters it.

        Raises: InvalidRequestError: no such rule or duration, or it never occurs; ConfigError: no
            such zone.
        """
        if not 0 < duration_us <= DURATION_US_MAX:
            raise InvalidRequestError(
                f"duration: more than 0 and at most {DURATION_US_MAX // DAY_US} days expected"
            )
        if not INSTANT_MIN_US <= starts_us <= INSTANT_MAX_US:
            raise InvalidRequestError("starts_at: between 1970 and 2106 expected")
        recurrence = cls(rule, zone, starts_us, duration_us)
        if next(recurrence._runs(starts_us, starts_us + _HORIZON_US), None) is None:
            raise InvalidRequestError(f"rule: {rule} never occurs")
        return recurrence

    @property
    def last_end_us(self) -> int | None:
        """When the last occurrence ends; None: there is no last one in this century."""
        rule = _parse(self.rule, self.zone)
        if rule.until_us is not None:
            runs = self._runs(rule.until_us - _HORIZON_US, rule.until_us + 1)
            return max((end_us for _, end_us in runs), default=None)
        if rule.count is None:
            return None
        ends = [end_us for _, end_us in self._runs(self.starts_us, INSTANT_MAX_US)]
        return ends[-1] if len(ends) == rule.count else None

    def covers(self, at_us: int) -> bool:
        """Return whether an occurrence is going on."""
        return bool(self.spans(at_us, at_us + 1))

    def spans(self, from_us: int, to_us: int) -> list[Run]:
        """Return the occurrences that have a part in [from, to), whole, in order."""
        runs = self._runs(from_us - self.duration_us, to_us)
        return [run for run in runs if run[1] > from_us] if from_us < to_us else []

    def next_end_us(self, at_us: int) -> int | None:
        """Return when it is over: what goes on at ``at_us``, or else what comes next.

        Occurrences that overlap or follow on each other end together. None: nothing comes, or it
        goes on for ever.
        """
        for reach_us in (_NEAR_US, _HORIZON_US):
            runs = merge(self.spans(at_us, at_us + reach_us))
            if runs and runs[0][1] < at_us + reach_us:
                return runs[0][1]
        return None

    def _runs(self, from_us: int, to_us_: int) -> Iterator[Run]:
        """Yield the occurrences that begin in [from, to)."""
        rule, zone = _parse(self.rule, self.zone), zone_of(self.zone)
        end_us = to_us_ if rule.until_us is None else min(to_us_, rule.until_us + 1)
        if end_us <= self.starts_us:
            return
        for start in _starts(rule, _local(self.starts_us, zone), from_us, end_us, zone):
            start_us = to_us(start.replace(tzinfo=zone))
            if from_us <= start_us < end_us:
                yield start_us, start_us + self.duration_us


def _starts(
    rule: _Rule, first: datetime, from_us: int, end_us: int, zone: ZoneInfo
) -> Iterator[datetime]:
    """Yield wall times of occurrences, from some way before ``from_us``.

    Those of a counted rule are counted from the first one; others are not, for a rule of years
    ago would cost thousands of steps each time.
    """
    until = _local(min(end_us, INSTANT_MAX_US), zone)
    if until < first:
        return
    if rule.count is None and rule.period_days is not None:
        # One period more than needed: the first one counted is not whole (BYSETPOS).
        passed = (_local(max(from_us, 0), zone) - first).days // rule.period_days - 2
        first += timedelta(days=rule.period_days) * max(passed, 0)
    text = f"{rule.endless};UNTIL={until:%Y%m%dT%H%M%S}"
    yield from islice(rrulestr(text, dtstart=first), rule.count)


def _local(at_us: int, zone: ZoneInfo) -> datetime:
    return from_us(at_us).astimezone(zone).replace(tzinfo=None)


@lru_cache(maxsize=512)
def _parse(text: str, zone: str) -> _Rule:
    parts: dict[str, str] = {}
    for part in text.upper().split(";"):
        name, is_set, value = part.partition("=")
        if name not in _PARTS or not is_set or not value or name in parts:
            raise InvalidRequestError(f"rule: {part!r} is not known, or stands twice")
        parts[name] = value
    if parts.get("FREQ") not in _FREQUENCIES:
        raise InvalidRequestError(f"rule: FREQ is one of {', '.join(sorted(_FREQUENCIES))}")
    if {"COUNT", "UNTIL"} <= parts.keys():
        raise InvalidRequestError("rule: COUNT or UNTIL, not both")
    try:
        count = _number(parts.pop("COUNT", None), COUNT_MAX)
        interval = _number(parts.get("INTERVAL"), _INTERVAL_MAX) or 1
        until_us = _until_us(parts.pop("UNTIL", None), zone_of(zone))
        _require_days(parts)
        endless = ";".join(f"{name}={value}" for name, value in parts.items())
        rrulestr(endless, dtstart=datetime(2026, 1, 1))  # noqa: DTZ001  # a wall time, to see whether it can be read
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise InvalidRequestError(f"rule: {text!r} cannot be read ({error})") from None
    days = _PERIOD_DAYS.get(parts["FREQ"])
    return _Rule(endless, None if days is None else days * interval, count, until_us)


def _require_days(parts: Mapping[str, str]) -> None:
    """Refuse what never occurs where that is easily seen: dateutil would look until 9999."""
    months = [int(month) for month in parts.get("BYMONTH", "1").split(",")]
    if not all(1 <= month <= 12 for month in months):
        raise ValueError("BYMONTH is 1 to 12")
    longest = 31 if "BYMONTH" not in parts else max(_MONTH_DAYS[month - 1] for month in months)
    days = [int(day) for day in parts.get("BYMONTHDAY", "1").split(",")]
    if not any(1 <= abs(day) <= longest for day in days):
        raise ValueError("no month has that day")
    if parts["FREQ"] == "DAILY" and "BYSETPOS" in parts:
        raise ValueError("BYSETPOS needs a longer period than a day")


def _number(text: str | None, number_max: int) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= number_max:
        raise ValueError(f"{text} is not 1 to {number_max}")
    return int(text)


def _until_us(text: str | None, zone: ZoneInfo) -> int | None:
    """Return the last instant at which an occurrence may begin: UTC with Z, else local."""
    if text is None:
        return None
    if len(text) == 8:
        last = datetime.combine(datetime.strptime(text, "%Y%m%d").date(), time.max)  # noqa: DTZ007  # a local date
        return to_us(last.replace(tzinfo=zone))
    moment = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007  # the zone follows
    return to_us(moment.replace(tzinfo=UTC if text.endswith("Z") else zone))
