"""What sensors make of the truth: noise, steps, radio, batteries. Pure; dice are passed in."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from core.instant import DAY_US
from simulators.physics import Bools, Floats

_SIGMA_MM = (3.0, 8.0)
_FINE_MM, _COARSE_MM = 1.0, 10.0
_COARSE_RATIO = 0.1
_FLOW_ERROR = 0.02
_RSSI_DBM = (-105.0, -65.0)
_RSSI_SIGMA_DB = 3.0
_BATTERY_PCT = (55.0, 100.0)
_DRAIN_PCT_A_DAY = (0.05, 0.2)
_EMPTY_V, _FULL_V = 3.0, 3.6


@dataclass(frozen=True, slots=True)
class Sensors:
    """n sensor units; every array has shape (n,)."""

    sigma_mm: Floats
    quantum_mm: Floats
    rssi_dbm: Floats
    battery_pct: Floats
    drain_pct_a_day: Floats

    @classmethod
    def make(cls, count: int, rng: np.random.Generator) -> Self:
        """Return units as they differ from each other in the field."""
        coarse = rng.random(count) < _COARSE_RATIO
        return cls(
            sigma_mm=rng.uniform(*_SIGMA_MM, count),
            quantum_mm=np.where(coarse, _COARSE_MM, _FINE_MM),
            rssi_dbm=rng.uniform(*_RSSI_DBM, count),
            battery_pct=rng.uniform(*_BATTERY_PCT, count),
            drain_pct_a_day=rng.uniform(*_DRAIN_PCT_A_DAY, count),
        )

    def lengths_mm(self, chosen: Bools, true_mm: Floats, rng: np.random.Generator) -> Floats:
        """Return what the chosen units read of lengths (levels or distances), never negative."""
        noisy = true_mm + rng.normal(0.0, self.sigma_mm[chosen])
        quantum_mm = self.quantum_mm[chosen]
        read_mm: Floats = np.maximum(np.round(noisy / quantum_mm) * quantum_mm, 0.0)
        return read_mm

    def flows_lps(self, true_lps: Floats, rng: np.random.Generator) -> Floats:
        """Return what flow meters read: 2 % error, steps of 0.01 L/s."""
        factor: Floats = rng.normal(1.0, _FLOW_ERROR, len(true_lps))
        return np.maximum(np.round(true_lps * factor, 2), 0.0)

    def rssis_dbm(self, chosen: Bools, rng: np.random.Generator) -> Floats:
        """Return the received signal strengths, whole dBm."""
        return np.round(rng.normal(self.rssi_dbm[chosen], _RSSI_SIGMA_DB))

    def batteries_pct(self, chosen: Bools, elapsed_us: int) -> Floats:
        """Return the batteries' charge ``elapsed_us`` after the start, whole per cent."""
        used = self.drain_pct_a_day[chosen] * (elapsed_us / DAY_US)
        left_pct: Floats = np.maximum(self.battery_pct[chosen] - used, 0.0)
        return np.round(left_pct)


def battery_v(percent: float) -> float:
    """Return the voltage of a lithium cell at a charge, by a straight line."""
    return round(_EMPTY_V + (_FULL_V - _EMPTY_V) * percent / 100, 3)
