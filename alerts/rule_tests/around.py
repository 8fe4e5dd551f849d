"""What people and gateways do around the readings of a rule test: silences, jobs, outages. Pure.

The in-memory twin of alerts/circumstances/store.py: it fills the same Circumstances.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from alerts.circumstances.model import FOREVER_US, Circumstances, EpisodeKey, Span
from alerts.suppression.model import MaintenanceWindow, Silence, Suppressions, suppressor_of
from core.instant import HOUR_US

#: After a pump-out the trap refills for a while (select_works says the same in SQL).
REFILL_US = 2 * HOUR_US


@dataclass(slots=True)
class Job:
    """Work at a trap, as the register knows it."""

    trap_id: int
    kind: str
    opened_us: int
    closed_us: int | None = None

    @property
    def span(self) -> Span:
        """From when until when it explains what the trap's sensors say."""
        if self.closed_us is None:
            return Span(self.opened_us, FOREVER_US, self.opened_us)
        refill_us = REFILL_US if self.kind == "pump_out" else 0
        return Span(self.opened_us, self.closed_us + refill_us, self.opened_us)


@dataclass(slots=True)
class Around:
    """All of it; ``outages`` are gateways that are down, by number."""

    silences: list[Silence] = field(default_factory=list)
    windows: list[MaintenanceWindow] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    outages: list[tuple[int, Span]] = field(default_factory=list)

    def circumstances(self, open_episodes: Iterable[tuple[EpisodeKey, Span]]) -> Circumstances:
        """Return them as the gate asks for them."""
        works: dict[int, list[Span]] = {}
        for job in self.jobs.values():
            works.setdefault(job.trap_id, []).append(job.span)
        episodes: dict[EpisodeKey, list[Span]] = {}
        for gateway_id, span in self.outages:
            episodes.setdefault(("R14", "gateway", str(gateway_id)), []).append(span)
        for key, span in open_episodes:
            episodes.setdefault(key, []).append(span)
        suppressions = Suppressions(self.silences, self.windows)
        suppressor = partial(suppressor_of, suppressions=suppressions)
        return Circumstances(works, episodes, suppressor)

    def next_end_us(self, after_us: int) -> int | None:
        """Return when something that keeps people from being told has ended next."""
        ends = [silence.ends_us for silence in self.silences]
        ends += [window.ends_us for window in self.windows]
        ends += [job.span.to_us + 1 for job in self.jobs.values()]
        ends += [span.to_us + 1 for _, span in self.outages]
        return min((end for end in ends if after_us < end < FOREVER_US), default=None)
