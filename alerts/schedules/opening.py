"""When a restaurant is open, by the opening windows of the register. Pure.

A window applies on a local day if any word of its ``days`` names that day: ``mo``, ``mo-fr``
(``fr-mo`` runs over the weekend), ``holiday`` (a public holiday), ``workday`` (a working day, also
a make-up one); several words are joined by commas, several windows add up. ``to`` at or before
``from`` lies on the next day; the window belongs to the day on which it begins. Its beginning is
open, its end is not. Wall times that exist twice or not at all: ``wall_clock``; a window whose
end would then lie before its beginning is empty on that day.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from alerts.schedules.holidays import WorkCalendar, load_calendar
from alerts.schedules.wall_clock import Run, clip, instant_us, local_day, merge, zone_of
from core.errors import InvalidRequestError

ZONE_DEFAULT = "Asia/Shanghai"
WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")

_DAY = timedelta(days=1)
_WORD = re.compile(r"(?:(mo|tu|we|th|fr|sa|su)(?:-(mo|tu|we|th|fr|sa|su))?|(holiday|workday))")


@dataclass(frozen=True, slots=True)
class OpeningWindow:
    """One line of the register: on which days, from when until when by the local clock."""

    weekdays: frozenset[int]
    on_holidays: bool
    on_workdays: bool
    opens: time
    closes: time

    @classmethod
    def parse(cls, window: Mapping[str, str]) -> Self:
        """Return the window of ``{"days": "mo-su", "from": "10:00", "to": "21:00"}``.

        Raises: InvalidRequestError: it is none.
        """
        try:
            weekdays, classes = _days(window["days"])
            opens, closes = (time.fromisoformat(window[name]) for name in ("from", "to"))
        except (KeyError, ValueError, TypeError) as error:
            raise InvalidRequestError(f"not an opening window: {window!r} ({error})") from None
        return cls(weekdays, "holiday" in classes, "workday" in classes, opens, closes)

    def applies(self, day: date, calendar: WorkCalendar) -> bool:
        """Return whether it begins on that local day.

        Raises: UnknownCalendarYearError: it asks for holidays of a year without a notice.
        """
        return (
            day.weekday() in self.weekdays
            or (self.on_holidays and calendar.is_holiday(day))
            or (self.on_workdays and calendar.is_workday(day))
        )

    def run(self, day: date, zone: ZoneInfo) -> Run:
        """Return from when until when it is open, if it begins on ``day``."""
        last_day = day if self.opens < self.closes else day + _DAY
        return instant_us(day, self.opens, zone), instant_us(last_day, self.closes, zone)


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """All windows of a restaurant. Without any nothing is known, and it is never open."""

    windows: tuple[OpeningWindow, ...]
    zone: ZoneInfo
    calendar: WorkCalendar

    @classmethod
    def parse(
        cls,
        windows: Sequence[Mapping[str, str]],
        zone: str = ZONE_DEFAULT,
        calendar: WorkCalendar | None = None,
    ) -> Self:
        """Return the hours of a register's entry.

        Raises: InvalidRequestError: a window is wrong; ConfigError: there is no such zone.
        """
        parsed = tuple(OpeningWindow.parse(window) for window in windows)
        return cls(parsed, zone_of(zone), calendar or load_calendar())

    @property
    def is_known(self) -> bool:
        """Whether the register says anything."""
        return bool(self.windows)

    def is_open(self, at_us: int) -> bool:
        """Return whether it is open at an instant."""
        return bool(self.open_spans(at_us, at_us + 1))

    def open_spans(self, from_us: int, to_us: int) -> list[Run]:
        """Return when it is open within [from, to): in order, apart from each other."""
        if not self.windows or from_us >= to_us:
            return []
        day, last = local_day(from_us, self.zone) - _DAY, local_day(to_us - 1, self.zone)
        runs = []
        while day <= last:
            runs += [w.run(day, self.zone) for w in self.windows if self._matters(w, day, from_us)]
            day += _DAY
        return clip(merge(runs), from_us, to_us)

    def open_mask(self, at_us: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return for each instant, in any order, whether it is open."""
        if not len(at_us):
            return np.zeros(0, dtype=np.bool_)
        spans = self.open_spans(int(at_us.min()), int(at_us.max()) + 1)
        if not spans:
            return np.zeros(len(at_us), dtype=np.bool_)
        edges = np.array(spans, dtype=np.int64).ravel()
        # Edges alternate: an odd number of them at or before an instant means inside.
        mask: NDArray[np.bool_] = np.searchsorted(edges, at_us, side="right") % 2 == 1
        return mask

    def _matters(self, window: OpeningWindow, day: date, from_us: int) -> bool:
        """The day before counts only for windows that run into the asked time."""
        if window.run(day, self.zone)[1] <= from_us:
            return False
        return window.applies(day, self.calendar)


def _days(text: str) -> tuple[frozenset[int], set[str]]:
    weekdays: set[int] = set()
    classes: set[str] = set()
    for word in text.split(","):
        found = _WORD.fullmatch(word.strip())
        if found is None:
            raise ValueError(f"{word!r} names no days")
        first, last, name = found.groups()
        if name is not None:
            classes.add(name)
            continue
        start = WEEKDAYS.index(first)
        length = (WEEKDAYS.index(last or first) - start) % 7
        weekdays.update((start + n) % 7 for n in range(length + 1))
    return frozenset(weekdays), classes
