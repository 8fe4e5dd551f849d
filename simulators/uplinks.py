"""When units speak and what is true then: one row a message, before sensors and link. Pure."""

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.instant import HOUR_US, SECOND_US
from simulators.course import Hour
from simulators.discharge import Ints
from simulators.observed import ObservedFleet
from simulators.physics import GREASE_LIFT, Bools, Floats
from simulators.plan.model import STEP_US, Plan, Span
from simulators.reporting import Reporting

#: A message with the unit's measurements; the first of an hour also has grease, battery, radio.
MEASURED, HOURLY, MOVED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Messages:
    """m messages; arrays of (m,). ``cover`` is 1 open, 0 shut, or an angle above 1 of a shock."""

    place: NDArray[np.int32]
    at_us: Ints
    kind: NDArray[np.int8]
    level_mm: Floats
    flow_lps: Floats
    volume_l: Floats
    fog_mm: Floats
    solids_mm: Floats
    cover: Floats

    def __len__(self) -> int:
        """Return m."""
        return len(self.place)

    def take(self, index: NDArray[np.intp]) -> Self:
        """Return some messages."""
        return type(self)(*(getattr(self, field.name)[index] for field in fields(self)))

    @classmethod
    def joined(cls, parts: "list[Messages]") -> Self:
        """Return all messages of some."""
        return cls(
            *(np.concatenate([getattr(p, field.name) for p in parts]) for field in fields(cls))
        )


class Uplinks:
    """Collects messages hour by hour."""

    def __init__(self, plan: Plan, reporting: Reporting, rng: np.random.Generator) -> None:
        self._plan = plan
        self._fleet = plan.fleet
        self._interval_us = round(reporting.interval_s * SECOND_US)
        if HOUR_US % self._interval_us:
            raise ConfigError("reporting interval: a divisor of an hour expected")
        self._repeat_steps = max(round(reporting.triggered_interval_s * SECOND_US) // STEP_US, 1)
        self._triggered = reporting.triggered
        count = len(plan.fleet)
        self._phase_us = rng.integers(0, self._interval_us // SECOND_US, count) * SECOND_US
        self._was_high: Bools = np.zeros(count, np.bool_)
        self._parts: list[Messages] = []

    def look(self, hour: Hour) -> None:
        """Take in one hour."""
        count = len(self._fleet)
        start_us = self._plan.start_us + hour.first_step * STEP_US
        rounds = HOUR_US // self._interval_us
        at_us = start_us + self._phase_us + np.arange(rounds)[:, None] * self._interval_us
        place = np.broadcast_to(np.arange(count), at_us.shape)
        kind = np.full(at_us.shape, MEASURED, np.int8)
        kind[0] = HOURLY
        self._add(hour, place.ravel(), at_us.ravel(), kind.ravel())
        if self._triggered:
            self._alarms(hour, start_us)

    def all(self) -> Messages:
        """Return the messages in order of unit and time, with covers that move among them."""
        parts = [*self._parts, *([self._moves()] if self._triggered else [])]
        messages = Messages.joined(parts)
        messages = messages.take(np.lexsort((messages.at_us, messages.place)))
        cover = messages.cover
        for place, spans in merged(self._plan.open_covers).items():
            for from_us, to_us in spans:
                cover[of_unit(messages, place, from_us, to_us)] = 1.0
        return messages

    def _add(self, hour: Hour, place: Ints, at_us: Ints, kind: NDArray[np.int8]) -> None:
        fleet = self._fleet
        step = (at_us - self._plan.start_us) // STEP_US - hour.first_step
        level_mm = hour.level_mm[step, place]
        # A hydrostatic probe weighs the column: floating grease adds nothing.
        lift_mm = np.where(fleet.ultrasonic, 0.0, GREASE_LIFT * hour.fog_mm)
        self._parts.append(
            Messages(
                place.astype(np.int32),
                at_us,
                kind,
                level_mm - lift_mm[place],
                hour.outflow_lps[step, place],
                hour.discharged_l[step, place],
                hour.fog_mm[place],
                hour.solids_mm[place],
                np.zeros(len(place)),
            )
        )

    def _alarms(self, hour: Hour, start_us: int) -> None:
        """Add what units say at once: the level has crossed the warning line, or is above it."""
        alarm_mm = self._fleet.alarm_mm
        high = np.flatnonzero(self._was_high | (hour.level_mm.max(axis=0) > alarm_mm))
        if not len(high):
            return
        above = hour.level_mm[:, high] > alarm_mm[high]
        before = np.concatenate([self._was_high[None, high], above[:-1]])
        every = (np.arange(len(above))[:, None] + high) % self._repeat_steps == 0
        step, which = np.nonzero((above != before) | (above & every))
        self._was_high[high] = above[-1]
        at_us = start_us + step * STEP_US + SECOND_US // 2
        self._add(hour, high[which], at_us, np.full(len(step), MEASURED, np.int8))

    def _moves(self) -> Messages:
        """Return the messages at each move of a cover, and at each shock of traffic."""
        rows: list[tuple[int, int, float]] = []
        for place, spans in merged(self._plan.open_covers).items():
            rows += [(place, at_us, 0.0) for span in spans for at_us in span]
        for shock in self._plan.shocks:
            rows += [(shock.place, shock.start_us, shock.value), (shock.place, shock.end_us, 0.0)]
        listens = self._fleet.has_cover | self._fleet.has_tilt
        rows = [row for row in rows if listens[row[0]] and row[1] < self._plan.end_us]
        count = len(rows)
        nothing = np.full(count, np.nan)
        table = np.array(rows, dtype=np.float64).reshape(count, 3)
        return Messages(
            np.array([row[0] for row in rows], np.int32),
            np.array([row[1] for row in rows], np.int64),
            np.full(count, MOVED, np.int8),
            nothing,
            nothing,
            nothing,
            nothing,
            nothing,
            table[:, 2].copy(),
        )


def merged(spans: list[Span]) -> dict[int, list[tuple[int, int]]]:
    """Return the spans of each place without overlaps, in order."""
    found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for span in sorted(spans):
        own = found[span.place]
        if own and span.start_us <= own[-1][1]:
            own[-1] = (own[-1][0], max(own[-1][1], span.end_us))
        else:
            own.append((span.start_us, span.end_us))
    return dict(found)


def of_unit(messages: Messages, place: int, from_us: int, to_us: int) -> slice:
    """Return where the messages of a unit in [from, to) stand; messages must be in order."""
    begin, end = np.searchsorted(messages.place, (place, place + 1))
    own_us = messages.at_us[begin:end]
    return slice(
        int(begin + np.searchsorted(own_us, from_us)), int(begin + np.searchsorted(own_us, to_us))
    )


def fleet_sigma_mm(fleet: ObservedFleet, rng: np.random.Generator) -> Floats:
    """Return the noise of each unit's level."""
    return rng.uniform(3.0, 8.0, len(fleet))
