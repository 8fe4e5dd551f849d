"""All rules on a county's past: what would have been raised, when, and who would have been told.

Pure. Rules that explain others come first (an offline gateway, a stuck sensor); a sewer that backs
up is known only from the episodes of its traps, so these are judged again where one was found.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from alerts.circumstances.model import FOREVER_US, Circumstances, EpisodeKey, Span
from alerts.episode import Episode
from alerts.gate import NOTIFY_AGE_US, NotificationGate
from alerts.machines.machine import Machine
from alerts.replays.past import Past
from alerts.replays.silence import replay_silence
from alerts.replays.streaming import NOTHING, Samples, follow_samples
from alerts.rules.compiled import CompiledRule, RuleInForce
from alerts.rules.kinds.cluster import ClusterParameters
from alerts.rules.rulebook import RuleBook
from alerts.subject import Subject
from alerts.windowed.cluster import Member, cluster_value, compile_cluster, turning_points
from alerts.windowed.digest import digest_all, in_time_for_day
from alerts.windowed.history import InTime, OpenSpans, Series, TrapHistory, merged
from alerts.windowed.indicator import Cadence, WindowedRule, in_time_for_evaluation
from core.instant import DAY_US, SECOND_US
from core.reading import Metric, Quality
from core.reading_batch import ReadingBatch
from core.registry.model import DeviceEntry

_BROKEN = (int(Quality.BAD_VALUE), int(Quality.SENSOR_FAULT))

Progress = Callable[[float], None]


@dataclass(slots=True)
class _Run:
    """A machine to be followed over samples, possibly once more with better circumstances."""

    rule: CompiledRule
    subject: Subject
    samples: Samples
    episodes: list[Episode] = field(default_factory=list)

    def follow(self, circumstances: Circumstances) -> None:
        gate = NotificationGate(NOTIFY_AGE_US, circumstances)
        self.episodes = follow_samples(Machine(self.rule, self.subject), self.samples, gate)


def replay_county(
    rulebook: RuleBook, past: Past, progress: Progress = lambda _share: None
) -> list[Episode]:
    """Return all episodes, by dedup key and start."""
    devices = [device for device in past.registry if device.trap is not None]
    columns = dict(_by_device(past.readings))
    episodes: list[Episode] = []
    silences: Mapping[int, Sequence[Span]] = {}
    for rule in rulebook.rules:
        if rule.definition.kind == "silence":
            heard = {n: np.sort(batch.received_at_us) for n, batch in columns.items()}
            gate = NotificationGate(NOTIFY_AGE_US, Circumstances(works=past.papers.works))
            found = replay_silence(rulebook, rule, devices, heard, (past.from_us, past.to_us), gate)
            silences = found.by_gateway
            episodes += found.episodes
    runs: dict[int, list[_Run]] = {}
    traps = _by_trap(device for device in devices if device.device_id in columns)
    for number, (trap_id, own) in enumerate(traps.items(), 1):
        runs[trap_id] = _replay_trap(rulebook, past, own, columns, silences)
        progress(number / len(traps))
    for rule in rulebook.rules:
        if rule.definition.kind == "cluster":
            episodes += _replay_clusters(rulebook, rule, past, runs)
    episodes += [e for own in runs.values() for run in own for e in run.episodes]
    return sorted(episodes, key=lambda episode: (episode.dedup_key, episode.started_at_us))


def _by_device(readings: ReadingBatch) -> Iterator[tuple[int, ReadingBatch]]:
    """Yield each device's readings in order of arrival."""
    if not len(readings):
        return
    order = np.argsort(readings.device_id, kind="stable")
    device_id = readings.device_id[order]
    starts = np.flatnonzero(np.diff(device_id, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
        yield int(device_id[start]), readings.take(order[start:end])


def _by_trap(devices: Iterable[DeviceEntry]) -> dict[int, list[DeviceEntry]]:
    """Return devices by trap, in order of their numbers."""
    found: dict[int, list[DeviceEntry]] = defaultdict(list)
    for device in sorted(devices, key=lambda device: device.device_id):
        if device.trap is not None:
            found[device.trap.trap_id].append(device)
    return found


def live_samples(batch: ReadingBatch) -> Samples:
    """Return the readings of one series, in order of arrival, that were newer than all before."""
    at_us = batch.measured_at_us
    newest = np.maximum.accumulate(at_us)
    live = np.concatenate([[True], at_us[1:] > newest[:-1]]) if len(at_us) else np.empty(0, bool)
    return Samples(at_us[live], batch.value[live], batch.received_at_us[live])


def _replay_trap(
    rulebook: RuleBook,
    past: Past,
    devices: Sequence[DeviceEntry],
    columns: Mapping[int, ReadingBatch],
    silences: Mapping[int, Sequence[Span]],
) -> list[_Run]:
    """Replay all rules on a trap and its devices."""
    trap = devices[0].trap
    assert trap is not None, "only devices in traps are replayed"
    runs: list[_Run] = []
    for device in devices:
        runs += _streaming_runs(rulebook, device, columns[device.device_id])
    prompt, settled = _histories(past, devices, columns, silences)
    for windowed in rulebook.windowed_rules(devices[0]):
        history = settled if windowed.indicator.cadence is Cadence.DAILY else prompt
        runs.append(_windowed_run(windowed, history, past))
    circumstances = Circumstances(works={trap.trap_id: past.papers.works.get(trap.trap_id, ())})
    for run in in_order_of_explaining(runs):
        run.follow(circumstances)
        circumstances = _with(circumstances, run.episodes)
    return runs


def _streaming_runs(rulebook: RuleBook, device: DeviceEntry, batch: ReadingBatch) -> list[_Run]:
    runs: list[_Run] = []
    subject = Subject.of_device(device)
    good = batch.quality == Quality.GOOD
    blind = (batch.quality == Quality.BLIND_ZONE) & (batch.metric == Metric.LEVEL_MM)
    for metric in np.unique(batch.metric).tolist():
        rules = rulebook.rules_of(device.device_id, metric)
        if rules:
            samples = live_samples(batch.take((good | blind) & (batch.metric == metric)))
            runs += [_Run(rule, subject, samples) for rule in rules]
    return runs


def in_order_of_explaining(runs: Iterable[_Run]) -> list[_Run]:
    """Return runs so that whoever inhibits another comes before it."""
    waiting = {run.rule.code: [] for run in runs}  # type: dict[str, list[_Run]]
    for run in runs:
        waiting[run.rule.code].append(run)
    ordered: list[_Run] = []
    while waiting:
        free = [
            code
            for code, own in waiting.items()
            if not any(i in waiting and i != code for i in own[0].rule.rule.definition.inhibited_by)
        ] or list(waiting)
        for code in free:
            ordered += waiting.pop(code)
    return ordered


def _windowed_run(windowed: WindowedRule, history: TrapHistory, past: Past) -> _Run:
    instants = np.array(
        windowed.indicator.cadence.instants(past.from_us, past.to_us), dtype=np.int64
    )
    if not len(instants):  # a past of minutes
        return _Run(windowed.compiled, history.subject, NOTHING)
    values = windowed.indicator.indicate(history, instants, windowed.parameters)
    known = ~np.isnan(values)
    at_us = instants[known]
    return _Run(windowed.compiled, history.subject, Samples(at_us, values[known], at_us))


def _histories(
    past: Past,
    devices: Sequence[DeviceEntry],
    columns: Mapping[int, ReadingBatch],
    silences: Mapping[int, Sequence[Span]],
) -> tuple[TrapHistory, TrapHistory]:
    """Return what was known promptly, and what was known when each operating day was digested."""
    settled = merged(
        [_history(past, d, columns[d.device_id], silences, in_time_for_day) for d in devices]
    )
    days = digest_all(settled, past.from_us, past.to_us)
    prompt = merged(
        [_history(past, d, columns[d.device_id], silences, in_time_for_evaluation) for d in devices]
    )
    return replace(prompt, days=days), replace(settled, days=days)


def _history(
    past: Past,
    device: DeviceEntry,
    batch: ReadingBatch,
    silences: Mapping[int, Sequence[Span]],
    in_time: InTime,
) -> TrapHistory:
    trap, papers = device.trap, past.papers
    assert trap is not None, "only devices in traps are replayed"
    came = in_time(batch.measured_at_us, batch.received_at_us)
    level = came & (batch.quality != Quality.BAD_CLOCK) & (batch.metric == Metric.LEVEL_MM)
    hours = papers.openings.get(trap.trap_id)
    span = (past.from_us - 2 * DAY_US, past.to_us + 2 * DAY_US)
    return TrapHistory(
        Subject.of_trap(trap, device),
        device.report_interval_s,
        OpenSpans(np.array(span)) if hours is None else OpenSpans.of(hours, *span),
        series=_series(batch, came),
        heard_us=np.unique(batch.measured_at_us[level]),
        bad_us=np.unique(batch.measured_at_us[level & np.isin(batch.quality, _BROKEN)]),
        works=papers.works.get(trap.trap_id, ()),
        pump_outs=papers.pump_outs.get(trap.trap_id, ()),
        dips=papers.dips.get(trap.trap_id, ()),
        closures=papers.closures.get(trap.trap_id, ()),
        gateway_silences=silences.get(device.gateway_id or 0, ()),
    )


def _series(batch: ReadingBatch, which: NDArray[np.bool_]) -> dict[Metric, Series]:
    known = which & np.isin(batch.quality, (Quality.GOOD, Quality.BLIND_ZONE))
    found = {}
    for metric in np.unique(batch.metric).tolist():
        own = known & (batch.metric == metric)
        found[Metric(metric)] = Series.of(batch.measured_at_us[own], batch.value[own])
    return found


def _replay_clusters(
    rulebook: RuleBook, rule: RuleInForce, past: Past, runs: Mapping[int, list[_Run]]
) -> list[Episode]:
    """Return the clusters' episodes; their members are judged again, knowing of them."""
    parameters = rulebook.cluster_parameters(rule)
    branches: dict[str, list[_Run]] = defaultdict(list)
    for own in runs.values():
        for run in own:
            trap = run.subject.trap
            if trap is not None and trap.sewer_branch:
                branches[trap.sewer_branch].append(run)
    episodes: list[Episode] = []
    for branch, members in sorted(branches.items()):
        found = _cluster_episodes(rule, parameters, branch, members)
        episodes += found
        if found:
            _judge_again(members, found, past)
    return episodes


def _cluster_episodes(
    rule: RuleInForce, parameters: ClusterParameters, branch: str, runs: Sequence[_Run]
) -> list[Episode]:
    town_id = next((run.subject.town_id for run in runs if run.subject.town_id is not None), 0)
    members = [
        Member(run.subject.trap_id or 0, e.fired_at_us, e.ended_at_us)
        for run in runs
        if run.rule.code in parameters.members
        for e in run.episodes
    ]
    points = np.array(turning_points(members), dtype=np.int64)
    within_us = round(parameters.within_s * SECOND_US)
    values = np.array(
        [cluster_value(members, at, within_us, parameters.traps_min) for at in points.tolist()]
    )
    compiled = compile_cluster(rule, parameters)
    gate = NotificationGate(NOTIFY_AGE_US)
    machine = Machine(compiled, Subject.of_branch(branch, town_id))
    return follow_samples(machine, Samples(points, values, points), gate)


def _judge_again(runs: Sequence[_Run], found: Sequence[Episode], past: Past) -> None:
    by_trap: dict[int, list[_Run]] = defaultdict(list)
    for run in runs:
        by_trap[run.subject.trap_id or 0].append(run)
    for trap_id, own in by_trap.items():
        works = {trap_id: past.papers.works.get(trap_id, ())}
        circumstances = _with(Circumstances(works=works), found)
        for run in in_order_of_explaining(own):
            if run.episodes:
                run.follow(circumstances)
                circumstances = _with(circumstances, run.episodes)


def _with(circumstances: Circumstances, episodes: Iterable[Episode]) -> Circumstances:
    known: dict[EpisodeKey, list[Span]] = {k: list(v) for k, v in circumstances.episodes.items()}
    for episode in episodes:
        key = (episode.rule.code, episode.subject.kind, episode.subject.ref)
        fired_us, ended_us = episode.fired_at_us, episode.ended_at_us
        linger_us = round(episode.rule.rule.definition.explains_s * SECOND_US)
        span = Span(fired_us, FOREVER_US if ended_us is None else ended_us + linger_us, fired_us)
        known.setdefault(key, []).append(span)
    return Circumstances(circumstances.works, known, circumstances.suppressor)
