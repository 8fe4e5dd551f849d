"""What must be true after chaos, whatever happened: each check returns what contradicts it.

Works from the ledger file, the database and the receiver's record only; knows nothing of faults.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from alerts import store as alert_store
from alerts.gate import NotificationGate
from alerts.replays.streaming import replay
from alerts.rules.rulebook import RuleBook
from core.db import connect
from core.instant import DAY_US, from_us, to_us
from core.reading import Metric, Quality
from core.reading_batch import ReadingBatch
from core.registry.model import Registry
from core.registry.store import select_devices
from simulators.ledger import LedgerContent
from simulators.receiver import Delivery
from tests.chaos.rig import MARKER, Rig

#: Device, event time in milliseconds, and value of a level reading.
Fact = tuple[str, int, float]


def fact(payload: bytes) -> Fact:
    """Return what a published payload says."""
    reading = json.loads(payload)
    return reading["device"], reading["measured_at"], reading["value"]


def lost(rig: Rig, ledger: LedgerContent) -> dict[int, Fact]:
    """Return the acknowledged publishes, by index, whose reading is not stored."""
    stored = set(_stored(rig))
    facts = {index: fact(ledger.sent[index][1]) for index in ledger.acked}
    return {index: item for index, item in facts.items() if item not in stored}


def violations(rig: Rig, ledger: LedgerContent) -> dict[str, list[Any]]:
    """Return everything that must not be, by kind; {} is a pass. Loss is asked for apart."""
    found: dict[str, list[Any]] = {
        "stored but never sent": _invented(rig, ledger),
        "stored twice": [key for key, count in Counter(_stored(rig)).items() if count > 1],
        "worker's ledger": unbalanced(rig.worker.metrics()),
        "rejected": rig.rows("find_doubtful_messages"),
        "rollup": rig.rows("find_wrong_hours"),
        "cursor": rig.rows("find_wrong_cursors"),
        "alert": _differing_episodes(rig),
        "alert rows": rig.rows("find_inconsistent_alerts"),
        "webhook": list(_webhook_faults(rig.rows("select_messages"), rig.receiver.deliveries)),
        "stuck": rig.rows("find_stuck"),
    }
    return {kind: items[:10] for kind, items in found.items() if items}


def figures(rig: Rig, ledger: LedgerContent) -> dict[str, int]:
    """Return how much went through, for the record."""
    received = Counter(delivery.webhook_id for delivery in rig.receiver.deliveries)
    episodes = rig.rows("select_episodes")
    metrics = rig.worker.metrics()
    return {
        "publishes": len(ledger.sent),
        "acknowledged": len(ledger.acked),
        "readings_acknowledged": len({fact(ledger.sent[index][1]) for index in ledger.acked}),
        "readings_stored": sum(1 for _ in _stored(rig)),
        "readings_late": len(rig.rows("select_committed")) - len(_live(rig)),
        "last_worker_received": int(metrics['trapwatch_messages_total{outcome="received"}']),
        "last_worker_duplicates": int(metrics['trapwatch_messages_total{outcome="duplicate"}']),
        "episodes": len(episodes),
        "episodes_resolved": sum(row[3] is not None for row in episodes),
        "webhook_messages": len(rig.rows("select_messages")),
        "webhooks_received": received.total(),
        "webhooks_received_twice": sum(count > 1 for count in received.values()),
    }


def _stored(rig: Rig) -> Iterator[Fact]:
    for uid, metric, at_ms, value in rig.rows("select_stored"):
        assert metric == Metric.LEVEL_MM
        if uid != MARKER:
            yield uid, at_ms, value


def _invented(rig: Rig, ledger: LedgerContent) -> list[Fact]:
    sent = {fact(payload) for _, payload in ledger.sent.values()}
    return [item for item in _stored(rig) if item not in sent]


def unbalanced(metrics: Mapping[str, float]) -> list[Mapping[str, float]]:
    """Return the ledger on /metrics if a message is missing from it or still in flight."""
    outcome = {
        name: metrics.get(f'trapwatch_messages_total{{outcome="{name}"}}', 0.0)
        for name in ("received", "stored", "duplicate", "rejected")
    }
    outcome["in_flight"] = metrics["trapwatch_messages_in_flight"]
    settled = outcome["stored"] + outcome["duplicate"] + outcome["rejected"]
    is_balanced = outcome["received"] == settled and not outcome["in_flight"]
    return [] if is_balanced else [outcome]


def live_in_commit_order(rows: Iterable[tuple[Any, ...]]) -> ReadingBatch:
    """Return the readings that drove rules: newer than all of their series committed before.

    ``rows`` are (commit time, device, metric, measured_at, value, quality, received_at) ordered by
    commit time and event time; a transaction judges its readings in event-time order.
    """
    cursor: dict[tuple[int, int], Any] = {}
    live = []
    for _, device_id, metric, measured_at, value, quality, received_at in rows:
        key = (device_id, metric)
        if quality != Quality.GOOD or (key in cursor and measured_at <= cursor[key]):
            continue
        cursor[key] = measured_at
        live.append((device_id, metric, to_us(measured_at), value, quality, to_us(received_at)))
    return ReadingBatch.from_rows(live)


def _live(rig: Rig) -> ReadingBatch:
    return live_in_commit_order(rig.rows("select_committed"))


def _differing_episodes(rig: Rig) -> list[tuple[str, Any]]:
    """Return episodes that only the database has, and those that only the replay has."""
    with connect(rig.url, "chaos-replay", autocommit=True) as connection:
        registry = Registry(select_devices(connection))
        rulebook = RuleBook(
            alert_store.select_rules(connection), alert_store.select_overrides(connection)
        )
    for device in registry:
        rulebook.put(device)
    expected = {
        (
            e.dedup_key, from_us(e.started_at_us), from_us(e.fired_at_us),
            None if e.ended_at_us is None else from_us(e.ended_at_us),
            None if e.ended_at_us is None else e.peak_value,
            None if e.ended_at_us is None else e.relapse_count,
            e.is_told,
        )
        for e in replay(rulebook, _live(rig), NotificationGate(7 * DAY_US))
    }  # fmt: skip
    rows = rig.rows("select_episodes")
    actual = set(rows)
    assert len(actual) == len(rows)
    doubtful = _looking_back_at_late(rig, rulebook)
    return [
        (side, episode)
        for side, episodes in (
            ("only stored", actual - expected),
            ("only replayed", expected - actual),
        )
        for episode in sorted(episodes)
        if not doubtful(episode)
    ]


def _looking_back_at_late(rig: Rig, rulebook: RuleBook) -> Callable[[tuple[Any, ...]], bool]:
    """Return whether an episode may rest on readings that came late, which no replay can know.

    A rule about a slope looks back at all that is stored by then, also at what came late; and what
    it makes of that is taken up again by episodes that reopen, hours later.
    """
    first_late: dict[str, Any] = {}
    live = _live(rig)
    is_live = set(
        zip(
            live.device_id.tolist(),
            live.metric.tolist(),
            live.measured_at_us.tolist(),
            strict=True,
        )
    )
    for _, device_id, metric, measured_at, *_rest in rig.rows("select_committed"):
        if (device_id, metric, to_us(measured_at)) in is_live:
            continue
        for rule in rulebook.rules_of(device_id, metric):
            if rule.trail_us:
                key = f"{rule.code}:device:{device_id}:{Metric(metric).label}"
                first_late[key] = min(first_late.get(key, measured_at), measured_at)

    def is_doubtful(episode: tuple[Any, ...]) -> bool:
        key, _started_at, _fired_at, ended_at, *_rest = episode
        return key in first_late and (ended_at is None or first_late[key] <= ended_at)

    return is_doubtful


def _webhook_faults(
    messages: Iterable[tuple[Any, ...]], deliveries: Iterable[Delivery]
) -> Iterator[tuple[str, str]]:
    """Yield what contradicts: each message arrived, whole, valid, under its one id and no other."""
    arrived: dict[str, set[bytes]] = {}
    for delivery in deliveries:
        if delivery.problem is not None:
            yield "signature", f"{delivery.webhook_id}: {delivery.problem}"
        arrived.setdefault(delivery.webhook_id, set()).add(delivery.body)
    subjects: dict[tuple[str, str, int], str] = {}
    for uid, body, kind, subject, seq, state, _ in messages:
        got = arrived.pop(uid, set())
        if got != {bytes(body)}:
            yield "not received as stored", f"{uid} ({state}): {body!r}, received {got}"
        if subjects.setdefault((kind, subject, seq), uid) != uid:
            yield "two ids", f"{kind} {subject} {seq}"
    for uid in arrived:
        yield "received but unknown", uid
