"""The kinds of rules: one module each; this table is what a new kind is added to. Pure.

A kind with ``compile`` is judged by readings as they arrive; the others by timers.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from alerts.rules.compiled import CompiledRule, RuleInForce
from alerts.rules.kinds.cover import CoverParameters, compile_cover
from alerts.rules.kinds.flow import FlowParameters, compile_flow
from alerts.rules.kinds.level import LevelParameters, compile_level
from alerts.rules.kinds.rise import RiseParameters, compile_rise
from alerts.rules.kinds.silence import SilenceParameters
from alerts.rules.kinds.threshold import ThresholdParameters, compile_threshold
from alerts.rules.parameters import Strict
from core.errors import InvalidRequestError
from core.registry.model import DeviceEntry

Compile = Callable[[RuleInForce, Any, DeviceEntry], list[CompiledRule]]


class Kind(NamedTuple):
    """What parameters a kind has, and how it is made concrete for a device (None: by a timer)."""

    parameters: type[Strict]
    compile: Compile | None = None


KINDS: dict[str, Kind] = {
    "level": Kind(LevelParameters, compile_level),
    "rise": Kind(RiseParameters, compile_rise),
    "flow": Kind(FlowParameters, compile_flow),
    "cover": Kind(CoverParameters, compile_cover),
    "threshold": Kind(ThresholdParameters, compile_threshold),
    "silence": Kind(SilenceParameters),
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
