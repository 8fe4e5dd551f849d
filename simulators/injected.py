"""Faults put into an interactive fleet on request: what they do to water, units and reports. Pure.

Owns: which faults are in force. Never: the water itself (simulators.physics).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.instant import SECOND_US
from simulators.physics import Bools, FleetState, Floats
from simulators.vocabulary import Fault

#: A leak that a night makes visible, and a crew's pump.
LEAK_MM_AN_HOUR = 30.0
PUMP_OUT_S = 300.0
FOAM_MM = 200.0
_FLOOD_LPS_MIN = 0.5


@dataclass(slots=True)
class Injected:
    """The faults of n traps; arrays of (n,). ``frozen_mm`` and ``foam_mm`` are NaN where none."""

    flood_lps: Floats
    leak_lps: Floats
    pump_lps: Floats
    pumped_until_us: NDArray[np.int64]
    bypassed: Bools
    silent: Bools
    stuck: Bools
    frozen_mm: Floats
    foam_mm: Floats

    @classmethod
    def none(cls, count: int) -> Self:
        """Return a fleet without faults."""
        return cls(
            flood_lps=np.zeros(count),
            leak_lps=np.zeros(count),
            pump_lps=np.zeros(count),
            pumped_until_us=np.zeros(count, np.int64),
            bypassed=np.zeros(count, np.bool_),
            silent=np.zeros(count, np.bool_),
            stuck=np.zeros(count, np.bool_),
            frozen_mm=np.full(count, np.nan),
            foam_mm=np.full(count, np.nan),
        )

    def inflow_lps(self, drawn_lps: Floats) -> Floats:
        """Return what reaches the traps of what the kitchens let run."""
        reaching = np.where(self.bypassed, 0.0, drawn_lps)
        flow: Floats = np.maximum(reaching, self.flood_lps)
        return flow

    def drain_lps(self, now_us: int) -> Floats:
        """Return what leaks and pumps take; a pump stops when its time is over."""
        self.pump_lps[now_us >= self.pumped_until_us] = 0.0
        return self.leak_lps + self.pump_lps

    def pumping(self) -> Bools:
        """Return where a crew is at work."""
        return self.pump_lps > 0

    def block(self, place: int, state: FleetState, fill_s: float, *, clear: bool) -> str:
        """Shut an outlet, with so much inflow that it runs over after ``fill_s``."""
        state.blockage[place] = 0.0 if clear else 1.0
        self.flood_lps[place] = 0.0
        if clear:
            return "outlet free again"
        room_l = float(state.freeboard_left_mm[place] * state.area_m2[place])
        self.flood_lps[place] = room_l / fill_s if room_l > 0 else _FLOOD_LPS_MIN
        return f"outlet blocked, {room_l:.0f} L of room fill in {fill_s:g} s"

    def pump_out(self, place: int, state: FleetState, now_us: int, *, clear: bool) -> str:
        """Begin to empty a trap, or stop."""
        self.pump_lps[place] = 0.0
        if clear:
            return "pump stopped"
        volume_l = float(state.level_mm[place] * state.area_m2[place])
        self.pump_lps[place] = volume_l / PUMP_OUT_S
        self.pumped_until_us[place] = now_us + round(PUMP_OUT_S * SECOND_US)
        return f"{volume_l:.0f} L are pumped out in {PUMP_OUT_S:g} s"

    def put(self, fault: Fault, place: int, area_m2: float, *, clear: bool) -> str:
        """Put one of the other faults in, or take it out."""
        match fault:
            case Fault.LEAK:
                litres_an_hour = LEAK_MM_AN_HOUR * area_m2
                self.leak_lps[place] = 0.0 if clear else litres_an_hour / 3_600
                return "tight again" if clear else f"leaks {LEAK_MM_AN_HOUR:g} mm an hour"
            case Fault.BYPASS:
                self.bypassed[place] = not clear
                return "takes the kitchen's water again" if clear else "is bypassed"
            case Fault.STUCK:
                self.stuck[place] = not clear
                self.frozen_mm[place] = np.nan
                return "measures again" if clear else "is stuck at its next value"
            case Fault.FOAM:
                self.foam_mm[place] = np.nan if clear else FOAM_MM
                return "no foam" if clear else f"reads {FOAM_MM:g} mm too high once"
            case _:
                self.silent[place] = not clear
                return "reports again" if clear else "is silent"

    def read_mm(self, places: NDArray[np.intp], read_mm: Floats, upwards: Floats) -> Floats:
        """Return what units with these faults make of lengths: ``upwards`` 1 level, -1 distance."""
        foam_mm = self.foam_mm[places]
        shown_mm = np.where(np.isnan(foam_mm), read_mm, read_mm + upwards * foam_mm)
        self.foam_mm[places] = np.nan
        fresh = self.stuck[places] & np.isnan(self.frozen_mm[places])
        self.frozen_mm[places[fresh]] = shown_mm[fresh]
        held: Floats = np.where(self.stuck[places], self.frozen_mm[places], shown_mm)
        return np.maximum(held, 0.0)
