"""What a test's actions do to the world. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, assert_never

from alerts.circumstances.model import FOREVER_US, Span
from alerts.machines.machine import Machine
from alerts.rule_tests import around, case
from alerts.rule_tests.case import (
    Acknowledge,
    Action,
    DeviceStatus,
    GatewayOffline,
    Job,
    RuleEdit,
    SiteStatus,
    Target,
)
from alerts.rule_tests.scene import Scene, with_site_status, with_status
from alerts.rule_tests.world import World
from alerts.rules.definition import RuleDefinition
from alerts.schedules.recurrence import Recurrence
from alerts.suppression.model import MaintenanceWindow, Scope, Silence
from core.errors import InvalidRequestError


def perform(world: World, scene: Scene, action: Action) -> None:
    """Do what an action says, now.

    Raises: InvalidRequestError: it names something that is not there.
    """
    if action.restart:
        world.restart()
    elif action.ack is not None:
        _acknowledge(world, scene, action.ack)
    elif action.unack is not None:
        for machine in _open(world, scene, action.unack, "un-acknowledge"):
            world.unacknowledge(machine)
    elif action.silence is not None:
        world.around.silences.append(_silence(world, scene, action.silence))
    elif action.maintenance is not None:
        world.around.windows.append(_window(world, scene, action.maintenance))
    elif not action.advance:
        _change(world, scene, action.act)


def matches(scene: Scene, target: Target, machine: Machine) -> bool:
    """Whether a machine is one that an act or expectation is about."""
    subject = machine.subject
    return (
        target.rule in {None, machine.rule.code}
        and target.site in {None, scene.site_of(subject.trap_id)}
        and target.device in {None, scene.device_name(subject.device_id)}
    )


Change = Job | GatewayOffline | RuleEdit | DeviceStatus | SiteStatus


def _change(world: World, scene: Scene, act: Change) -> None:
    match act:
        case Job():
            _job(world, scene, act)
        case GatewayOffline():
            gateway_id = _number(scene.gateway_ids, act.gateway, "gateway")
            to_us = FOREVER_US if act.for_ is None else world.now_us + act.for_
            world.around.outages.append((gateway_id, Span(world.now_us, to_us, world.now_us)))
        case RuleEdit():
            world.rules = _edited(world, act)
            world.compile()
        case DeviceStatus():
            device_id = _number(scene.device_ids, act.device, "device")
            world.devices[device_id] = with_status(world.devices[device_id], act.status)
            world.compile()
        case SiteStatus():
            trap_id = _number(scene.trap_ids, act.site, "site")
            world.devices = with_site_status(world.devices.values(), trap_id, act.status)
            world.compile()
        case _:
            assert_never(act)
    world.tell_withheld()


def _acknowledge(world: World, scene: Scene, ack: Acknowledge) -> None:
    until_us = None if ack.for_ is None else world.now_us + ack.for_
    for machine in _open(world, scene, ack, "acknowledge"):
        world.acknowledge(machine, until_us)


def _open(world: World, scene: Scene, target: Target, verb: str) -> Sequence[Machine]:
    found = [m for m in world.machines if m.episode is not None and matches(scene, target, m)]
    if not found:
        raise InvalidRequestError(f"there is no open alert to {verb}")
    return found


def _silence(world: World, scene: Scene, silence: case.Silence) -> Silence:
    return Silence(
        len(world.around.silences) + 1,
        world.now_us,
        world.now_us + silence.for_,
        rule_code=silence.rule,
        severity_max=silence.severity_max,
        trap_id=_maybe(scene.trap_ids, silence.site, "site"),
        device_id=_maybe(scene.device_ids, silence.device, "device"),
    )


def _window(world: World, scene: Scene, asked: case.Maintenance) -> MaintenanceWindow:
    ends_us = world.now_us + asked.for_
    once = Recurrence("FREQ=DAILY;COUNT=1", "UTC", world.now_us, asked.for_)
    number = len(world.around.windows) + 1
    if asked.gateway is not None:
        gateway_id = _number(scene.gateway_ids, asked.gateway, "gateway")
        return MaintenanceWindow(number, "gateway", gateway_id, once, world.now_us, ends_us)
    trap_id = _maybe(scene.trap_ids, asked.site, "site")
    scope: Scope = "county" if trap_id is None else "trap"
    return MaintenanceWindow(number, scope, trap_id, once, world.now_us, ends_us)


def _job(world: World, scene: Scene, job: Job) -> None:
    jobs = world.around.jobs
    if job.close is not None:
        if job.close not in jobs:
            raise InvalidRequestError(f"there is no job {job.close}")
        jobs[job.close].closed_us = world.now_us
        return
    assert job.open is not None, "the file's form says so"
    site = job.site if job.site is not None else next(iter(scene.trap_ids))
    trap_id = _number(scene.trap_ids, site, "site")
    jobs[job.open] = around.Job(trap_id, job.kind, world.now_us)


def _edited(world: World, edit: RuleEdit) -> list[Any]:
    code = edit.edit or edit.remove
    if code not in {rule.definition.code for rule in world.rules}:
        raise InvalidRequestError(f"there is no rule {code}")
    rules = []
    for rule in world.rules:
        if rule.definition.code != code:
            rules.append(rule)
        elif edit.edit is not None:
            text = rule.definition.model_dump() | edit.fields
            text["parameters"] = dict(rule.definition.parameters) | edit.parameters
            version = rule.version + 1
            changed = RuleDefinition.model_validate(text)
            rules.append(replace(rule, version=version, definition=changed))
    return rules


def _number(numbers: dict[str, int], name: str, kind: str) -> int:
    if name not in numbers:
        raise InvalidRequestError(f"there is no {kind} {name}")
    return numbers[name]


def _maybe(numbers: dict[str, int], name: str | None, kind: str) -> int | None:
    return None if name is None else _number(numbers, name, kind)
