"""SQL of windowed rules: what they look at, their cursors, and what their machines remember."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import orjson

from alerts.circumstances.model import FOREVER_US, Span
from alerts.flapping import Memory
from alerts.lifecycle import OK, Phase, RuleState
from alerts.machines.machine import Machine
from alerts.machines.stored import StoredEpisode
from alerts.papers.store import select_papers
from alerts.subject import Subject
from alerts.windowed.cluster import Member
from alerts.windowed.history import InTime, OpenSpans, Series, TrapHistory, merged
from alerts.windowed.indicator import Cadence
from alerts.windowed.trap_day import NAN, Service, TrapDay
from core.db import Connection
from core.instant import DAY_US, from_us, to_us
from core.reading import Metric, Quality
from core.registry.model import DeviceEntry
from core.sql import load_queries

_QUERIES = load_queries("alerts.windowed")
_METRICS = (
    Metric.LEVEL_MM, Metric.FLOW_LPS, Metric.VOLUME_L, Metric.COVER_OPEN, Metric.TILT_DEG,
    Metric.FOG_MM, Metric.SOLIDS_MM,
)  # fmt: skip
_BROKEN = (int(Quality.BAD_VALUE), int(Quality.SENSOR_FAULT))
_SEEN = (int(Quality.GOOD), int(Quality.BLIND_ZONE))
#: Digests that rules look back at.
_DAYS_BACK = timedelta(days=36)
StateKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class WindowedMachine:
    """What the machine of a windowed rule remembers."""

    alert_id: int | None
    condition: str
    state: RuleState
    memory: Memory

    def resume(self, machine: Machine, episodes: Mapping[int, StoredEpisode]) -> None:
        """Put a fresh machine of the same rule and subject where this one stands."""
        machine.state, machine.memory, machine.condition = self.state, self.memory, self.condition
        stored = None if self.alert_id is None else episodes.get(self.alert_id)
        if stored is None:
            return
        if self.state.phase in {Phase.OK, Phase.PENDING}:
            machine.last = stored.of(machine)
        else:
            machine.episode = stored.of(machine)
            machine.catch_up()


def select_next_devices(
    connection: Connection, after_trap_id: int, limit: int
) -> list[tuple[int, int]]:
    """Return (device, trap) of all devices on the next ``limit`` traps that are judged."""
    parameters = {"after_id": after_trap_id, "limit": limit}
    rows = connection.execute(_QUERIES["select_devices"], parameters)
    return [(device_id, trap_id) for device_id, trap_id in rows]


def select_cursor(connection: Connection, cadence: Cadence) -> int | None:
    """Return up to when a cadence has been evaluated, in µs; None: never."""
    row = connection.execute(_QUERIES["select_cursor"], {"cadence": cadence.value}).fetchone()
    return None if row is None else to_us(row[0])


def advance_cursor(connection: Connection, cadence: Cadence, to_us_: int) -> None:
    """Note up to when a cadence has been evaluated."""
    parameters = {"cadence": cadence.value, "to_at": from_us(to_us_)}
    connection.execute(_QUERIES["upsert_cursor"], parameters)


def select_histories(
    connection: Connection,
    devices: Sequence[DeviceEntry],
    from_us_: int,
    to_us_: int,
    in_time: InTime,
) -> dict[int, TrapHistory]:
    """Return the histories of devices' traps in [from, to], by trap number.

    ``in_time`` says which readings had come in time, by when they were made and came.
    """
    traps = [device.trap for device in devices if device.trap is not None]
    trap_ids = [trap.trap_id for trap in traps]
    span = {"from_at": from_us(from_us_), "to_at": from_us(to_us_)}
    readings = _select_readings(connection, [d.device_id for d in devices], span, in_time)
    papers = select_papers(connection, traps, from_us_, to_us_)
    silences = _select_silences(
        connection, [d.gateway_id for d in devices if d.gateway_id is not None], span
    )
    days = select_days(connection, trap_ids, (from_us(to_us_) - _DAYS_BACK).date())
    around_us = (from_us_ - 2 * DAY_US, to_us_ + 2 * DAY_US)
    histories: defaultdict[int, list[TrapHistory]] = defaultdict(list)
    for device in sorted(devices, key=lambda device: device.device_id):
        trap = device.trap
        if trap is None:
            continue
        own = readings.get(device.device_id, {})
        history = TrapHistory(
            Subject.of_trap(trap, device),
            device.report_interval_s,
            OpenSpans.of(papers.openings[trap.trap_id], *around_us),
            series={m: s for m, s in own.items() if isinstance(m, Metric)},
            bad_us=own["bad"].at_us if "bad" in own else np.empty(0, np.int64),
            heard_us=own["heard"].at_us if "heard" in own else np.empty(0, np.int64),
            days=days.get(trap.trap_id, ()),
            works=papers.works.get(trap.trap_id, ()),
            pump_outs=papers.pump_outs.get(trap.trap_id, ()),
            dips=papers.dips.get(trap.trap_id, ()),
            closures=papers.closures.get(trap.trap_id, ()),
            gateway_silences=silences.get(device.gateway_id or 0, ()),
        )
        histories[trap.trap_id].append(history)
    return {trap_id: merged(own) for trap_id, own in histories.items()}


def _select_readings(
    connection: Connection, device_ids: Sequence[int], span: Mapping[str, datetime], in_time: InTime
) -> dict[int, dict[Any, Series]]:
    """Return each device's series by metric, and under "bad" and "heard" the level's instants."""
    parameters = {"device_ids": list(device_ids), "metrics": [int(m) for m in _METRICS], **span}
    rows = connection.execute(_QUERIES["select_readings"], parameters).fetchall()
    if not rows:
        return {}
    device_id, metric, measured_at, value, quality, received_at = zip(*rows, strict=True)
    device = np.array(device_id)
    kind = np.array(metric)
    at_us = np.fromiter(map(to_us, measured_at), np.int64, len(rows))
    came_us = np.fromiter(map(to_us, received_at), np.int64, len(rows))
    values = np.array(value, dtype=np.float64)
    judged = np.array(quality)
    prompt = in_time(at_us, came_us)
    found: dict[int, dict[Any, Series]] = {}
    order = np.lexsort((at_us, kind, device))
    key = device[order].astype(np.int64) << 8 | kind[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(order)], strict=True):
        rows_of = order[start:end]
        rows_of = rows_of[prompt[rows_of]]
        own = found.setdefault(int(key[start] >> 8), {})
        seen = rows_of[np.isin(judged[rows_of], _SEEN)]
        number = Metric(int(key[start] & 255))
        own[number] = Series.of(at_us[seen], values[seen])
        if number is Metric.LEVEL_MM:
            broken = np.unique(at_us[rows_of[np.isin(judged[rows_of], _BROKEN)]])
            own["bad"] = Series(broken, np.zeros(len(broken)))
            heard = np.unique(at_us[rows_of])
            own["heard"] = Series(heard, np.zeros(len(heard)))
    return found


def _select_silences(
    connection: Connection, gateway_ids: Sequence[int], span: Mapping[str, datetime]
) -> dict[int, list[Span]]:
    found: defaultdict[int, list[Span]] = defaultdict(list)
    parameters = {"gateway_ids": sorted(set(gateway_ids)), "from_at": span["from_at"]}
    rows = connection.execute(_QUERIES["select_gateway_silences"], parameters)
    for gateway_id, started_at, ended_at in rows:
        end_us = FOREVER_US if ended_at is None else to_us(ended_at)
        found[gateway_id].append(Span(to_us(started_at), end_us))
    return found


def select_days(
    connection: Connection, trap_ids: Sequence[int], since: date
) -> dict[int, list[TrapDay]]:
    """Return the digests of traps since a day, oldest first."""
    found: defaultdict[int, list[TrapDay]] = defaultdict(list)
    parameters = {"trap_ids": list(trap_ids), "from_day": since}
    for trap_id, digest in connection.execute(_QUERIES["select_days"], parameters):
        found[trap_id].append(_day(orjson.loads(digest)))
    return found


def save_days(connection: Connection, days: Sequence[tuple[int, TrapDay]], now: datetime) -> None:
    """Keep digests by trap."""
    parameters = {
        "trap_id": [trap_id for trap_id, _ in days],
        "day": [day.day for _, day in days],
        "digest": [orjson.dumps(asdict(day), default=tuple).decode() for _, day in days],
        "now": now,
    }
    connection.execute(_QUERIES["upsert_days"], parameters)


def _day(document: dict[str, Any]) -> TrapDay:
    """Return a stored digest; JSON has no NaN and stores null."""
    numbers: dict[str, Any] = {
        name: NAN if value is None else value for name, value in document.items()
    }
    services = tuple(
        Service(int(end_us), *(NAN if x is None else float(x) for x in rest))
        for end_us, *rest in document["services"]
    )
    cuts_us = tuple((int(a), int(b)) for a, b in document["cuts_us"])
    day = date.fromisoformat(document["day"])
    made: dict[str, Any] = {**numbers, "day": day, "services": services, "cuts_us": cuts_us}
    return TrapDay(**made)


def select_machines(
    connection: Connection, kind: str, refs: Sequence[str]
) -> dict[StateKey, WindowedMachine]:
    """Return what machines of windowed rules remember, by rule and subject."""
    rows = connection.execute(_QUERIES["select_machines"], {"kind": kind, "refs": list(refs)})
    return {
        (rule_code, subject_kind, ref): WindowedMachine(
            alert_id, condition, _state(orjson.loads(state)), _memory(orjson.loads(memory))
        )
        for rule_code, subject_kind, ref, alert_id, condition, state, memory in rows
    }


def save_machines(connection: Connection, machines: Sequence[Machine]) -> None:
    """Write machines; those that have nothing to remember lose their row."""
    idle = [machine for machine in machines if machine.is_idle]
    active = [machine for machine in machines if not machine.is_idle]
    if idle:
        connection.execute(_QUERIES["delete_machines"], _keys(idle))
    if active:
        episodes = [machine.episode or machine.last for machine in active]
        columns = {
            "phase": [int(machine.state.phase) for machine in active],
            "state": [orjson.dumps(asdict(machine.state)).decode() for machine in active],
            "memory": [orjson.dumps(asdict(machine.memory)).decode() for machine in active],
            "condition": [machine.condition or machine.rule.condition for machine in active],
            "alert_id": [episode and episode.alert_id for episode in episodes],
        }
        connection.execute(_QUERIES["upsert_machines"], {**_keys(active), **columns})


def select_cluster_members(
    connection: Connection, rule_codes: Sequence[str], since: datetime
) -> dict[tuple[str, int], list[Member]]:
    """Return episodes of member rules by (branch, town)."""
    found: defaultdict[tuple[str, int], list[Member]] = defaultdict(list)
    parameters = {"members": list(rule_codes), "since": since}
    rows = connection.execute(_QUERIES["select_cluster_members"], parameters)
    for branch, trap_id, town_id, fired_at, ended_at in rows:
        ended_us = None if ended_at is None else to_us(ended_at)
        found[branch, town_id].append(Member(trap_id, to_us(fired_at), ended_us))
    return found


def select_branches(connection: Connection) -> list[str]:
    """Return the branches about which a cluster rule remembers something."""
    return [row[0] for row in connection.execute(_QUERIES["select_branches"])]


def _keys(machines: Sequence[Machine]) -> dict[str, list[str]]:
    return {
        "rule_code": [machine.rule.code for machine in machines],
        "subject_kind": [machine.subject.kind for machine in machines],
        "subject_ref": [machine.subject.ref for machine in machines],
    }


def _state(document: dict[str, Any]) -> RuleState:
    phase = Phase(document["phase"])
    if phase is Phase.OK:
        return OK
    since_us = tuple(document["level_since_us"])
    return RuleState(**{**document, "phase": phase, "level_since_us": since_us})


def _memory(document: dict[str, Any]) -> Memory:
    return Memory(**{**document, "bounced_us": tuple(document["bounced_us"])})
