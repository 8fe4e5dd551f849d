"""A simulated past: readings as they would have arrived, objects, rain, and what truly happened.

Pure: one seed, one history, bit for bit. The readings are what rules see; the truth is what they
are scored against.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.errors import ConfigError
from core.instant import DAY_US, HOUR_US, SECOND_US
from core.reading_batch import ReadingBatch
from simulators.county import County
from simulators.course import play
from simulators.link import deliver, to_batch
from simulators.observation import FOG_SIGMA_MM, SOLIDS_SIGMA_MM, observe
from simulators.observed import ObservedFleet
from simulators.physics import Floats
from simulators.plan.draw import draw_plan, draw_rain
from simulators.plan.model import Closure, Inspection, Job, Plan, PumpOut, Rain
from simulators.plan.rates import EpisodeRates
from simulators.reporting import Reporting
from simulators.states import StateWatch, label_grease
from simulators.truth import TrueEpisode
from simulators.uplinks import Uplinks, fleet_sigma_mm

#: 2026-03-09T00:00+08:00, a Monday: all shops are back from Spring Festival.
DEFAULT_START_US = 1_772_985_600 * SECOND_US

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class SimulatedHistory:
    """Device ``i`` of ``county.devices`` is ``device_id`` i + 1 in ``readings``, by arrival."""

    county: County
    start_us: int
    end_us: int
    readings: ReadingBatch
    jobs: tuple[Job, ...]
    pump_outs: tuple[PumpOut, ...]
    inspections: tuple[Inspection, ...]
    closures: tuple[Closure, ...]
    rain: tuple[Rain, ...]
    truth: tuple[TrueEpisode, ...]


def simulate(
    seed: int,
    trap_count: int,
    days: int,
    reporting: Reporting | None = None,
    start_us: int = DEFAULT_START_US,
    *,
    rates: EpisodeRates | None = None,
    progress: Progress | None = None,
) -> SimulatedHistory:
    """Return the history of ``trap_count`` open traps over ``days``.

    ``progress`` is called with the share done, 0..1.

    Raises: ConfigError: ``start_us`` is not a whole hour, or a count is not positive.
    """
    if start_us % HOUR_US or trap_count < 1 or days < 1:
        raise ConfigError(
            "simulate: a whole hour to start at, traps and days of 1 or more expected"
        )
    reporting = reporting or Reporting()
    fleet = ObservedFleet.make(seed, trap_count)
    span_us = (start_us, start_us + days * DAY_US)
    rates = rates or EpisodeRates()
    plan = draw_plan(fleet, span_us, reporting, rates, np.random.default_rng([seed, 12]))
    rain = draw_rain(plan, np.random.default_rng([seed, 13]))
    dice = np.random.default_rng([seed, 14])
    sigma_mm = fleet_sigma_mm(fleet, dice)
    uplinks = Uplinks(plan, reporting, dice)
    states = StateWatch(plan, sigma_mm)
    layers = []
    for hour in play(plan, np.random.default_rng([seed, 15])):
        uplinks.look(hour)
        states.look(hour)
        layers.append((hour.fog_mm, hour.solids_mm))
        if progress is not None:
            progress(0.8 * len(layers) / (24 * days))
    states.label()
    layers_mm = np.array(layers)
    sigma_ratio = np.hypot(FOG_SIGMA_MM, SOLIDS_SIGMA_MM) / fleet.outlet_mm
    label_grease(plan, layers_mm.sum(axis=1) / fleet.outlet_mm, sigma_ratio)
    plan.label_silences()
    messages = uplinks.all()
    rows = observe(plan, messages, sigma_mm, dice)
    readings = to_batch(rows, deliver(plan, messages, dice), messages)
    if progress is not None:
        progress(1.0)
    return SimulatedHistory(
        fleet.county,
        *span_us,
        readings,
        tuple(sorted(plan.jobs, key=lambda job: job.opened_us)),
        tuple(sorted(plan.pump_outs, key=lambda out: out.at_us)),
        tuple(_inspections(plan, layers_mm, dice)),
        tuple(sorted(plan.closures, key=lambda closure: closure.from_us)),
        tuple(rain),
        tuple(sorted(plan.truth, key=lambda episode: (episode.start_us, episode.kind))),
    )


def _inspections(plan: Plan, layers_mm: Floats, rng: np.random.Generator) -> list[Inspection]:
    found = []
    for place, at_us in sorted(plan.inspections_at, key=lambda row: row[1]):
        hour = min((at_us - plan.start_us) // HOUR_US, len(layers_mm) - 1)
        fog_mm, solids_mm = layers_mm[hour, :, place] + rng.normal(0.0, 4.0, 2)
        code = plan.fleet.traps[place].code
        found.append(Inspection(code, at_us, round(max(fog_mm, 0.0)), round(max(solids_mm, 0.0))))
    return found
