"""What came of a test, in the words of its file: alerts, messages, tickets, episodes. Pure.

What happens at one moment is ordered by site, device and rule: which of two traps a batch tells of
first means nothing.
"""

from typing import Any

from alerts.lifecycle import Phase
from alerts.machines.machine import Machine
from alerts.rule_tests.acts import matches
from alerts.rule_tests.case import Expectation
from alerts.rule_tests.ledger import EpisodeRecord
from alerts.rule_tests.scene import Scene
from alerts.rule_tests.world import World
from core.instant import to_us

Facts = dict[str, Any]


def alerts(world: World, scene: Scene, asked: Expectation, start_us: int) -> list[Facts]:
    """Return all alerts that an expectation is about; times as offsets from the start."""
    return [
        _alert(world, scene, machine, start_us)
        for machine in world.machines
        if machine.state.phase is not Phase.OK
        and matches(scene, asked, machine)
        and (asked.metric is None or _metric(machine) == asked.metric)
    ]


def notifications(world: World, scene: Scene, start_us: int) -> list[Facts]:
    """Return all messages in order."""
    told = [
        {
            "at": sent.at_us - start_us,
            "type": sent.type,
            "rule": sent.rule,
            "site": scene.site_of(sent.subject.trap_id),
            "device": scene.device_name(sent.subject.device_id),
            "severity": sent.severity,
            "delayed": sent.delayed,
        }
        for sent in world.ledger.notifications
    ]
    return sorted(told, key=lambda facts: (facts["at"], *_place(facts)))


def tickets(world: World, scene: Scene, start_us: int) -> list[Facts]:
    """Return every change of a ticket in order."""
    changes = [
        {
            "at": at_us - start_us,
            "state": str(ticket.state),
            "flags": ["sensor_cleared"] if ticket.sensor_cleared else [],
            "site": scene.site_of(ticket.trap_id),
            "problem": ticket.problem,
            "severity": ticket.severity,
        }
        for at_us, ticket in world.ledger.ticket_log
    ]
    return sorted(changes, key=lambda facts: (facts["at"], facts["site"], facts["problem"]))


def episodes(world: World, scene: Scene, start_us: int) -> list[Facts]:
    """Return all episodes by their start."""
    found = [_episode(record, scene, start_us) for record in world.ledger.episodes.values()]
    return sorted(found, key=lambda facts: (facts["started_at"], *_place(facts)))


def history(world: World, scene: Scene, start_us: int) -> list[Facts]:
    """Return every event of every episode, to the µs: what a variation must not change."""
    found = []
    for record in world.ledger.episodes.values():
        of = _episode(record, scene, start_us)
        found += [
            {"started_at": of["started_at"], "rule": of["rule"], "site": of["site"],
             "device": of["device"], "event": event.type, "us": event.at_us - start_us}
            for event in record.events
        ]  # fmt: skip
    return sorted(found, key=lambda facts: (facts["started_at"], *_place(facts)))


def _alert(world: World, scene: Scene, machine: Machine, start_us: int) -> Facts:
    state, episode = machine.state, machine.episode
    facts: Facts = {
        "state": state.phase.name.lower(),
        "rule": machine.rule.code,
        "site": scene.site_of(machine.subject.trap_id),
        "device": scene.device_name(machine.subject.device_id),
        "metric": _metric(machine),
        "data_state": "stale" if world.is_stale(machine) else "fresh",
        "value": state.last_value * (-1 if machine.rule.is_falling else 1),
    }
    if state.phase is Phase.RECOVERING:
        facts["clear_since"] = state.clear_since_us - start_us
    if episode is None:
        return facts | {"since": state.since_us - start_us}
    return facts | {
        "severity": episode.severity,
        "started_at": episode.started_at_us - start_us,
        "fired_at": episode.fired_at_us - start_us,
        "data_state": "stale" if episode.is_stale else "fresh",
        "acked": episode.is_acked,
        "flapping": episode.is_flapping,
        "told": episode.is_told,
        "suppressed_by": episode.suppressed_by,
        "reopened": episode.reopen_count,
        "relapses": episode.relapse_count,
        "peak_value": episode.peak_value,
    }


def _episode(record: EpisodeRecord, scene: Scene, start_us: int) -> Facts:
    stored = record.stored
    return {
        "rule": stored.rule_code,
        "site": scene.site_of(record.subject.trap_id),
        "device": scene.device_name(record.subject.device_id),
        "started_at": to_us(stored.started_at) - start_us,
        "ended_at": None if stored.ended_at is None else to_us(stored.ended_at) - start_us,
        "status": record.status,
        "severity": stored.severity,
        "reopened": stored.reopen_count,
        "events": [event.type for event in record.events],
    }


def _metric(machine: Machine) -> str:
    return "" if machine.rule.metric is None else machine.rule.metric.label


def _place(facts: Facts) -> tuple[str, str, str]:
    return facts["site"], facts["device"], facts["rule"]
