"""Runs one test: the world through its moments, then expected against observed. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from alerts.rule_tests import observed
from alerts.rule_tests.acts import perform
from alerts.rule_tests.case import Case, Defaults
from alerts.rule_tests.compare import Difference, compare, compare_unordered
from alerts.rule_tests.coverage import Coverage
from alerts.rule_tests.duration import format_us
from alerts.rule_tests.observed import Facts
from alerts.rule_tests.scene import Scene
from alerts.rule_tests.timeline import PLAIN, VARIATIONS, Moment, Variation, timeline, vary
from alerts.rule_tests.world import World
from alerts.rules.compiled import RuleInForce
from alerts.rules.definition import RuleDefinition
from core.errors import InvalidRequestError
from core.instant import SECOND_US, to_us

#: A Monday morning in the zone of the first user.
_START = datetime(2026, 1, 5, 0, 0, tzinfo=UTC)


@dataclass(slots=True)
class Run:
    """What one run of a test brought about."""

    snapshots: dict[int, list[Facts]] = field(default_factory=dict)
    notifications: list[Facts] = field(default_factory=list)
    tickets: list[Facts] = field(default_factory=list)
    episodes: list[Facts] = field(default_factory=list)
    history: list[Facts] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)


@dataclass(slots=True)
class Result:
    """A test's outcome: nothing told means that it passed."""

    case: Case
    differences: list[Difference] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)

    @property
    def passed(self) -> bool:
        """Whether all came as expected."""
        return not self.differences and not self.errors


def run_case(
    case: Case, rules: Sequence[RuleDefinition], defaults: Defaults, *, metamorphic: bool = False
) -> Result:
    """Run a test, and with ``metamorphic`` all its variations."""
    result = Result(case)
    try:
        in_force = _in_force(case.rules or defaults.rules, rules)
        _refuse_unknown(case, in_force)
        plain = run(case, in_force, defaults, PLAIN)
        result.coverage = plain.coverage
        result.differences = list(_differences(case, plain))
        for variation in VARIATIONS if metamorphic else ():
            other = run(case, in_force, defaults, variation)
            result.differences += _changes(variation, plain, other)
    except (InvalidRequestError, ValidationError) as error:
        result.errors.append(str(error))
    return result


def run(case: Case, rules: Sequence[RuleInForce], defaults: Defaults, variation: Variation) -> Run:
    """Run a test once.

    Raises: InvalidRequestError: an action names something that is not there.
    """
    start_us = to_us(case.start or defaults.start or _START)
    scene = Scene.of(case, defaults)
    world = World(rules, scene.devices.values(), start_us)
    world.restarts_always = variation.restarts
    found = Run(coverage=world.coverage)
    for offset_us, moment in timeline(case, defaults, scene, start_us).items():
        world.advance(start_us + offset_us)
        try:
            _live(world, scene, moment, variation)
        except InvalidRequestError as error:
            raise InvalidRequestError(f"at {format_us(offset_us)}: {error}") from None
        for number, asked in moment.expectations:
            found.snapshots[number] = observed.alerts(world, scene, asked, start_us)
    # What is due at the last moment happens just after it.
    world.advance(world.now_us + SECOND_US - 1)
    found.notifications = observed.notifications(world, scene, start_us)
    found.tickets = observed.tickets(world, scene, start_us)
    found.episodes = observed.episodes(world, scene, start_us)
    found.history = observed.history(world, scene, start_us)
    return found


def _live(world: World, scene: Scene, moment: Moment, variation: Variation) -> None:
    """Let one moment happen; what becomes due at it happens in it."""
    for action in moment.actions:
        perform(world, scene, action)
        world.advance(world.now_us)
        if variation.restarts:
            world.restart()
    for written in moment.batches:
        for batch in vary(written, variation):
            world.deliver(batch)
    world.advance(world.now_us)


def _in_force(asked: Sequence[str] | None, rules: Sequence[RuleDefinition]) -> list[RuleInForce]:
    codes = {rule.code for rule in rules}
    unknown = [code for code in asked or () if code not in codes]
    if unknown:
        raise InvalidRequestError(f"there is no rule {', '.join(unknown)}")
    wanted = [rule for rule in rules if asked is None or rule.code in asked]
    return [RuleInForce(number, 1, rule) for number, rule in enumerate(wanted, 1)]


def _refuse_unknown(case: Case, rules: Sequence[RuleInForce]) -> None:
    """Refuse names that nothing has: an expectation of no alerts about them would always hold."""
    series = [one.series for one in case.input]
    known = {
        "rule": {rule.definition.code for rule in rules},
        "site": {name.site for name in series},
        "device": {name.device for name in series},
    }
    expected = (*case.expect, *(case.notifications or ()), *(case.tickets or ()))
    for one in (*expected, *(case.episodes or ())):
        for kind, names in known.items():
            name = getattr(one, kind, None)
            if name is not None and name not in names:
                raise InvalidRequestError(f"there is no {kind} {name} in this test")


def _differences(case: Case, found: Run) -> Iterable[Difference]:
    for number, asked in enumerate(case.expect):
        wanted = _facts(asked.alerts)
        title = f"{asked.rule} at {format_us(asked.at)}"
        difference = compare_unordered(title, wanted, found.snapshots[number])
        if difference is not None:
            yield difference
    lists: tuple[tuple[str, Sequence[BaseModel] | None, list[Facts]], ...] = (
        ("notifications", case.notifications, found.notifications),
        ("tickets", case.tickets, found.tickets),
        ("episodes", case.episodes, found.episodes),
    )
    for subject, expected, seen in lists:
        if expected is None:
            continue
        wanted = _facts(expected)
        if subject == "tickets":  # a ticket without flags has none
            wanted = [{"flags": (), **facts} for facts in wanted]
        difference = compare(subject, wanted, seen)
        if difference is not None:
            yield difference


def _changes(variation: Variation, plain: Run, other: Run) -> Iterable[Difference]:
    for number, snapshot in plain.snapshots.items():
        subject = f"{variation.name}: expectation {number + 1}"
        yield from _change(subject, snapshot, other.snapshots[number])
    for name in ("notifications", "tickets", "episodes"):
        yield from _change(f"{variation.name}: {name}", getattr(plain, name), getattr(other, name))
    if plain.history != other.history and plain.episodes == other.episodes:
        yield from _change(f"{variation.name}: history", plain.history, other.history)


def _change(subject: str, plain: list[Facts], other: list[Facts]) -> Iterable[Difference]:
    difference = compare(subject, plain, other, exactly=True)
    if difference is not None:
        yield difference


def _facts(models: Iterable[BaseModel]) -> list[dict[str, Any]]:
    return [model.model_dump(exclude_unset=True) for model in models]
