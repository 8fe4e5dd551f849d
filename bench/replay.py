"""Case ``replay``: all shipped rules over a labelled past, one core: readings a second."""

from collections.abc import Iterator
from time import perf_counter

from alerts.replays.county import replay_county
from alerts.rules.catalogue import load_catalogue
from bench.record import Record, measured
from scoring.run import rulebook_of
from scoring.simulated_past import past_of
from simulators.history import simulate
from simulators.reporting import Reporting

_TRAPS, _DAYS, _SEED = 60, 20, 1


def run(duration_s: float = 20.0) -> Iterator[Record]:
    """Yield one record: a sample is a replay of 60 traps' 20 days; simulating is not counted."""
    reporting = Reporting()
    past = past_of(simulate(_SEED, _TRAPS, _DAYS, reporting), round(reporting.interval_s))
    rulebook = rulebook_of(load_catalogue())
    for device in past.registry:
        rulebook.put(device)
    samples: list[float] = []
    began = last = perf_counter()
    episodes = 0
    while last - began < duration_s:
        episodes = len(replay_county(rulebook, past))
        now = perf_counter()
        samples.append((now - last) * 1_000)
        last = now
    rate = len(past.readings) * len(samples) / (last - began)
    parameters = {"traps": _TRAPS, "days": _DAYS, "rules": len(rulebook.rules)}
    extra = {"readings": len(past.readings), "episodes": episodes}
    yield measured(
        "replay", parameters, rate=rate, unit="readings/s", samples_ms=samples, extra=extra
    )
