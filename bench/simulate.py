"""Case ``simulate``: a fleet of labelled traps, one core: times real time."""

from collections.abc import Iterator
from time import perf_counter

import numpy as np

from bench.record import Record, measured
from core.instant import DAY_US, HOUR_US
from simulators.course import play
from simulators.history import DEFAULT_START_US
from simulators.observed import ObservedFleet
from simulators.plan.draw import draw_plan
from simulators.plan.rates import EpisodeRates
from simulators.reporting import Reporting
from simulators.states import StateWatch
from simulators.uplinks import Uplinks, fleet_sigma_mm

_TRAPS = 5_000
_SEED = 1
#: Begins at four in the morning, so that a short run has no idle night only.
_START_US = DEFAULT_START_US + 4 * HOUR_US


def run(duration_s: float = 20.0) -> Iterator[Record]:
    """Yield one record: physics, labels and uplinks of 5,000 traps; a sample is an hour of them."""
    fleet = ObservedFleet.make(_SEED, _TRAPS)
    reporting, dice = Reporting(), np.random.default_rng(_SEED)
    span_us = (_START_US, _START_US + 30 * DAY_US)
    plan = draw_plan(fleet, span_us, reporting, EpisodeRates(), dice)
    sigma_mm = fleet_sigma_mm(fleet, dice)
    uplinks, states = Uplinks(plan, reporting, dice), StateWatch(plan, sigma_mm)
    samples: list[float] = []
    hours = play(plan, dice)
    began = last = perf_counter()
    while last - began < duration_s:
        hour = next(hours)
        uplinks.look(hour)
        states.look(hour)
        now = perf_counter()
        samples.append((now - last) * 1_000)
        last = now
    rate = 3_600.0 * len(samples) / (last - began)
    parameters = {"traps": _TRAPS, "step_s": 10.0, "hours": len(samples)}
    yield measured("simulate", parameters, rate=rate, unit="x real time", samples_ms=samples)
