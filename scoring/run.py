"""One scoring run: simulate a past, replay the rules on it, compare with the truth. Pure."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from alerts.replays.county import replay_county
from alerts.rules.compiled import RuleInForce
from alerts.rules.definition import RuleDefinition
from alerts.rules.rulebook import RuleBook
from scoring.expectations import EXPECTATIONS
from scoring.matching import Places, match
from scoring.report import ScoredRun, raised_before_spill
from scoring.simulated_past import past_of
from simulators.history import simulate
from simulators.reporting import Reporting

Progress = Callable[[float], None]


class Sample(NamedTuple):
    """What to simulate: ``reporting`` as in ``simulators.reporting``."""

    seed: int
    traps: int
    days: int
    reporting: str


def rulebook_of(rules: Sequence[RuleDefinition]) -> RuleBook:
    """Return rules as if they were in force, without overrides."""
    return RuleBook([RuleInForce(n, 1, rule) for n, rule in enumerate(rules, 1)])


def score(
    rules: Sequence[RuleDefinition],
    sample: Sample,
    progress: Progress = lambda _share: None,
) -> ScoredRun:
    """Simulate one past and score the rules on it.

    Raises: ConfigError: no such reporting, or a count that is not positive.
    """
    plan = Reporting.named(sample.reporting)
    history = simulate(
        sample.seed, sample.traps, sample.days, plan, progress=lambda part: progress(part / 2)
    )
    past = past_of(history, round(plan.interval_s))
    rulebook = rulebook_of(rules)
    for device in past.registry:
        rulebook.put(device)
    episodes = replay_county(rulebook, past, lambda part: progress(0.5 + part / 2))
    places = Places(past.registry, [gateway.uid for gateway in history.county.gateways])
    scores = {
        code: match(code, expectation, episodes, history.truth, places)
        for code, expectation in EXPECTATIONS.items()
    }
    return ScoredRun(scores, raised_before_spill(episodes, history.truth, places))
