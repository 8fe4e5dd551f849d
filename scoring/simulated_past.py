"""A simulated history as the past that rules are replayed on. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

from alerts.circumstances.model import Span
from alerts.papers.model import Papers
from alerts.replays.past import Past
from alerts.schedules.opening import OpeningHours
from alerts.windowed.history import Dip, PumpedOut
from core.instant import HOUR_US
from core.registry.model import DeviceEntry, Registry, TrapEntry
from simulators.history import SimulatedHistory
from simulators.plan.model import Job, PumpOut

_Item = TypeVar("_Item")
#: After a pump-out the trap refills for a while (alerts/circumstances/queries.sql).
_REFILL_US = 2 * HOUR_US


def past_of(history: SimulatedHistory, report_interval_s: int) -> Past:
    """Return what the product would know; trap and device numbers count from 1."""
    county = history.county
    people = {r.register_no: (n, r) for n, r in enumerate(county.restaurants, 1)}
    towns = {town.code: n for n, town in enumerate(county.towns, 1)}
    gateways = {gateway.uid: n for n, gateway in enumerate(county.gateways, 1)}
    number = {trap.code: n for n, trap in enumerate(county.traps, 1)}
    traps: dict[str, TrapEntry] = {}
    openings: dict[int, OpeningHours] = {}
    for trap in county.traps:
        restaurant_id, restaurant = people[trap.register_no]
        openings[number[trap.code]] = OpeningHours.parse(restaurant.opening_windows)
        traps[trap.code] = TrapEntry(
            number[trap.code],
            trap.code,
            trap.outlet_invert_mm,
            trap.cover_mm,
            restaurant_id,
            restaurant.restaurant_type,
            restaurant.status,
            towns[restaurant.town_code],
            restaurant.town_code,
            trap.capacity_l,
            trap.area_m2,
            trap.rated_flow_lps,
            trap.sewer_branch,
            trap.cleaning_interval_days,
            trap.on_road,
        )
    registry = Registry(
        DeviceEntry(
            n,
            device.uid,
            "active",
            gateways[device.gateway_uid],
            report_interval_s,
            None,
            0.0,
            traps[device.trap_code],
        )
        for n, device in enumerate(county.devices, 1)
    )
    return Past(
        history.start_us,
        history.end_us,
        registry,
        history.readings,
        Papers(
            openings,
            works=_by_trap(number, ((job.trap_code, _work(job)) for job in history.jobs)),
            pump_outs=_by_trap(
                number, ((out.trap_code, _pumped(out)) for out in history.pump_outs)
            ),
            dips=_by_trap(
                number,
                ((i.trap_code, Dip(i.at_us, i.fog_mm, i.solids_mm)) for i in history.inspections),
            ),
            closures=_by_trap(
                number, ((c.trap_code, Span(c.from_us, c.to_us)) for c in history.closures)
            ),
        ),
    )


def _by_trap(number: dict[str, int], items: Iterable[tuple[str, _Item]]) -> dict[int, list[_Item]]:
    found: dict[int, list[_Item]] = defaultdict(list)
    for code, item in items:
        found[number[code]].append(item)
    return found


def _work(job: Job) -> Span:
    after_us = _REFILL_US if job.kind == "pump_out" else 0
    return Span(min(job.planned_from_us, job.opened_us), job.closed_us + after_us, job.filed_us)


def _pumped(out: PumpOut) -> PumpedOut:
    """Verified when the hauler and at least one other party have confirmed."""
    others = [at for party, at in out.confirmations.items() if party != "hauler"]
    hauler = out.confirmations.get("hauler")
    verified = max(hauler, min(others)) if hauler is not None and others else None
    return PumpedOut(out.at_us, out.volume_l, out.filed_us, verified)
