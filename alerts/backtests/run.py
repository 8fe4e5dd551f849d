"""A backtest: sets of rules replayed on what the database has of a stretch of time."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from alerts.backtests import store
from alerts.backtests.comparison import Occurrence
from alerts.backtests.neighbours import together
from alerts.replays.county import replay_county
from alerts.rules.compiled import RuleInForce
from alerts.rules.definition import RuleDefinition
from alerts.rules.rulebook import RuleBook
from core.db import Connection
from core.errors import InvalidRequestError
from core.instant import DAY_US
from core.registry.model import DeviceEntry

#: Rules learn from what was before: so much earlier the replay begins.
LEAD_IN_US = 36 * DAY_US
#: So many devices are held in memory at once, unless their gateway or sewer has more.
_DEVICES_AT_ONCE = 100

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Found:
    """What was looked at, and what each set of rules raised, by the set's name."""

    device_count: int
    reading_count: int
    by_side: Mapping[str, list[Occurrence]]


def candidates(
    in_force: Sequence[RuleInForce], definitions: Sequence[RuleDefinition]
) -> list[RuleInForce]:
    """Return the rules in force with some replaced by others of their code, or added."""
    rules = {rule.definition.code: rule for rule in in_force}
    unused = max((rule.rule_id for rule in in_force), default=0) + 1
    for number, definition in enumerate(definitions, unused):
        before = rules.get(definition.code)
        version = 1 if before is None else before.version + 1
        rules[definition.code] = RuleInForce(number, version, definition)
    return [rules[code] for code in sorted(rules)]


def run(
    connection: Connection,
    sides: Mapping[str, RuleBook],
    span_us: tuple[int, int],
    trap_codes: Collection[str] = (),
    progress: Progress = lambda _share: None,
) -> Found:
    """Replay sets of rules; return what fired in [from, to].

    ``trap_codes``: only alerts about these traps; none: all, and those about gateways and sewers.

    Raises: InvalidRequestError: a trap has no device in service.
    """
    devices = store.select_judged_devices(connection)
    unknown = set(trap_codes) - {device.trap.code for device in devices if device.trap}
    if unknown:
        raise InvalidRequestError(f"no device in service on trap {', '.join(sorted(unknown))}")
    groups = list(_groups(devices, trap_codes))
    by_side: dict[str, list[Occurrence]] = {name: [] for name in sides}
    reading_count = 0
    for number, group in enumerate(groups, 1):
        past = store.select_past(connection, group, span_us[0] - LEAD_IN_US, span_us[1])
        reading_count += len(past.readings)
        for name, rulebook in sides.items():
            for device in group:
                rulebook.put(device)
            raised = map(Occurrence.of_episode, replay_county(rulebook, past))
            by_side[name] += [o for o in raised if _is_asked(o, span_us, trap_codes)]
        progress(number / len(groups))
    return Found(sum(map(len, groups)), reading_count, by_side)


def select_recorded(
    connection: Connection, span_us: tuple[int, int], trap_codes: Collection[str] = ()
) -> list[Occurrence]:
    """Return the alerts that fired in [from, to] as they stand in the records."""
    recorded = store.select_recorded(connection, *span_us)
    return [o for o in recorded if _is_asked(o, span_us, trap_codes)]


def _groups(
    devices: Sequence[DeviceEntry], trap_codes: Collection[str]
) -> Iterator[list[DeviceEntry]]:
    if not trap_codes:
        yield from together(devices, at_least=_DEVICES_AT_ONCE)
        return
    for group in together(devices, at_least=1):
        if any(device.trap is not None and device.trap.code in trap_codes for device in group):
            yield group


def _is_asked(
    occurrence: Occurrence, span_us: tuple[int, int], trap_codes: Collection[str]
) -> bool:
    in_time = span_us[0] <= occurrence.fired_us <= span_us[1]
    return in_time and (not trap_codes or occurrence.trap_code in trap_codes)
