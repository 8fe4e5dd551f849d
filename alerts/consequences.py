"""What follows from changed machines: episodes, their history, tickets, messages, audit rows.

Everything is written set-wise in the caller's transaction, so an alert, its ticket, its audit rows
and its messages exist together or not at all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alerts import store
from alerts.episode import Episode, Machine
from alerts.evidence import audit
from alerts.evidence.audit import AuditEvent
from alerts.store import NewAlert
from alerts.tickets import from_alerts
from alerts.tickets.from_alerts import TicketOccasion
from alerts.webhooks import outbox
from alerts.webhooks.outbox import AlertNotice
from core.db import Connection
from core.instant import from_us

SYSTEM = "system"


def write(connection: Connection, machines: Sequence[Machine], now_us: int) -> None:
    """Store machines that changed, and all that their episodes bring about."""
    if not machines:
        return
    now = from_us(now_us)
    episodes = [episode for machine in machines for episode in _episodes(machine)]
    touched = [episode for episode in episodes if episode.events]
    if touched:
        _store_episodes(connection, touched, now)
    store.save_machines(connection, machines)
    if touched:
        _tell(connection, touched, now)


def _episodes(machine: Machine) -> list[Episode]:
    return [*machine.ended, machine.episode] if machine.episode is not None else machine.ended


def _store_episodes(connection: Connection, episodes: Sequence[Episode], now: datetime) -> None:
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


def _tell(connection: Connection, episodes: Sequence[Episode], now: datetime) -> None:
    """Open tickets and put out messages for what people may know."""
    fired = [episode for episode in episodes if episode.notified_now]
    cleared = [e for e in episodes if e.ended_at_us is not None and e.is_told]
    if fired or cleared:
        from_alerts.take_turn(connection)
    tickets = from_alerts.open_tickets(
        connection, [o for episode in fired if (o := _occasion(episode)) is not None], now
    )
    if tickets.by_alert:
        store.attach_tickets(connection, tickets.by_alert)
    from_alerts.note_cleared(
        connection,
        sorted({t for e in cleared if (t := tickets.by_alert.get(_number(e), e.ticket_id))}),
        now,
    )
    notices = [
        AlertNotice("alert.fired", _number(e), _seq_of(e, "notified"), e.is_delayed) for e in fired
    ] + [AlertNotice("alert.resolved", _number(e), _seq_of(e, "resolved")) for e in cleared]
    facts = store.select_alert_facts(connection, [notice.alert_id for notice in notices])
    outbox.put(connection, outbox.alert_messages(notices, facts, now), now)
    outbox.put(connection, tickets.messages, now)
    outbox.wake(connection)


def _seq_of(episode: Episode, event_type: str) -> int:
    stored = episode.seq - len(episode.events)
    position = next(n for n, event in enumerate(episode.events) if event.type == event_type)
    return stored + 1 + position


def _row(episode: Episode) -> NewAlert:
    rule, device = episode.rule, episode.device
    trap = device.trap
    return NewAlert(
        dedup_key=episode.dedup_key,
        rule_id=rule.rule.rule_id,
        rule_code=rule.code,
        severity=rule.rule.definition.severity,
        device_id=device.device_id,
        gateway_id=None,
        trap_id=trap.trap_id if trap else None,
        restaurant_id=trap.restaurant_id if trap else None,
        town_id=trap.town_id if trap else None,
        metric=int(rule.metric),
        started_at=from_us(episode.started_at_us),
        fired_at=from_us(episode.fired_at_us),
        ended_at=None if episode.ended_at_us is None else from_us(episode.ended_at_us),
        value=episode.value,
        peak_value=episode.peak_value,
        threshold=rule.applied(),
        seq=episode.seq,
        relapse_count=episode.relapse_count,
        is_notified=episode.is_told,
        suppressed_by=episode.suppressed_by,
    )


def _detail(episode: Episode) -> dict[str, Any]:
    return {
        "rule": episode.rule.code,
        "rule_version": episode.rule.rule.version,
        "value": episode.value,
        "peak_value": episode.peak_value,
        "suppressed_by": episode.suppressed_by,
    }


def _occasion(episode: Episode) -> TicketOccasion | None:
    definition, trap = episode.rule.rule.definition, episode.device.trap
    if definition.ticket_problem is None or trap is None:
        return None
    return TicketOccasion(
        _number(episode), trap.trap_id, trap.restaurant_id, trap.town_id,
        definition.ticket_problem, definition.severity,
    )  # fmt: skip


def _number(episode: Episode) -> int:
    assert episode.alert_id is not None, "the episode is stored before it is told"
    return episode.alert_id
