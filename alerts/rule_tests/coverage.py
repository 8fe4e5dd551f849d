"""Which rows of the alert table, and which sides of which limits, tests have touched. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field

from alerts.episode import Gate, Sample
from alerts.lifecycle import Step
from alerts.machines.machine import Machine
from alerts.rules.compiled import CompiledRule

ROW_COUNT = 12
_SIDES = {"below", "reached"}


@dataclass(slots=True)
class Coverage:
    """Rows by rule code, and the sides seen of each limit, by (rule code, limit's name)."""

    rows: dict[str, set[int]] = field(default_factory=dict)
    limits: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    rules: dict[str, CompiledRule] = field(default_factory=dict)

    def note_rule(self, rule: CompiledRule) -> None:
        """A rule was in force."""
        self.rules.setdefault(rule.code, rule)
        self.rows.setdefault(rule.code, set())
        for name, _ in _limits(rule):
            self.limits.setdefault((rule.code, name), set())

    def note_row(self, rule: CompiledRule, row: int) -> None:
        """A row of the table was taken (0: stayed where it was)."""
        if row:
            self.rows.setdefault(rule.code, set()).add(row)

    def note_value(self, rule: CompiledRule, value: float) -> None:
        """A value was judged."""
        sign = -1.0 if rule.is_falling else 1.0
        for name, limit in _limits(rule):
            side = "reached" if sign * value >= sign * limit else "below"
            self.limits.setdefault((rule.code, name), set()).add(side)

    def add(self, other: "Coverage") -> None:
        """Count what another test touched, too."""
        self.rules |= {code: rule for code, rule in other.rules.items() if code not in self.rules}
        for code, rows in other.rows.items():
            self.rows.setdefault(code, set()).update(rows)
        for limit, sides in other.limits.items():
            self.limits.setdefault(limit, set()).update(sides)

    def missing_rows(self, code: str) -> list[int]:
        """Return the rows a rule can take that no test took."""
        rule = self.rules[code]
        return [n for n in possible_rows(rule) if n not in self.rows[code]]

    def missing_sides(self, code: str) -> list[str]:
        """Return limits of a rule that were not touched from both sides."""
        return [
            f"{name}: never {side}"
            for (owner, name), seen in sorted(self.limits.items())
            if owner == code
            for side in sorted(_SIDES - seen)
        ]


def possible_rows(rule: CompiledRule) -> list[int]:
    """Return the rows that a rule's timing allows at all."""
    timing = rule.timing
    holds = timing.hold_us > 0 or timing.samples_min > 1
    clears_slowly = timing.clear_hold_us > 0 or timing.clear_samples_min > 1
    rows = {2, 3, 5} if holds else {1}
    rows |= {9, 10, 11, 12} | ({6, 7} if clears_slowly else set())
    if not timing.latched:
        rows |= ({4} if holds else set()) | ({8} if clears_slowly else set())
    return sorted(rows)


def _limits(rule: CompiledRule) -> list[tuple[str, float]]:
    # A limit's number would differ from trap to trap; its name is the same everywhere.
    metric = "" if rule.metric is None else f"{rule.metric.label} "
    names = [f"{metric}{lv.severity}" for lv in rule.levels]
    levels = {name: lv.raise_at for name, lv in zip(names, rule.levels, strict=True)}
    return [*levels.items(), (f"{metric}clear", rule.clear_below)]


class WatchedMachine(Machine):
    """The product's machine; every step it takes is also told to ``watch``."""

    watch: Callable[[CompiledRule, int, float], None]

    def _take(self, taken: Step, sample: Sample, gate: Gate) -> None:
        self.watch(self.rule, taken.row, sample.value)
        super()._take(taken, sample, gate)
