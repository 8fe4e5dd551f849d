"""The rules in force for every device, and a table that finds the few readings worth a look.

The table holds, for each judged metric and device number, the lowest value at which any rule
could fire (+inf where none can). One numpy comparison over a batch then clears all idle traps.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alerts.rules.compiled import CompiledRule, RuleInForce, compile_rule
from alerts.rules.definition import SilenceParameters, parse_parameters
from core.errors import InvalidRequestError
from core.reading import Metric
from core.reading_batch import ReadingBatch
from core.registry.model import DeviceEntry

#: Metrics that streaming rules judge; everything else is only stored.
JUDGED = (Metric.LEVEL_MM, Metric.COVER_OPEN, Metric.TILT_DEG)
_SLOT = np.full(max(Metric) + 1, -1, dtype=np.intp)
for _slot, _metric in enumerate(JUDGED):
    _SLOT[_metric] = _slot

_SCOPES = ("county", "town", "type", "trap")  # the narrower wins
_GROWTH = 4_096


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
        self._rules = rules
        self._overrides = {(o.rule_code, o.scope, o.scope_ref): o.parameters for o in overrides}
        self._compiled: dict[tuple[int, int], tuple[CompiledRule, ...]] = {}
        self._raise_at = np.full((len(JUDGED), 0), np.inf)

    def put(self, device: DeviceEntry) -> None:
        """Compile the rules of one device, again if it changed."""
        if device.device_id >= self._raise_at.shape[1]:
            missing = device.device_id + _GROWTH - self._raise_at.shape[1]
            self._raise_at = np.pad(self._raise_at, ((0, 0), (0, missing)), constant_values=np.inf)
        found: dict[int, list[CompiledRule]] = {metric: [] for metric in JUDGED}
        if device.trap is not None and device.status in {"active", "maintenance"}:
            for rule in self._rules:
                for compiled in compile_rule(rule, self.parameters(rule, device), device):
                    found[compiled.metric].append(compiled)
        for metric, rules in found.items():
            self._compiled[device.device_id, metric] = tuple(rules)
            lowest = min((rule.raise_at for rule in rules), default=np.inf)
            self._raise_at[_SLOT[metric], device.device_id] = lowest

    def parameters(self, rule: RuleInForce, device: DeviceEntry) -> dict[str, Any]:
        """Return a rule's parameters for a device, overrides merged in."""
        merged = dict(rule.definition.parameters)
        for scope, reference in _places(device):
            merged |= self._overrides.get((rule.definition.code, scope, reference), {})
        return merged

    def silence_parameters(
        self, rule: RuleInForce, device: DeviceEntry | None
    ) -> SilenceParameters:
        """Return a silence rule's parameters for a device, or the county's (None)."""
        merged = dict(rule.definition.parameters)
        merged |= self._overrides.get((rule.definition.code, "county", ""), {})
        parsed = parse_parameters(
            rule.definition.kind, merged if device is None else self.parameters(rule, device)
        )
        assert isinstance(parsed, SilenceParameters), "the rule's kind is silence"
        return parsed

    def rules_of(self, device_id: int, metric: int) -> tuple[CompiledRule, ...]:
        """Return what is judged on one series."""
        return self._compiled.get((device_id, metric), ())

    def judged(self, batch: ReadingBatch) -> NDArray[np.bool_]:
        """Return which rows carry a metric that rules judge, shape (n,)."""
        return _SLOT[batch.metric] >= 0

    def could_fire(self, batch: ReadingBatch) -> NDArray[np.bool_]:
        """Return which rows reach some rule's limit, shape (n,); all rows are judged ones."""
        known = batch.device_id < self._raise_at.shape[1]
        device_id = np.where(known, batch.device_id, 0)
        if not self._raise_at.shape[1]:
            return np.zeros(len(batch), dtype=np.bool_)
        limit = self._raise_at[_SLOT[batch.metric], device_id]
        return known & (batch.value >= limit)


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
