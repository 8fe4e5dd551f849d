"""Rules and devices for tests of the pure engine."""

from collections.abc import Callable

import pytest

from alerts.lifecycle import Timing
from alerts.rules.catalogue import load_catalogue
from alerts.rules.compiled import CompiledRule, Level, RuleInForce
from core.instant import SECOND_US
from core.reading import Metric
from core.registry.model import DeviceEntry, TrapEntry

MakeDevice = Callable[..., DeviceEntry]
MakeRule = Callable[..., CompiledRule]


def trap(
    outlet_invert_mm: float = 600.0, cover_mm: float = 900.0, status: str = "open"
) -> TrapEntry:
    return TrapEntry(7, "T7", outlet_invert_mm, cover_mm, 3, "small", status, 1, "wt")


@pytest.fixture
def device() -> MakeDevice:
    """A device in a trap with its outlet at 600 mm and its cover at 900 mm."""

    def make(
        device_id: int = 1,
        status: str = "active",
        in_trap: TrapEntry | None = None,
        report_interval_s: int = 300,
        tilt_baseline_deg: float = 0.0,
    ) -> DeviceEntry:
        return DeviceEntry(
            device_id, f"d{device_id}", status, None, report_interval_s, None, tilt_baseline_deg,
            in_trap or trap(),
        )  # fmt: skip

    return make


@pytest.fixture
def rule() -> MakeRule:
    """A compiled rule of the catalogue with a timing of the test's own; fires at 700."""

    def make(code: str = "R02", *, hold_s: float = 0.0, clear_hold_s: float = 0.0,
             samples_min: int = 1, clear_samples_min: int = 1, gap_s: float = 900.0,
             latched: bool = False, reopen_s: float = 0.0) -> CompiledRule:  # fmt: skip
        definition = next(entry for entry in load_catalogue() if entry.code == code)
        timing = Timing(
            round(hold_s * SECOND_US), samples_min, round(clear_hold_s * SECOND_US),
            clear_samples_min, round(gap_s * SECOND_US), latched,
        )  # fmt: skip
        levels = (Level(definition.severity, 700.0),)
        in_force = RuleInForce(1, 1, definition)
        return CompiledRule(
            in_force, Metric.LEVEL_MM, levels, 650.0, timing, reopen_us=round(reopen_s * SECOND_US)
        )

    return make
