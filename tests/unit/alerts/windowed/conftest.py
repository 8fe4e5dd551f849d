"""Histories of one trap, made of a few numbers."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from alerts.subject import Subject
from alerts.windowed.history import OpenSpans, Series, TrapHistory
from core.instant import DAY_US, HOUR_US
from core.reading import Metric
from core.registry.model import DeviceEntry, TrapEntry

#: 2026-03-09T00:00+08:00, a Monday.
START_US = 1_772_985_600_000_000

MakeHistory = Callable[..., TrapHistory]


def series(values: Mapping[float, float] | list[tuple[float, float]]) -> Series:
    """Return readings given as (hours after START, value)."""
    rows = sorted(values.items()) if isinstance(values, Mapping) else sorted(values)
    at_us = np.array([START_US + round(hour * HOUR_US) for hour, _ in rows], dtype=np.int64)
    return Series.of(at_us, np.array([value for _, value in rows], dtype=np.float64))


@pytest.fixture
def make_history() -> MakeHistory:
    """Open from 10:00 to 21:00 every day; outlet at 600 mm, cover at 900, 600 L, 2 L/s."""

    def make(readings: Mapping[Metric, Series], **known: Any) -> TrapHistory:
        trap = TrapEntry(
            7, "T7", 600.0, 900.0, 1, "small", "open", 1, "w", 600.0, 1.0, 2.0, "w-01", 10
        )
        device = DeviceEntry(3, "d", "active", 1, 300, None, 0.0, trap)
        edges = [
            START_US + day * DAY_US + hour * HOUR_US for day in range(-9, 60) for hour in (10, 21)
        ]
        level = readings.get(Metric.LEVEL_MM)
        heard = np.empty(0, np.int64) if level is None else level.at_us
        defaults: dict[str, Any] = {"series": readings, "heard_us": heard}
        return TrapHistory(
            Subject.of_trap(trap, device), 300, OpenSpans(np.array(edges)), **defaults | known
        )

    return make
