"""What is wrong with rules before any reading has come: contradictions, the unreachable. Pure.

Limits are judged on a usual trap and on the deepest one; what is beyond the deepest is beyond all.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence

from alerts.rule_tests.duration import format_us
from alerts.rule_tests.sources import Problem, RuleSource
from alerts.rules.compiled import CompiledRule, RuleInForce
from alerts.rules.kinds import KINDS, compile_rule, parse_parameters
from alerts.rules.kinds.threshold import ThresholdParameters
from alerts.rules.parameters import SEVERITIES, TimingParameters
from core.errors import InvalidRequestError
from core.instant import SECOND_US
from core.plausibility import LIMITS
from core.reading import Metric
from core.registry.model import DeviceEntry, TrapEntry

#: The deepest trap there is: liquid stands at 1,200 mm at most (research/domain), under a shaft.
DEEPEST = TrapEntry(
    1, "deepest", 1_200.0, 2_000.0, 1, "large", "open", 1, "town", 5_000.0, 4.0, 10.0, on_road=True
)
_CJK = re.compile(r"[一-鿿]")
_RULE_CODE = re.compile(r"R\d{2}")


def check(
    sources: Sequence[RuleSource], known: Iterable[str] = (), report_interval_s: int = 300
) -> list[Problem]:
    """Return all problems of rules that could be read, by place.

    ``known``: codes of rules that exist besides; ``report_interval_s``: of their devices.
    """
    problems: list[Problem] = []
    first: dict[str, RuleSource] = {}
    others = set(known)
    codes = others | {source.definition.code for source in sources}
    for source in sources:
        code = source.definition.code
        name = "id" if source.is_short else "code"
        if code in first:
            told = f"{name}: {code} is already at {first[code].place(name)}"
            problems.append(Problem(source.place(name), told))
        elif code in others:
            told = f"{name}: {code} is a shipped rule; an override changes its parameters"
            problems.append(Problem(source.place(name), told))
        first.setdefault(code, source)
        problems += _inhibitors(source, codes)
        problems += _wording(source)
        problems += _limits(source, report_interval_s)
    return problems


def _inhibitors(source: RuleSource, codes: set[str]) -> Iterator[Problem]:
    for number, inhibitor in enumerate(source.definition.inhibited_by):
        place = source.place("inhibited_by", number)
        if inhibitor == source.definition.code:
            yield Problem(place, f"inhibited_by: {inhibitor} would silence itself")
        elif _RULE_CODE.fullmatch(inhibitor) and inhibitor not in codes:
            yield Problem(place, f"inhibited_by: there is no rule {inhibitor}")


def _wording(source: RuleSource) -> Iterator[Problem]:
    definition = source.definition
    for field in ("name", "wording"):
        chinese, english = getattr(definition, field), getattr(definition, f"{field}_en")
        if not (_CJK.search(chinese) or source.is_short):
            yield Problem(source.place(field), f"{field}: Chinese text expected")
        if not english.strip() or (_CJK.search(english) and not source.is_short):
            yield Problem(source.place(f"{field}_en"), f"{field}_en: English text expected")


def _limits(source: RuleSource, report_interval_s: int) -> Iterator[Problem]:
    definition = source.definition
    here = () if source.is_short else ("parameters",)
    if definition.kind not in KINDS:
        place = source.place("kind")
        yield Problem(place, f"kind: one of {', '.join(KINDS)} expected")
        return
    try:
        parsed = parse_parameters(definition.kind, definition.parameters)
    except InvalidRequestError as error:
        for told in str(error).replace("Value error, ", "").split("; "):
            name = re.split(r"[:. ]", told)[0]
            yield Problem(source.place(*here, name), told)
        return
    if isinstance(parsed, TimingParameters):
        yield from _timing(source, parsed, report_interval_s)
    if isinstance(parsed, ThresholdParameters):
        yield from _level_holds(source, parsed)
    device = DeviceEntry(1, "device", "active", 1, report_interval_s, None, 0.0, DEEPEST)
    in_force = RuleInForce(1, 1, definition)
    for rule in compile_rule(in_force, definition.parameters, device):
        yield from _reachable(source, rule)


def _timing(
    source: RuleSource, timing: TimingParameters, report_interval_s: int
) -> Iterator[Problem]:
    here = () if source.is_short else ("parameters",)
    latched = source.definition.latched
    if latched and max(timing.samples_min, timing.clear_samples_min) > 1:
        name = "samples_min" if timing.samples_min > 1 else "clear_samples_min"
        yield Problem(source.place(*here, name), f"{name}: the clock proves a latched rule: 1")
    if latched:
        return
    gap_s = max(timing.gap_intervals_max * report_interval_s, timing.gap_s_min)
    asked_s = timing.gap_s_min if source.is_short and timing.gap_s_min else gap_s
    proves = max(timing.hold_s, timing.clear_hold_s) > 0
    if proves and asked_s < report_interval_s:
        name = "max_gap" if source.is_short else "gap_intervals_max"
        every = format_us(report_interval_s * SECOND_US)
        yield Problem(
            source.place(*here, name),
            f"{name}: {format_us(round(asked_s * SECOND_US))} is shorter than the report interval "
            f"({every}): nothing could ever be proven",
        )


def _level_holds(source: RuleSource, parameters: ThresholdParameters) -> Iterator[Problem]:
    name = "for_raise" if source.is_short else "raise_hold_s"
    here = (name,) if source.is_short else ("parameters", name)
    lowest = next(severity for severity in SEVERITIES if severity in parameters.levels)
    for severity in parameters.raise_hold_s:
        if severity not in parameters.levels:
            yield Problem(source.place(*here, severity), f"{name}: there is no level {severity}")
        elif severity == lowest:
            told = f"{name}: {severity} is the lowest level: its hold is the rule's own"
            yield Problem(source.place(*here, severity), told)


def _reachable(source: RuleSource, rule: CompiledRule) -> Iterator[Problem]:
    """Yield levels that no plausible value reaches, or that every one does."""
    if rule.derive is not None or rule.metric is None:
        return  # it is not the metric's own value that is judged
    low, high = LIMITS[rule.metric]
    unit = f" ({rule.metric.label})"
    if rule.metric is Metric.LEVEL_MM:
        high = DEEPEST.cover_mm
        unit = f" (level_mm in the deepest trap, cover at {high:g} mm)"
    place = source.place() if source.is_short else source.place("parameters")
    if rule.is_falling:
        low, high = -high, -low
    sign = -1.0 if rule.is_falling else 1.0
    for level in rule.levels:
        limit = sign * level.raise_at
        if limit > high:
            yield Problem(
                _level_place(source, level.severity, place),
                f"level {level.severity}: {level.raise_at:g} is never reached{unit}",
            )
        elif limit <= low:
            yield Problem(
                _level_place(source, level.severity, place),
                f"level {level.severity}: {level.raise_at:g} is always reached{unit}",
            )
    clear = sign * rule.clear_below
    if clear <= low and math.isfinite(clear):
        yield Problem(
            source.place("clear") if source.is_short else place,
            f"clear: below {rule.clear_below:g} is never reached{unit}: it would never resolve",
        )


def _level_place(source: RuleSource, severity: str, place: str) -> str:
    aliases = {"yellow": "warning", "red": "critical"}
    levels = ("levels",) if source.is_short else ("parameters", "levels")
    for name in (severity, aliases.get(severity, severity)):
        if (*source.path, *levels, name) in source.document.lines:
            return source.place(*levels, name)
    return place
