"""All traps of a county with kitchens above and sensors in them, moved on step by step.

Owns: simulated time, which unit reports when and what it reads, faults put in on purpose.
Never: a clock, a socket. One seed and one sequence of calls give one sequence of reports.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidRequestError, NotFoundError
from core.instant import SECOND_US
from simulators.county import County, Device
from simulators.injected import Injected
from simulators.kitchen import KITCHEN_TYPES, Kitchens
from simulators.physics import Bools, FleetState, advance
from simulators.sensors import Sensors
from simulators.vocabulary import REPORT_INTERVAL_S, Fault

#: Above this a unit reports at once and every few seconds: ten minutes would be too late.
ALARM_SURCHARGE_MM = 100.0
ALARM_INTERVAL_S = 5.0
_FILL_S = (1.0, 86_400.0)


@dataclass(frozen=True, slots=True)
class Report:
    """What one unit reads at one moment; None where it has no such sensor.

    ``length_mm`` is the distance to the surface for units with a mount height, else the level.
    """

    device: Device
    at_us: int
    length_mm: float
    flow_lps: float | None
    cover_open: bool | None
    battery_pct: float
    rssi_dbm: float


class Fleet:
    """The simulated county at ``now_us``."""

    def __init__(
        self,
        county: County,
        seed: int,
        start_us: int,
        report_interval_s: float = REPORT_INTERVAL_S,
    ) -> None:
        self.now_us = start_us
        self._start_us = start_us
        self._devices = county.devices
        self._interval_us = round(report_interval_s * SECOND_US)
        self._rng = np.random.default_rng([seed, 2])
        traps = {trap.code: trap for trap in county.traps}
        people = {restaurant.register_no: restaurant for restaurant in county.restaurants}
        fitted = [traps[device.trap_code] for device in county.devices]
        owners = [people[trap.register_no] for trap in fitted]
        self._at = {device.trap_code: place for place, device in enumerate(county.devices)}
        self._known = traps.keys()
        self.state = FleetState.at_rest(
            np.array([trap.outlet_invert_mm for trap in fitted], dtype=np.float64),
            np.array([trap.cover_mm for trap in fitted], dtype=np.float64),
            np.array([trap.area_m2 for trap in fitted], dtype=np.float64),
        )
        self._kitchens = Kitchens.idle(
            np.array([o.water_l_a_day if o.status == "open" else 0.0 for o in owners]),
            np.array([KITCHEN_TYPES.index(o.restaurant_type) for o in owners], dtype=np.intp),
        )
        count = len(fitted)
        self._sensors = Sensors.make(count, self._rng)
        self._mount_mm = np.array([d.mount_height_mm or np.nan for d in county.devices])
        self._has_cover = np.array([d.has_cover for d in county.devices], dtype=np.bool_)
        self._injected = Injected.none(count)
        self._was_high: Bools = np.zeros(count, np.bool_)
        self._was_open: Bools = np.zeros(count, np.bool_)
        self._reported_us: NDArray[np.int64] = np.full(count, start_us, dtype=np.int64)
        stagger_us = self._rng.integers(0, max(self._interval_us, 1), count)
        self._next_us: NDArray[np.int64] = start_us + stagger_us

    def __len__(self) -> int:
        """Return the number of traps with a unit."""
        return len(self._devices)

    def step(self, dt_s: float) -> None:
        """Let ``dt_s`` pass (at most a minute)."""
        injected = self._injected
        drawn_lps = self._kitchens.draw(self.now_us, dt_s, self._rng)
        was_pumping = injected.pumping()
        drain_lps = injected.drain_lps(self.now_us)
        self.state.cover_open[was_pumping & ~injected.pumping()] = False
        self.state = advance(
            replace(self.state, drain_lps=drain_lps), injected.inflow_lps(drawn_lps), dt_s
        )
        self.now_us += round(dt_s * SECOND_US)

    def take_reports(self) -> list[Report]:
        """Return what the units report now: by their interval, and by what has happened."""
        due = self._due()
        places = np.flatnonzero(due)
        if not len(places):
            return []
        self._reported_us[due] = self.now_us
        late = due & (self._next_us <= self.now_us)
        missed = (self.now_us - self._next_us[late]) // self._interval_us + 1
        self._next_us[late] += missed * self._interval_us
        level_mm = self.state.level_mm[due]
        true_mm = np.where(np.isnan(self._mount_mm[due]), level_mm, self._mount_mm[due] - level_mm)
        upwards = np.where(np.isnan(self._mount_mm[due]), 1.0, -1.0)
        read_mm = self._sensors.lengths_mm(due, true_mm, self._rng)
        lengths = self._injected.read_mm(places, read_mm, upwards).tolist()
        flows = self._sensors.flows_lps(self.state.outflow_lps[due], self._rng).tolist()
        rssis = self._sensors.rssis_dbm(due, self._rng).tolist()
        batteries = self._sensors.batteries_pct(due, self.now_us - self._start_us).tolist()
        opened = self.state.cover_open[due].tolist()
        reports = []
        for nth, place in enumerate(places.tolist()):
            device = self._devices[place]
            reports.append(
                Report(
                    device,
                    self.now_us,
                    lengths[nth],
                    flows[nth] if device.has_flow else None,
                    opened[nth] if device.has_cover else None,
                    batteries[nth],
                    rssis[nth],
                )
            )
        return reports

    def inject(self, fault: Fault, trap_code: str, *, fill_s: float, clear: bool) -> str:
        """Put a fault into a trap, or take it out again; return what was done, for people.

        ``fill_s``: a blocked trap runs over after so many seconds, whatever the hour.

        Raises: NotFoundError: no such trap, or no unit in it. InvalidRequestError: no such sensor
            there, or ``fill_s`` out of bounds.
        """
        place = self._at.get(trap_code)
        if place is None:
            reason = "has no device" if trap_code in self._known else "is not in this county"
            raise NotFoundError(f"trap {trap_code} {reason}")
        match fault:
            case Fault.BLOCKAGE:
                if not _FILL_S[0] <= fill_s <= _FILL_S[1]:
                    raise InvalidRequestError(f"fill_s: {_FILL_S[0]:g}..{_FILL_S[1]:g} expected")
                return self._injected.block(place, self.state, fill_s, clear=clear)
            case Fault.COVER_OPEN:
                return self._move_cover(place, trap_code, clear=clear)
            case Fault.PUMP_OUT:
                done = self._injected.pump_out(place, self.state, self.now_us, clear=clear)
                self.state.cover_open[place] = not clear
                return done
            case Fault.SILENCE:
                self._next_us[place] = self.now_us
        area_m2 = float(self.state.area_m2[place])
        return self._injected.put(fault, place, area_m2, clear=clear)

    def _move_cover(self, place: int, trap_code: str, *, clear: bool) -> str:
        if not self._has_cover[place]:
            having = np.flatnonzero(self._has_cover)
            other = having[np.argmin(np.abs(having - place))] if len(having) else None
            hint = "" if other is None else f"; {self._devices[int(other)].trap_code} has one"
            raise InvalidRequestError(f"trap {trap_code} has no cover sensor{hint}")
        self.state.cover_open[place] = not clear
        return "cover closed" if clear else "cover open"

    def _due(self) -> Bools:
        high = self.state.surcharge_mm > ALARM_SURCHARGE_MM
        opened = self.state.cover_open.copy()
        alarm_us = round(ALARM_INTERVAL_S * SECOND_US)
        due: Bools = (
            (self._next_us <= self.now_us)
            | (high != self._was_high)
            | (high & (self.now_us - self._reported_us >= alarm_us))
            | ((opened != self._was_open) & self._has_cover)
        )
        self._was_high, self._was_open = high, opened
        heard: Bools = due & ~self._injected.silent
        return heard
