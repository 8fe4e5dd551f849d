"""What follows from changed machines: episodes, their history, tickets, messages, audit rows.

Everything is written set-wise in the caller's transaction, so an alert, its ticket, its audit rows
and its messages exist together or not at all.
"""

from collections.abc import Sequence
from typing import Any

from alerts import store
from alerts.episode import Episode
from alerts.evidence import audit
from alerts.evidence.model import AuditEvent
from alerts.machines import store as machine_store
from alerts.machines.machine import Machine
from alerts.store import NewAlert
from alerts.tickets import from_alerts
from alerts.tickets.from_alerts import TicketOccasion
from alerts.webhooks import outbox
from alerts.webhooks.outbox import AlertNotice
from alerts.windowed import store as windowed_store
from core.db import Connection
from core.instant import from_us

SYSTEM = "system"


def write(connection: Connection, machines: Sequence[Machine], now_us: int) -> None:
    """Store streaming machines that changed, and all that their episodes bring about."""
    if not machines:
        return
    episodes = [episode for machine in machines for episode in episodes_of(machine)]
    store_episodes(connection, episodes, now_us)
    machine_store.save_machines(connection, machines)
    tell(connection, episodes, now_us)


def write_windowed(connection: Connection, machines: Sequence[Machine], now_us: int) -> None:
    """Store machines of windowed rules that changed, and all that their episodes bring about."""
    if not machines:
        return
    episodes = [episode for machine in machines for episode in episodes_of(machine)]
    store_episodes(connection, episodes, now_us)
    windowed_store.save_machines(connection, machines)
    tell(connection, episodes, now_us)


def episodes_of(machine: Machine) -> list[Episode]:
    """Return the episodes that ended meanwhile and the open one."""
    return [*machine.ended, machine.episode] if machine.episode is not None else machine.ended


def store_episodes(connection: Connection, episodes: Sequence[Episode], now_us: int) -> None:
    """Write episodes to which something happened, their history and audit rows."""
    episodes = [episode for episode in episodes if episode.events]
    if not episodes:
        return
    now = from_us(now_us)
    history: list[tuple[Episode, int]] = []
    for episode in episodes:
        history.append((episode, episode.seq))
        episode.seq += len(episode.events)
    # Endings first: a series may end one episode and open the next in the same batch.
    known = [episode for episode in episodes if episode.alert_id is not None]
    if known:
        store.update_alerts(connection, known, now)
    new = [episode for episode in episodes if episode.alert_id is None]
    if new:
        numbers = store.insert_alerts(connection, [_row(episode) for episode in new], now)
        for episode, alert_id in zip(new, numbers, strict=True):
            episode.alert_id = alert_id
    store.insert_alert_events(
        connection,
        [
            (_number(episode), seq + 1 + n, event.type, from_us(event.at_us), _detail(episode))
            for episode, seq in history
            for n, event in enumerate(episode.events)
        ],
        now,
    )
    audit.record_all(
        connection,
        [
            AuditEvent(
                now, SYSTEM, f"alert.{event.type}", "alert", str(episode.alert_id), _detail(episode)
            )
            for episode in episodes
            for event in episode.events
        ],
    )


def tell(connection: Connection, episodes: Sequence[Episode], now_us: int) -> None:
    """Open tickets and put out messages for what people may know."""
    told = [e for e in episodes if e.calls_for_ticket or any(ev.notice for ev in e.events)]
    if not told:
        return
    now = from_us(now_us)
    from_alerts.take_turn(connection)
    calling = [e for e in told if e.calls_for_ticket]
    tickets = from_alerts.open_tickets(
        connection, [o for episode in calling if (o := _occasion(episode)) is not None], now
    )
    if tickets:
        store.attach_tickets(connection, tickets)
    ticket_of = {_number(e): tickets.get(_number(e), e.ticket_id) for e in told}
    raised = [e for e in told if _happened(e, "severity_raised")]
    from_alerts.raise_severity(
        connection, {t: e.severity for e in raised if (t := ticket_of[_number(e)])}, now
    )
    cleared = [e for e in told if e.has_cleared]
    from_alerts.note_cleared(
        connection, sorted({t for e in cleared if (t := ticket_of[_number(e)])}), now
    )
    notices = [
        AlertNotice(event.notice, _number(e), e.seq - len(e.events) + 1 + n, e.is_delayed)
        for e in told
        for n, event in enumerate(e.events)
        if event.notice is not None
    ]
    facts = store.select_alert_facts(connection, [notice.alert_id for notice in notices])
    outbox.put(connection, outbox.alert_messages(notices, facts, now), now)
    outbox.wake(connection)


def _happened(episode: Episode, *types: str) -> bool:
    return any(event.type in types and event.notice for event in episode.events)


def _row(episode: Episode) -> NewAlert:
    rule, subject = episode.rule, episode.subject
    return NewAlert(
        dedup_key=episode.dedup_key,
        rule_id=rule.rule.rule_id,
        rule_code=rule.code,
        severity=episode.severity,
        level=episode.level,
        device_id=subject.device_id,
        gateway_id=None,
        trap_id=subject.trap_id,
        restaurant_id=subject.restaurant_id,
        town_id=subject.town_id,
        branch=subject.ref if subject.kind == "branch" else None,
        metric=None if rule.metric is None else int(rule.metric),
        started_at=from_us(episode.started_at_us),
        fired_at=from_us(episode.fired_at_us),
        ended_at=None if episode.ended_at_us is None else from_us(episode.ended_at_us),
        value=episode.value,
        peak_value=episode.peak_value,
        threshold=rule.applied(),
        evidence=episode.evidence,
        seq=episode.seq,
        relapse_count=episode.relapse_count,
        reopen_count=episode.reopen_count,
        is_flapping=episode.is_flapping,
        is_backfilled=episode.is_backfilled,
        is_notified=episode.is_told,
        suppressed_by=episode.suppressed_by,
    )


def _detail(episode: Episode) -> dict[str, Any]:
    return {
        "rule": episode.rule.code,
        "rule_version": episode.rule.rule.version,
        "severity": episode.severity,
        "value": episode.value,
        "peak_value": episode.peak_value,
        "suppressed_by": episode.suppressed_by,
    }


def _occasion(episode: Episode) -> TicketOccasion | None:
    definition, trap = episode.rule.rule.definition, episode.subject.trap
    if definition.ticket_problem is None or trap is None:
        return None
    return TicketOccasion(
        _number(episode), trap.trap_id, trap.restaurant_id, trap.town_id,
        definition.ticket_problem, episode.severity,
    )  # fmt: skip


def _number(episode: Episode) -> int:
    assert episode.alert_id is not None, "the episode is stored before it is told"
    return episode.alert_id
