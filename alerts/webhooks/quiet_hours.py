"""When people are not to be disturbed by what can wait. Pure.

Written like the opening windows of the register, in a zone: ``{"zone": "Asia/Shanghai", "windows":
[{"days": "mo-su", "from": "22:00", "to": "07:00"}]}``. A window belongs to the day on which it
begins; its beginning is quiet, its end is not. Public holidays are not among the days: the next
year's are unknown until late in the year, and nights must not become loud by that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from alerts.rules.parameters import SEVERITIES
from alerts.schedules.opening import OpeningHours
from alerts.schedules.wall_clock import instant_us
from core.errors import ConfigError, InvalidRequestError

#: What waits; everything above comes at once.
WAITING_SEVERITIES = SEVERITIES[: SEVERITIES.index("orange")]
WINDOW_COUNT_MAX = 14

_WEEK = timedelta(days=7)
#: Any week without a change of clocks.
_SOME_MONDAY = date(2026, 1, 5)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The quiet hours of one endpoint."""

    _hours: OpeningHours

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> Self:
        """Return the hours of their written form.

        Raises: InvalidRequestError: a window or the zone is wrong, a window names holidays, there
            is no window, or they never end.
        """
        windows = stored["windows"]
        if not 1 <= len(windows) <= WINDOW_COUNT_MAX:
            raise InvalidRequestError(f"quiet hours have 1 to {WINDOW_COUNT_MAX} windows")
        try:
            hours = OpeningHours.parse(windows, stored["zone"])
        except ConfigError as error:
            raise InvalidRequestError(str(error)) from None
        if any(window.on_holidays or window.on_workdays for window in hours.windows):
            raise InvalidRequestError("days of quiet hours are weekdays: mo, tu, mo-fr, …")
        week = tuple(
            instant_us(day, hours.windows[0].opens.min, hours.zone)
            for day in (_SOME_MONDAY, _SOME_MONDAY + _WEEK)
        )
        if hours.open_spans(*week) == [week]:
            raise InvalidRequestError("quiet hours that never end would keep everything back")
        return cls(hours)

    def cover(self, at_us: int) -> bool:
        """Return whether it is quiet at an instant."""
        return self._hours.is_open(at_us)
