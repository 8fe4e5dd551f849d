"""From a trap's readings to the digest of one operating day. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from alerts.schedules.opening import ZONE_DEFAULT
from alerts.windowed.history import Bools, Floats, Instants, Series, TrapHistory
from alerts.windowed.trap_day import NAN, Service, TrapDay
from core.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US, to_us
from core.reading import Metric

ZONE = ZoneInfo(ZONE_DEFAULT)
DAY_STARTS, NOON_SPLIT = time(6, 0), time(15, 0)
#: Stragglers may still come so long after the day has ended.
READY_AFTER_US = 30 * MINUTE_US
GRID_US = 5 * MINUTE_US
#: After closing people still clean.
TAIL_US = 90 * MINUTE_US
_FLOWING_LPS = 0.03
_SERVICE_SAMPLES_MIN = 6
_REST_WITHIN_MM = 40.0
_REST_DAYS = 14
_AT_REST_MM_H = 1.5
_COVER_TILT_DEG = 15.0


@dataclass(frozen=True, slots=True)
class _Frame:
    """An operating day: its bounds, a grid over it, and where on it the restaurant works."""

    start_us: int
    end_us: int
    grid_us: Instants
    is_open: Bools
    is_quiet: Bools


def day_start_us(day: date) -> int:
    """Return when an operating day begins."""
    return to_us(datetime.combine(day, DAY_STARTS, ZONE).astimezone(UTC))


def in_time_for_day(at_us: Instants, came_us: Instants) -> Bools:
    """Return which readings had come when the operating day they belong to was digested."""
    # China has one zone and no summer time: operating days end at the same time of UTC.
    offset_us = day_start_us(date(2026, 1, 1)) % DAY_US
    end_us = (at_us - offset_us) // DAY_US * DAY_US + DAY_US + offset_us
    in_time: Bools = came_us <= end_us + READY_AFTER_US
    return in_time


def days_between(from_us: int, to_us_: int) -> list[date]:
    """Return the operating days that lie wholly in [from, to]."""
    first = datetime.fromtimestamp(from_us / SECOND_US, ZONE)
    day = first.date() - timedelta(days=1)
    found = []
    while day_start_us(day + timedelta(days=1)) <= to_us_:
        if day_start_us(day) >= from_us:
            found.append(day)
        day += timedelta(days=1)
    return found


def resting_level_mm(days: Sequence[TrapDay]) -> float:
    """Return where the level rests (drift of the sensor), relative to the outlet invert, in mm."""
    known = [
        day.resting_mm
        for day in days[-_REST_DAYS:]
        if day.was_open and abs(day.resting_mm) <= _REST_WITHIN_MM
    ]
    return float(np.median(known)) if known else 0.0


def digest(history: TrapHistory, day: date, before: Sequence[TrapDay]) -> TrapDay:
    """Return the digest of a day, given those of the days before it."""
    start_us, end_us = day_start_us(day), day_start_us(day + timedelta(days=1))
    grid_us = np.arange(start_us, end_us, GRID_US, dtype=np.int64)
    is_open = _works(history, grid_us)
    # Quiet: not open, nor within the tail after it was.
    recent = np.concatenate([grid_us[:1] - np.arange(TAIL_US, 0, -GRID_US), grid_us])
    reach = TAIL_US // GRID_US
    opened = np.convolve(_works(history, recent), np.ones(reach + 1), "valid") > 0
    frame = _Frame(start_us, end_us, grid_us, is_open, ~opened)
    level = history.of(Metric.LEVEL_MM).between(start_us, end_us)
    head = Series(level.at_us, level.value - history.outlet_invert_mm)
    resting_mm = resting_level_mm(before)
    fall_mm_h, night_hours, end_mm = _night(head, frame)
    volume_l, night_l, peak_lps = _volumes(history, frame)
    return TrapDay(
        day,
        end_us + READY_AFTER_US,
        resting_mm=end_mm if abs(fall_mm_h) <= _AT_REST_MM_H else NAN,
        sustained_mm=sustained_mm(head, frame.grid_us, history.report_interval_s) - resting_mm,
        night_fall_mm_h=fall_mm_h,
        night_hours=night_hours,
        night_end_mm=end_mm,
        online_ratio=_online_ratio(history, frame),
        volume_l=volume_l,
        night_l=night_l,
        night_peak_lps=peak_lps,
        night_cover_open=_cover_open(history, frame),
        was_open=bool(is_open.any()),
        services=_services(history, head, frame, resting_mm),
        cuts_us=_cuts_us(history, frame),
    )


def digest_all(history: TrapHistory, from_us: int, to_us_: int) -> list[TrapDay]:
    """Return the digests of all operating days that lie wholly in [from, to]."""
    days: list[TrapDay] = []
    for day in days_between(from_us, to_us_):
        days.append(digest(history, day, days))
    return days


def sustained_mm(head: Series, grid_us: Instants, report_interval_s: int) -> float:
    """Return the highest level that was not undercut for an hour; NaN where that is not known."""
    hour = HOUR_US // GRID_US + 1
    levels = head.latest(grid_us, 2 * report_interval_s * SECOND_US)
    if len(levels) < hour:
        return NAN
    lowest = np.lib.stride_tricks.sliding_window_view(levels, hour).min(axis=1)
    lowest = lowest[~np.isnan(lowest)]
    return float(lowest.max()) if len(lowest) else NAN


def _works(history: TrapHistory, at_us: Instants) -> Bools:
    is_open = history.opening.open_mask(at_us)
    for closure in history.closures:
        is_open = is_open & ~((at_us >= closure.from_us) & (at_us < closure.to_us))
    return is_open


def _night(head: Series, frame: _Frame) -> tuple[float, float, float]:
    """Return the fall in mm an hour, for how many hours, and the level at the end."""
    quiet = np.flatnonzero(frame.is_quiet)
    if not len(quiet):
        return NAN, 0.0, NAN
    # The last quiet stretch of the day.
    breaks = np.flatnonzero(np.diff(quiet) > 1)
    first = quiet[breaks[-1] + 1] if len(breaks) else quiet[0]
    night = head.between(int(frame.grid_us[first]), int(frame.grid_us[quiet[-1]]) + GRID_US)
    if len(night.at_us) < 6:
        return NAN, 0.0, NAN
    third = len(night.at_us) // 3
    hours = (night.at_us[-1] - night.at_us[0]) / HOUR_US
    begin_mm, end_mm = np.median(night.value[:third]), np.median(night.value[-third:])
    apart_h = (np.median(night.at_us[-third:]) - np.median(night.at_us[:third])) / HOUR_US
    return float((begin_mm - end_mm) / apart_h), float(hours), float(end_mm)


def _volumes(history: TrapHistory, frame: _Frame) -> tuple[float, float, float]:
    """Return discharge in all and while quiet (litres), and the highest mean of 15 min of it."""
    counter = history.of(Metric.VOLUME_L).between(frame.start_us, frame.end_us)
    if len(counter.at_us) < 2:
        return NAN, NAN, NAN
    litres = np.diff(counter.value)
    litres = np.where(litres >= 0, litres, 0.0)  # the counter was reset
    middle_us = (counter.at_us[1:] + counter.at_us[:-1]) // 2
    place = np.clip((middle_us - frame.start_us) // GRID_US, 0, len(frame.grid_us) - 1)
    # What ran while nothing was heard may have run at any time.
    continuous = np.diff(counter.at_us) <= HOUR_US
    quiet = frame.is_quiet[place] & continuous
    for work in history.works:  # a crew lets go what had been held back
        quiet &= (middle_us < work.from_us) | (middle_us > work.to_us + HOUR_US)
    if not quiet.any():
        return float(litres.sum()), 0.0, 0.0
    run_l = np.cumsum(np.where(quiet, litres, 0.0))
    before = np.searchsorted(counter.at_us[1:], counter.at_us[1:] - 15 * MINUTE_US, side="left")
    moved_l = run_l - np.where(before > 0, run_l[np.maximum(before - 1, 0)], 0.0)
    return float(litres.sum()), float(run_l[-1]), float(moved_l.max()) / 900.0


def _online_ratio(history: TrapHistory, frame: _Frame) -> float:
    cell_us = max(30 * MINUTE_US, 3 * history.report_interval_s * SECOND_US)
    heard = history.heard_us
    start, end = np.searchsorted(heard, (frame.start_us, frame.end_us))
    cells = np.unique((heard[start:end] - frame.start_us) // cell_us)
    return min(len(cells) / (DAY_US // cell_us), 1.0)


def _cuts_us(history: TrapHistory, frame: _Frame) -> tuple[tuple[int, int], ...]:
    heard = history.heard_us
    start, end = np.searchsorted(heard, (frame.start_us, frame.end_us))
    heard = heard[max(start - 1, 0) : end]
    least_us = max(30 * MINUTE_US, 3 * history.report_interval_s * SECOND_US)
    found = []
    for gap in np.flatnonzero(np.diff(heard) > least_us).tolist():
        from_us, to_us_ = int(heard[gap]), int(heard[gap + 1])
        first, last = np.clip(
            (np.array([from_us, to_us_]) - frame.start_us) // GRID_US, 0, len(frame.grid_us) - 1
        )
        works = (~frame.is_quiet[first : last + 1]).mean() >= 0.5
        shared = any(
            s.from_us - HOUR_US <= to_us_ and from_us <= s.to_us + 10 * MINUTE_US
            for s in history.gateway_silences
        )
        if works and not shared:
            found.append((from_us, to_us_))
    return tuple(found)


def cover_open_us(history: TrapHistory) -> Instants:
    """Return when the cover was seen open, by contact or by tilt."""
    contact, tilt = history.of(Metric.COVER_OPEN), history.of(Metric.TILT_DEG)
    device = history.subject.device
    limit_deg = _COVER_TILT_DEG + (0.0 if device is None else device.tilt_baseline_deg)
    seen = [contact.at_us[contact.value > 0.5], tilt.at_us[tilt.value > limit_deg]]
    return np.sort(np.concatenate(seen))


def _cover_open(history: TrapHistory, frame: _Frame) -> bool:
    opened = cover_open_us(history)
    start, end = np.searchsorted(opened, (frame.start_us, frame.end_us))
    place = (opened[start:end] - frame.start_us) // GRID_US
    return bool(frame.is_quiet[np.clip(place, 0, len(frame.grid_us) - 1)].any())


def _services(
    history: TrapHistory, head: Series, frame: _Frame, resting_mm: float
) -> tuple[Service, ...]:
    half_us = to_us(
        datetime.combine(
            datetime.fromtimestamp(frame.start_us / SECOND_US, ZONE).date(), NOON_SPLIT, ZONE
        ).astimezone(UTC)
    )
    flow = history.of(Metric.FLOW_LPS)
    found = []
    for from_us, to_us_ in ((frame.start_us, half_us), (half_us, frame.end_us)):
        during = head.between(from_us, to_us_)
        place = np.clip((during.at_us - frame.start_us) // GRID_US, 0, len(frame.grid_us) - 1)
        works = frame.is_open[place]
        heads = np.maximum(during.value[works] - resting_mm, 0.0)
        if len(heads) < _SERVICE_SAMPLES_MIN:
            continue
        end_us = int(during.at_us[works][-1])
        resistance = _resistance(heads, flow.latest(during.at_us[works], MINUTE_US))
        found.append(Service(end_us, float(heads.mean()), resistance))
    return tuple(found)


def _resistance(heads_mm: Floats, flow_lps: Floats) -> float:
    flowing = flow_lps >= _FLOWING_LPS
    if flowing.sum() < _SERVICE_SAMPLES_MIN:
        return NAN
    return float(heads_mm[flowing].sum() / (flow_lps[flowing] ** (2 / 3)).sum())
