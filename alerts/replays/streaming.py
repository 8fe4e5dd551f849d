"""The law of the engine in memory: what readings sorted by time must have meant. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alerts.episode import Episode, Gate, Sample
from alerts.machines.machine import Machine
from alerts.rules.compiled import CompiledRule
from alerts.rules.rulebook import RuleBook
from core.reading_batch import ReadingBatch


class Samples(NamedTuple):
    """Values in event-time order; arrays of shape (n,), instants in µs."""

    at_us: NDArray[np.int64]
    value: NDArray[np.float64]
    received_at_us: NDArray[np.int64]


NOTHING = Samples(np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.int64))

#: While a machine is idle, readings below the rule's limit are skipped in one numpy search.
_SLICE = 64


def group_by_series(batch: ReadingBatch) -> dict[tuple[int, int], list[Sample]]:
    """Return the samples of each (device, metric), in the batch's order."""
    series: dict[tuple[int, int], list[Sample]] = {}
    for device_id, metric, at_us, value, received_at_us in zip(
        batch.device_id.tolist(),
        batch.metric.tolist(),
        batch.measured_at_us.tolist(),
        batch.value.tolist(),
        batch.received_at_us.tolist(),
        strict=True,
    ):
        series.setdefault((device_id, metric), []).append(Sample(at_us, value, received_at_us))
    return series


def replay(rulebook: RuleBook, readings: ReadingBatch, gate: Gate) -> list[Episode]:
    """Return all episodes of good readings in event-time order, by dedup key and start."""
    episodes: list[Episode] = []
    for device_id, metric, series in split_series(readings):
        subject = rulebook.subject_of(device_id)
        if subject is None:
            continue
        samples = Samples(series.measured_at_us, series.value, series.received_at_us)
        for rule in rulebook.rules_of(device_id, metric):
            episodes += follow_samples(Machine(rule, subject), samples, gate)
    return sorted(episodes, key=lambda episode: (episode.dedup_key, episode.started_at_us))


def split_series(readings: ReadingBatch) -> Iterator[tuple[int, int, ReadingBatch]]:
    """Yield (device, metric, readings) with each series' readings in the batch's order."""
    if not len(readings):
        return
    key = readings.device_id.astype(np.int64) << 16 | readings.metric
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
        series = readings.take(order[start:end])
        yield int(series.device_id[0]), int(series.metric[0]), series


def follow_samples(machine: Machine, samples: Samples, gate: Gate) -> list[Episode]:
    """Let a machine follow values in event-time order; return its episodes, oldest first.

    What cannot concern an idle machine is not looked at.
    """
    reaching = np.flatnonzero(_reaches(machine.rule, samples.value))
    place = 0
    while place < len(samples.at_us):
        if machine.is_idle:
            found = np.searchsorted(reaching, place)
            if found == len(reaching):
                break
            place = int(reaching[found])
            machine.trail = _trail(machine.rule, samples, place)
        until = min(place + _SLICE, len(samples.at_us))
        for sample in _samples(samples, place, until):
            machine.follow((sample,), gate)
            place += 1
            if machine.is_idle:
                break
    return machine.ended if machine.episode is None else [*machine.ended, machine.episode]


def _reaches(rule: CompiledRule, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    limit = rule.worth_a_look_at
    return values <= limit if rule.is_falling else values >= limit


def _trail(rule: CompiledRule, samples: Samples, place: int) -> list[tuple[int, float]]:
    if not rule.trail_us:
        return []
    at_us = samples.at_us
    start = int(np.searchsorted(at_us, at_us[place] - rule.trail_us))
    return list(zip(at_us[start:place].tolist(), samples.value[start:place].tolist(), strict=True))


def _samples(samples: Samples, start: int, end: int) -> Iterator[Sample]:
    for row in zip(*(column[start:end].tolist() for column in samples), strict=True):
        yield Sample(*row)
