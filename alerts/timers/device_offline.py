"""R14: devices and gateways that fell silent, and those that are back."""

from datetime import datetime, timedelta

from alerts import standing
from alerts import store as alert_store
from alerts.rules.compiled import RuleInForce
from alerts.rules.kinds.silence import GRAVE_SEVERITY, SilenceParameters
from alerts.rules.rulebook import RuleBook
from alerts.standing import Ending
from alerts.store import NewAlert
from alerts.timers import silence, store
from alerts.timers.silence import SilentDevice
from alerts.timers.store import GatewayState, QuietDevice
from core.db import AdvisoryLock, Connection, try_lock
from core.instant import from_us
from core.registry.model import DeviceEntry, TrapEntry

RULE_CODE = "R14"


def run_once(connection: Connection, now_us: int) -> int:
    """Open and resolve alerts about silence as of ``now_us``; return how many changed.

    Does nothing while no ingest worker listens, or where another process does this right now.
    """
    if not try_lock(connection, AdvisoryLock.TIMER_DEVICE_OFFLINE):
        return 0
    now = from_us(now_us)
    rules = [r for r in alert_store.select_rules(connection) if r.definition.code == RULE_CODE]
    listening_since = store.select_listening_since(connection, now)
    if not rules or listening_since is None:
        return 0
    rule = rules[0]
    overrides = [o for o in alert_store.select_overrides(connection) if o.rule_code == RULE_CODE]
    rulebook = RuleBook(rules, overrides)
    shortest_s = min(
        float(parameters.get("silence_s_min", rule.definition.parameters["silence_s_min"]))
        for parameters in ({}, *(override.parameters for override in overrides))
    )
    county = rulebook.silence_parameters(rule, None)
    # From half the limit on: whether it is the gateway shows before the first device's is up.
    quiet = store.select_quiet_devices(connection, shortest_s / 2, now)
    gateway_ids = sorted({d.gateway_id for d in quiet if d.gateway_id is not None})
    verdicts = silence.judge(
        quiet,
        store.select_gateways(connection, gateway_ids),
        parameters=lambda device: rulebook.silence_parameters(rule, _entry(device)),
        county=county,
        listening_since=listening_since,
        now=now,
    )
    opened = [_device_alert(rule, found) for found in verdicts.devices]
    opened += [_gateway_alert(rule, gateway, county, now) for gateway in verdicts.gateways]
    standing.open_alerts(connection, opened, now)
    graver = {
        found.device.alert_id: (GRAVE_SEVERITY, found.grave_at)
        for found in verdicts.grave
        if found.device.alert_id is not None
    }
    standing.raise_severity(connection, graver, now)
    endings = [
        Ending(gateway.alert_id, now)
        for gateway in verdicts.gateways_back
        if gateway.alert_id is not None
    ]
    endings += [
        Ending(heard.alert_id, heard.heard_at)
        for heard in store.select_heard_again(connection, county.clear_receptions_min)
    ]
    standing.resolve_alerts(connection, endings, now)
    return len(opened) + len(graver) + len(endings)


def _device_alert(rule: RuleInForce, found: SilentDevice) -> NewAlert:
    device = found.device
    return _alert(
        rule,
        f"{RULE_CODE}:device:{device.device_id}",
        started_at=found.heard_at,
        fired_at=found.offline_at,
        limit_s=found.limit_s,
        device=device,
    )


def _gateway_alert(
    rule: RuleInForce, gateway: GatewayState, county: SilenceParameters, now: datetime
) -> NewAlert:
    return _alert(
        rule,
        f"{RULE_CODE}:gateway:{gateway.gateway_id}",
        started_at=now,
        fired_at=now,
        limit_s=county.silence_s_min,
        gateway=gateway,
    )


def _alert(
    rule: RuleInForce,
    dedup_key: str,
    *,
    started_at: datetime,
    fired_at: datetime,
    limit_s: float,
    device: QuietDevice | None = None,
    gateway: GatewayState | None = None,
) -> NewAlert:
    silent_s = max(fired_at - started_at, timedelta(0)).total_seconds()
    return NewAlert(
        dedup_key=dedup_key,
        rule_id=rule.rule_id,
        rule_code=RULE_CODE,
        severity=rule.definition.severity,
        device_id=device.device_id if device else None,
        gateway_id=gateway.gateway_id if gateway else None,
        trap_id=device.trap_id if device else None,
        restaurant_id=device.restaurant_id if device else None,
        town_id=device.town_id if device else gateway.town_id if gateway else None,
        metric=None,
        started_at=started_at,
        fired_at=fired_at,
        ended_at=None,
        value=silent_s,
        peak_value=silent_s,
        threshold={"silence_s": limit_s},
        seq=1,
        relapse_count=0,
        is_notified=True,
        suppressed_by=None,
    )


def _entry(device: QuietDevice) -> DeviceEntry:
    """Return as much of the register's entry as places of overrides need."""
    trap = TrapEntry(
        device.trap_id, device.trap_code, 0.0, 0.0, device.restaurant_id, device.restaurant_type,
        "open", device.town_id, device.town_code,
    )  # fmt: skip
    return DeviceEntry(
        device.device_id, "", "active", device.gateway_id, device.report_interval_s, None, 0.0, trap
    )
