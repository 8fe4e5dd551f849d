"""The rules in force for every device, and tables that find the few readings worth a look.

The tables hold, for each metric and device number, the lowest value at which any rule could fire
(+inf where none can), and the highest for rules about small values. Two numpy comparisons over a
batch then clear all idle traps.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alerts.rules.compiled import CompiledRule, RuleInForce
from alerts.rules.kinds import KINDS, compile_rule, parse_parameters
from alerts.rules.kinds.cluster import ClusterParameters
from alerts.rules.kinds.silence import SilenceParameters
from alerts.rules.parameters import TimingParameters
from alerts.subject import Subject
from alerts.windowed.indicator import WindowedRule, compile_windowed
from core.errors import InvalidRequestError
from core.reading import Metric
from core.reading_batch import ReadingBatch
from core.registry.model import DeviceEntry

_METRICS = max(Metric) + 1
_SCOPES = ("county", "town", "type", "trap")  # the narrower wins
_GROWTH = 4_096
_JUDGED_STATUSES = frozenset({"active", "maintenance"})


@dataclass(frozen=True, slots=True)
class Override:
    """Other parameters for a place: county, a town's code, a restaurant type, a trap's code."""

    rule_code: str
    scope: str
    scope_ref: str
    parameters: Mapping[str, Any]


class RuleBook:
    """Compiled rules by series; compiled for a device when first asked for."""

    def __init__(
        self, rules: Sequence[RuleInForce] = (), overrides: Iterable[Override] = ()
    ) -> None:
        self.rules = rules
        self._overrides = {(o.rule_code, o.scope, o.scope_ref): o.parameters for o in overrides}
        self._compiled: dict[tuple[int, int], tuple[CompiledRule, ...]] = {}
        self._windowed: dict[tuple[int, str], WindowedRule] = {}
        self._subjects: dict[int, Subject] = {}
        self._is_judged = np.zeros(_METRICS, dtype=np.bool_)
        self._raise_at = np.full((_METRICS, 0), np.inf)
        self._fall_at = np.full((_METRICS, 0), -np.inf)

    def put(self, device: DeviceEntry) -> None:
        """Compile the rules of one device, again if it changed."""
        self._grow(device.device_id)
        found: dict[int, list[CompiledRule]] = {}
        if device.trap is not None and device.status in _JUDGED_STATUSES:
            for rule in self.rules:
                for compiled in compile_rule(rule, self.parameters(rule, device), device):
                    assert compiled.metric is not None, "streaming rules judge a series"
                    found.setdefault(compiled.metric, []).append(compiled)
        self._subjects[device.device_id] = Subject.of_device(device)
        for metric in Metric:
            rules = found.get(metric, [])
            self._compiled[device.device_id, metric] = tuple(rules)
            self._is_judged[metric] |= bool(rules)
            rising = [rule.worth_a_look_at for rule in rules if not rule.is_falling]
            falling = [rule.worth_a_look_at for rule in rules if rule.is_falling]
            self._raise_at[metric, device.device_id] = min(rising, default=np.inf)
            self._fall_at[metric, device.device_id] = max(falling, default=-np.inf)

    def parameters(self, rule: RuleInForce, device: DeviceEntry) -> dict[str, Any]:
        """Return a rule's parameters for a device, overrides merged in."""
        merged = dict(rule.definition.parameters)
        for scope, reference in _places(device):
            merged |= self._overrides.get((rule.definition.code, scope, reference), {})
        return merged

    def county_parameters(self, rule: RuleInForce) -> dict[str, Any]:
        """Return a rule's parameters as they are in the county, narrower places left aside."""
        merged = dict(rule.definition.parameters)
        return merged | dict(self._overrides.get((rule.definition.code, "county", ""), {}))

    def silence_parameters(
        self, rule: RuleInForce, device: DeviceEntry | None
    ) -> SilenceParameters:
        """Return a silence rule's parameters for a device, or the county's (None)."""
        own = self.county_parameters(rule) if device is None else self.parameters(rule, device)
        parsed = parse_parameters(rule.definition.kind, own)
        assert isinstance(parsed, SilenceParameters), "the rule's kind is silence"
        return parsed

    def cluster_parameters(self, rule: RuleInForce) -> ClusterParameters:
        """Return a cluster rule's parameters: a branch has no place of its own but the county."""
        parsed = parse_parameters(rule.definition.kind, self.county_parameters(rule))
        assert isinstance(parsed, ClusterParameters), "the rule's kind is cluster"
        return parsed

    def windowed_rules(self, device: DeviceEntry) -> list[WindowedRule]:
        """Return the windowed rules as they are for a device's trap."""
        found = []
        for rule in self.rules:
            indicator = KINDS[rule.definition.kind].indicator
            if indicator is None or device.trap is None:
                continue
            merged = self.parameters(rule, device)
            key = (rule.rule_id, repr(sorted(merged.items())))
            if key not in self._windowed:
                parsed = parse_parameters(rule.definition.kind, merged)
                assert isinstance(parsed, TimingParameters), "windowed kinds have timing"
                self._windowed[key] = compile_windowed(rule, indicator, parsed)
            found.append(self._windowed[key])
        return found

    def rules_of(self, device_id: int, metric: int) -> tuple[CompiledRule, ...]:
        """Return what is judged on one series."""
        return self._compiled.get((device_id, metric), ())

    def subject_of(self, device_id: int) -> Subject | None:
        """Return a compiled device as the subject of alerts."""
        return self._subjects.get(device_id)

    def judged(self, batch: ReadingBatch) -> NDArray[np.bool_]:
        """Return which rows carry a metric that rules judge, shape (n,)."""
        return self._is_judged[batch.metric]

    def could_fire(self, batch: ReadingBatch) -> NDArray[np.bool_]:
        """Return which rows reach some rule's limit, shape (n,)."""
        known = batch.device_id < self._raise_at.shape[1]
        device_id = np.where(known, batch.device_id, 0)
        if not self._raise_at.shape[1]:
            return np.zeros(len(batch), dtype=np.bool_)
        rising = batch.value >= self._raise_at[batch.metric, device_id]
        falling = batch.value <= self._fall_at[batch.metric, device_id]
        return known & (rising | falling)

    def _grow(self, device_id: int) -> None:
        if device_id < self._raise_at.shape[1]:
            return
        missing = ((0, 0), (0, device_id + _GROWTH - self._raise_at.shape[1]))
        self._raise_at = np.pad(self._raise_at, missing, constant_values=np.inf)
        self._fall_at = np.pad(self._fall_at, missing, constant_values=-np.inf)


def validate_override(rule: RuleInForce, parameters: Mapping[str, Any]) -> None:
    """Check that overriding these parameters leaves the rule sound.

    Raises: InvalidRequestError: nothing given, an unknown name, or a value that does not fit.
    """
    if not parameters:
        raise InvalidRequestError("parameters: at least one expected")
    parse_parameters(rule.definition.kind, dict(rule.definition.parameters) | dict(parameters))


def _places(device: DeviceEntry) -> Iterable[tuple[str, str]]:
    trap = device.trap
    if trap is None:
        return [(_SCOPES[0], "")]
    references = ("", trap.town_code, trap.restaurant_type, trap.code)
    return zip(_SCOPES, references, strict=True)
