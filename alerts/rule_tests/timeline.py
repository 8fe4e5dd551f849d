"""A test as a sequence of moments, and the variations that must not change what comes of it. Pure.

At one moment first come the acts, then the batches of readings, then what is expected.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from alerts.rule_tests.case import Action, Case, Defaults, Expectation
from alerts.rule_tests.readings import Arrival
from alerts.rule_tests.scene import Scene
from core.reading import METRIC_BY_LABEL


class Variation(NamedTuple):
    """How a test is run; all must give the same result as the plain one.

    ``order``: which of several orders the readings of a batch come in (0: by time).
    """

    name: str
    restarts: bool = False
    copies: int = 1
    order: int = 0
    split: bool = False


PLAIN = Variation("as written")
VARIATIONS = (
    Variation("a restart after every event", restarts=True),
    Variation("every reading delivered twice", copies=2),
    Variation("batches in reverse order", order=1),
    Variation("batches in a shuffled order", order=2),
    Variation("single readings instead of batches", split=True),
    Variation("single readings, each twice, with restarts", restarts=True, copies=2, split=True),
)


@dataclass(slots=True)
class Moment:
    """What happens at one offset from the start (µs)."""

    actions: list[Action] = field(default_factory=list)
    batches: list[list[Arrival]] = field(default_factory=list)
    expectations: list[tuple[int, Expectation]] = field(default_factory=list)


def timeline(case: Case, defaults: Defaults, scene: Scene, start_us: int) -> dict[int, Moment]:
    """Return the moments of a test by their offset from its start, in order."""
    moments: dict[int, Moment] = {}
    for at_us, arrivals in _arrivals(case, defaults, scene, start_us):
        moment = moments.setdefault(_held(at_us, case.reorder_window), Moment())
        for number, copies in enumerate(arrivals):
            while len(moment.batches) <= number:
                moment.batches.append([])
            moment.batches[number].append(copies)
    for action in case.actions:
        moments.setdefault(action.at, Moment()).actions.append(action)
    for number, expectation in enumerate(case.expect):
        moments.setdefault(expectation.at, Moment()).expectations.append((number, expectation))
    told = [told.at for told in case.notifications or ()]
    for at_us in (*told, *(ticket.at for ticket in case.tickets or ())):
        moments.setdefault(at_us, Moment())
    return dict(sorted(moments.items()))


def vary(batch: Sequence[Arrival], variation: Variation) -> Iterator[list[Arrival]]:
    """Yield the batches as which a variation delivers one."""
    arrivals = sorted(batch, key=lambda arrival: (arrival.measured_at_us, arrival))
    if variation.order == 1:
        arrivals.reverse()
    elif variation.order:  # every third one first: no neighbour stays a neighbour
        arrivals = [arrivals[n] for k in (2, 0, 1) for n in range(k, len(arrivals), 3)]
    batches = [[arrival] for arrival in arrivals] if variation.split else [arrivals]
    for one in batches:
        for _ in range(variation.copies):
            yield one


def _arrivals(
    case: Case, defaults: Defaults, scene: Scene, start_us: int
) -> Iterator[tuple[int, list[Arrival]]]:
    """Yield each reading with the offset at which it is received, as often as it is."""
    for series in case.input:
        interval_us = series.interval or case.interval or defaults.interval
        device_id = scene.device_ids[series.series.device]
        metric = int(METRIC_BY_LABEL[series.series.metric])
        special = {delivery.index: delivery for delivery in series.deliver}
        for index, value in enumerate(series.values):
            if value is None:
                continue
            at_us = series.from_ + index * interval_us
            delivery = special.get(index)
            if delivery is None:
                yield at_us, [Arrival(device_id, metric, start_us + at_us, value)]
                continue
            measured_us = max(start_us + at_us + delivery.ts_shift, 0)
            arrival = Arrival(device_id, metric, measured_us, value)
            received_us = at_us if delivery.at is None else max(delivery.at, 0)
            yield received_us, [arrival] * delivery.times


def _held(at_us: int, window_us: int) -> int:
    """Return when a reading comes from a gateway that collects for a window and sends it all."""
    return at_us if window_us == 0 else -(-at_us // window_us) * window_us
