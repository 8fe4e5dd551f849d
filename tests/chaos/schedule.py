"""Which faults come in which order; pure, and the same for the same seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Victim(Enum):
    """What is killed, and how."""

    WORKER = "worker SIGKILL"
    DATABASE = "database SIGKILL"
    BROKER_RESTART = "broker SIGTERM"
    BROKER_CRASH = "broker SIGKILL"
    ALERTS = "alerts SIGKILL"


class Link(Enum):
    """Which link a proxy mistreats."""

    PUBLISHER_BROKER = "publisher-broker"
    WORKER_BROKER = "worker-broker"
    WORKER_DATABASE = "worker-database"


class Fault(Enum):
    """What a proxy does to a link."""

    RESET = "reset"
    FIN = "fin"
    DELAY = "delay"
    HALF_OPEN_UP = "half-open up"
    HALF_OPEN_DOWN = "half-open down"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class LinkFault:
    """A fault of one link; ``delay_s`` counts for DELAY only."""

    link: Link
    fault: Fault
    delay_s: float


@dataclass(frozen=True, slots=True)
class Step:
    """One blow: after ``after_acked`` more acknowledged publishes, kill ``victims`` at once.

    ``fault`` is in force from before the kill until after the restart. The dead stay dead for
    ``down_acked`` more publishes. ``recovers`` says to wait for new rows before the next blow;
    without it the next one may hit a process that still starts.
    """

    after_acked: int
    victims: tuple[Victim, ...]
    fault: LinkFault | None
    down_acked: int
    recovers: bool


#: How often each is killed, relative to the others. A crash of the broker is asked for apart: it
#: may lose what it has acknowledged.
_WEIGHTS = {
    Victim.WORKER: 4,
    Victim.DATABASE: 2,
    Victim.BROKER_RESTART: 2,
    Victim.ALERTS: 2,
}


def plan(seed: int, kill_count: int, *, with_broker_crashes: bool = False) -> list[Step]:
    """Return steps with ``kill_count`` kills in all; every victim and fault occurs if they fit."""
    rng = random.Random(f"schedule {seed}")
    weights = dict(_WEIGHTS)
    if with_broker_crashes:
        weights[Victim.BROKER_CRASH] = weights.pop(Victim.BROKER_RESTART)
    deck = list(weights)[:kill_count]
    deck += rng.choices(list(weights), list(weights.values()), k=kill_count - len(deck))
    rng.shuffle(deck)
    faults = _faults(rng)
    steps = []
    while deck:
        victims = [deck.pop()]
        if deck and deck[-1] not in victims and rng.random() < 0.2:
            victims.append(deck.pop())
        steps.append(
            Step(
                after_acked=rng.randrange(20, 800),
                victims=tuple(victims),
                fault=next(faults) if rng.random() < 0.75 else None,
                down_acked=rng.choice((0, 0, 50, 200)),
                recovers=rng.random() < 0.6,
            )
        )
    return steps


def _faults(rng: random.Random) -> Iterator[LinkFault]:
    while True:
        deck = [(link, fault) for link in Link for fault in Fault]
        rng.shuffle(deck)
        for link, fault in deck:
            yield LinkFault(link, fault, delay_s=rng.choice((0.02, 0.1, 0.4)))
