"""The kinds of rules: one module each; this table is what a new kind is added to. Pure.

A kind with ``compile`` is judged by readings as they arrive, one with an ``indicator`` by what
windows of readings say at regular instants; the others by timers of their own.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from alerts.rules.compiled import CompiledRule, RuleInForce
from alerts.rules.kinds.cluster import ClusterParameters
from alerts.rules.kinds.cover import CoverParameters, compile_cover
from alerts.rules.kinds.level import LevelParameters, compile_level
from alerts.rules.kinds.rise import RiseParameters, compile_rise
from alerts.rules.kinds.silence import SilenceParameters
from alerts.rules.kinds.threshold import ThresholdParameters, compile_threshold
from alerts.rules.parameters import Strict
from alerts.windowed.indicator import Indicator
from alerts.windowed.kinds.bad_data import BAD_DATA, BadDataParameters
from alerts.windowed.kinds.draw_down import DRAW_DOWN, DrawDownParameters
from alerts.windowed.kinds.dry import DRY, DryParameters
from alerts.windowed.kinds.grease import GREASE, GreaseParameters
from alerts.windowed.kinds.incomplete import INCOMPLETE, IncompleteParameters
from alerts.windowed.kinds.leak import LEAK, LeakParameters
from alerts.windowed.kinds.off_hours import OFF_HOURS, OffHoursParameters
from alerts.windowed.kinds.overdue import OVERDUE, OverdueParameters
from alerts.windowed.kinds.overload import OVERLOAD, OverloadParameters
from alerts.windowed.kinds.recession import RECESSION, RecessionParameters
from alerts.windowed.kinds.tamper import TAMPER, TamperParameters
from core.errors import InvalidRequestError
from core.registry.model import DeviceEntry

Compile = Callable[[RuleInForce, Any, DeviceEntry], list[CompiledRule]]


class Kind(NamedTuple):
    """What parameters a kind has, and how it is judged."""

    parameters: type[Strict]
    compile: Compile | None = None
    indicator: Indicator | None = None


KINDS: dict[str, Kind] = {
    "level": Kind(LevelParameters, compile_level),
    "rise": Kind(RiseParameters, compile_rise),
    "overload": Kind(OverloadParameters, indicator=OVERLOAD),
    "cover": Kind(CoverParameters, compile_cover),
    "threshold": Kind(ThresholdParameters, compile_threshold),
    "recession": Kind(RecessionParameters, indicator=RECESSION),
    "grease": Kind(GreaseParameters, indicator=GREASE),
    "overdue": Kind(OverdueParameters, indicator=OVERDUE),
    "draw_down": Kind(DrawDownParameters, indicator=DRAW_DOWN),
    "incomplete": Kind(IncompleteParameters, indicator=INCOMPLETE),
    "leak": Kind(LeakParameters, indicator=LEAK),
    "dry": Kind(DryParameters, indicator=DRY),
    "off_hours": Kind(OffHoursParameters, indicator=OFF_HOURS),
    "bad_data": Kind(BadDataParameters, indicator=BAD_DATA),
    "tamper": Kind(TamperParameters, indicator=TAMPER),
    "cluster": Kind(ClusterParameters),
    "silence": Kind(SilenceParameters),
    "endpoint": Kind(Strict),  # about ourselves; nothing to set
}


def parse_parameters(kind: str, parameters: Mapping[str, Any]) -> Strict:
    """Return a rule's parameters, checked.

    Raises: InvalidRequestError: an unknown kind or name, a value out of bounds, or limits that
        contradict each other; the message names them.
    """
    found = KINDS.get(kind)
    if found is None:
        raise InvalidRequestError(f"kind: one of {', '.join(KINDS)} expected")
    try:
        return found.parameters.model_validate(dict(parameters))
    except ValidationError as error:
        problems = (
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}".removeprefix(": ")
            for item in error.errors(include_url=False, include_input=False)
        )
        raise InvalidRequestError("; ".join(problems)) from None


def compile_rule(
    rule: RuleInForce, parameters: Mapping[str, Any], device: DeviceEntry
) -> list[CompiledRule]:
    """Return the rule for each of a device's metrics it judges; [] for rules judged by timers.

    ``parameters`` are the definition's with all overrides merged in. The device hangs in a trap.
    """
    kind = rule.definition.kind
    parsed = parse_parameters(kind, parameters)
    compile_kind = KINDS[kind].compile
    return [] if compile_kind is None else compile_kind(rule, parsed, device)
