"""A batch of decoded messages to one committed transaction.

Order inside the transaction: readings, series cursors (which lock the series in key order),
hourly roll-up, rules on what is new and live, presences, rejected messages; then COMMIT.
Nothing here talks to the broker, decides about retries, or reads a clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from alerts.engine import Engine
from core.db import Connection, translated_errors
from core.instant import DAY_US, SECOND_US
from core.plausibility import assess_batch
from core.reading import Metric, Quality
from core.reading_batch import ReadingBatch
from core.settings import IngestSettings
from ingest import store
from ingest.codecs.decoded import Party
from ingest.decoding import DecodedMessage, Message
from ingest.delivery import Rejection
from ingest.derive import derive_levels
from ingest.directory import Directory
from ingest.far_days import FarDays
from ingest.ledger import Outcome
from ingest.rejected import RejectedMessages
from ingest.rollup import group_hourly, group_series, key_order, same_key_as_before
from ingest.store import DuplicateReadingsError

#: After a batch that held a duplicate, this many go the careful way at once: a redelivery or a
#: back-fill comes in a row, and every failed COPY leaves dead rows behind.
CAREFUL_BATCHES = 16

#: Items in the order of ReadingBatch's columns.
Row = tuple[int, int, int, float, int, int]


@dataclass(frozen=True, slots=True)
class Work:
    """A batch ready to be stored: readings in key order with the message that brought each."""

    messages: Sequence[Message]
    batch: ReadingBatch
    owner: NDArray[np.intp]
    rejections: dict[int, Rejection]


@dataclass(frozen=True, slots=True)
class StoredReadings:
    """What the database took: which rows of the work's batch were new, and how many differed."""

    fresh: NDArray[np.bool_]
    conflicts: int


class Pipeline:
    """Turns messages into rows; holds what outlives a batch: directory, engine, careful mode."""

    def __init__(self, settings: IngestSettings, directory: Directory, engine: Engine) -> None:
        self._settings = settings
        self._directory = directory
        self._engine = engine
        self._compiled_version = -1
        self._careful_left = 0
        self._rejected = RejectedMessages(
            settings.rejected_per_gateway_max, settings.payload_bytes_max
        )
        self._far_days = FarDays(settings.far_days_per_gateway_max)

    def process(
        self,
        connection: Connection,
        messages: Sequence[Message],
        now_us: int,
        *,
        evaluate: bool = True,
    ) -> Outcome:
        """Commit one batch in one transaction and say what became of each message.

        ``evaluate=False`` stores without judging: the way out when a rule's defect would
        otherwise hold a message back for ever.

        Raises: TransientError (nothing happened, try again), PermanentDataError (nothing
            happened, some message can never be stored), MisconfiguredDatabaseError.
        """
        self._prepare(connection, messages, now_us)
        if evaluate:
            self._compile(connection)
        work = self._assess(messages, *self._resolve(messages))
        if self._careful_left == 0:
            try:
                return self._commit(connection, work, now_us, evaluate=evaluate, careful=False)
            except DuplicateReadingsError:
                self._careful_left = CAREFUL_BATCHES
        outcome = self._commit(connection, work, now_us, evaluate=evaluate, careful=True)
        repeats = outcome.readings_duplicate > 0
        self._careful_left = CAREFUL_BATCHES if repeats else self._careful_left - 1
        return outcome

    def _prepare(self, connection: Connection, messages: Sequence[Message], now_us: int) -> None:
        directory = self._directory
        directory.refresh(connection)
        gateways: set[str] = set()
        unknown: dict[str, str | None] = {}
        for message in messages:
            if isinstance(message, DecodedMessage):
                gateway_uid = message.gateway_uid
                if gateway_uid is not None:
                    gateways.add(gateway_uid)
                for reading in message.readings:
                    if directory.registry.by_uid(reading.device_uid) is None:
                        unknown[reading.device_uid] = gateway_uid
                for party, uid, _ in message.presences:
                    if party is Party.GATEWAY:
                        gateways.add(uid)
                    elif directory.registry.by_uid(uid) is None:
                        unknown[uid] = gateway_uid
        directory.register_gateways(connection, gateways, now_us)
        if unknown:
            directory.register_devices(connection, unknown, now_us)

    def _compile(self, connection: Connection) -> None:
        directory = self._directory
        if directory.version != self._compiled_version:
            with translated_errors(), connection.transaction():
                self._engine.load(connection, directory.registry)
            self._compiled_version = directory.version

    def _resolve(
        self, messages: Sequence[Message]
    ) -> tuple[list[Row], list[int], dict[int, Rejection]]:
        rows: list[Row] = []
        owner: list[int] = []
        rejections: dict[int, Rejection] = {}
        by_uid = self._directory.registry.by_uid
        for index, message in enumerate(messages):
            if isinstance(message, Rejection):
                rejections[index] = message
                continue
            received_at_us = message.delivery.received_at_us
            start = len(rows)
            for uid, metric, value, measured_at_us, quality in message.readings:
                device = by_uid(uid)
                if device is None:
                    del rows[start:], owner[start:]
                    rejections[index] = Rejection(
                        message.delivery, message.gateway_uid, message.codec, "unclaimed_limit",
                        f"device {uid} is unknown and its gateway has registered too many lately",
                    )  # fmt: skip
                    break
                rows.append(
                    (device.device_id, metric, measured_at_us, value, quality, received_at_us)
                )
                owner.append(index)
        return rows, owner, rejections

    def _assess(
        self,
        messages: Sequence[Message],
        rows: list[Row],
        owner: list[int],
        rejections: dict[int, Rejection],
    ) -> Work:
        # Judged before and after: a level is no better than its distance, and has limits too.
        batch, source = derive_levels(
            self._judged(ReadingBatch.from_rows(rows)), self._directory.registry
        )
        batch = self._judged(batch)
        owners = np.asarray(owner, dtype=np.intp)[source]
        refused = self._far_days.refuse(messages, batch, owners)
        if refused:
            rejections.update(refused)
            kept = ~np.isin(owners, list(refused))
            batch, owners = batch.take(kept), owners[kept]
        order = key_order(batch)
        return Work(messages, batch.take(order), owners[order], rejections)

    def _judged(self, batch: ReadingBatch) -> ReadingBatch:
        quality = assess_batch(
            batch,
            self._settings.clock_ahead_s_max * SECOND_US,
            self._settings.backfill_days_max * DAY_US,
        )
        return replace(batch, quality=quality)

    def _commit(
        self, connection: Connection, work: Work, now_us: int, *, evaluate: bool, careful: bool
    ) -> Outcome:
        fired = 0
        with translated_errors(), connection.transaction():
            stored = _insert(connection, work.batch, careful=careful)
            if stored.fresh.any():
                fired = self._react(connection, work, stored.fresh, now_us, evaluate=evaluate)
            self._note_presences(connection, work.messages)
            kept = self._rejected.keep(connection, work.rejections.values(), now_us)
        self._rejected.count(kept, now_us)
        return _count(work, stored, fired)

    def _note_presences(self, connection: Connection, messages: Sequence[Message]) -> None:
        """Record who said to be there or gone; the last word of a batch counts."""
        gateways: dict[str, tuple[bool, bool, int]] = {}
        devices: dict[int, tuple[bool, int]] = {}
        for message in messages:
            if isinstance(message, DecodedMessage):
                retained = message.delivery.retain
                for party, uid, online in message.presences:
                    if party is Party.GATEWAY:
                        gateways[uid] = (online, retained, message.delivery.received_at_us)
                        continue
                    device = self._directory.registry.by_uid(uid)
                    if device is not None and not retained:  # a replay is no sign of life
                        devices[device.device_id] = (online, message.delivery.received_at_us)
        if gateways:
            store.update_gateway_presence(connection, gateways)
        if devices:
            store.upsert_device_presence(connection, devices)

    def _react(
        self,
        connection: Connection,
        work: Work,
        is_fresh: NDArray[np.bool_],
        now_us: int,
        *,
        evaluate: bool,
    ) -> int:
        """Advance cursors, roll up, judge; return the number of episodes that fired."""
        fresh = work.batch.take(is_fresh)
        # A retained replay is history: it may not move a cursor, count as life, or drive a rule.
        alive = ~_retained(work.messages)[work.owner[is_fresh]]
        good = fresh.quality == Quality.GOOD
        prior = store.advance_series(connection, group_series(fresh, good & alive, alive))
        good_rows = fresh.take(good)
        if len(good_rows):
            store.upsert_hourly(connection, group_hourly(good_rows))
        # A level too near for the sensor to see says that it is at least where it was seen last.
        blind = (fresh.quality == Quality.BLIND_ZONE) & (fresh.metric == Metric.LEVEL_MM)
        seen = (good | blind) & alive
        live = seen.copy()
        for (device_id, metric), prior_us in prior.items():
            live &= ~(
                (fresh.device_id == device_id)
                & (fresh.metric == metric)
                & (fresh.measured_at_us <= prior_us)
            )
        if not evaluate:
            return 0
        if prior and (late := seen & ~live).any():
            self._engine.note_late(connection, fresh.take(late), now_us)
        if not live.any():
            return 0
        driving = fresh.take(live)
        in_time = np.argsort(driving.measured_at_us, kind="stable")
        return self._engine.evaluate_batch(connection, driving.take(in_time), now_us).fired


def _retained(messages: Sequence[Message]) -> NDArray[np.bool_]:
    flags = (message.delivery.retain for message in messages)
    return np.fromiter(flags, np.bool_, len(messages))


def _insert(connection: Connection, batch: ReadingBatch, *, careful: bool) -> StoredReadings:
    """Store a batch in key order; a key that repeats within it counts once, the first time."""
    repeated = same_key_as_before(batch)
    kept = ~repeated
    fresh = kept.copy()
    conflicts = 0
    unique = batch.take(kept)
    if careful and len(unique):
        fresh[kept], conflicts = store.merge_readings(connection, unique)
    elif len(unique):
        store.copy_readings(connection, unique)
    if repeated.any():
        conflicts += store.keep_conflicts(connection, batch.take(repeated))
    return StoredReadings(fresh, conflicts)


def _count(work: Work, stored: StoredReadings, fired: int) -> Outcome:
    new_count = int(stored.fresh.sum())
    outcome = Outcome(
        readings_stored=new_count,
        readings_duplicate=len(stored.fresh) - new_count,
        readings_conflicting=stored.conflicts,
        alerts_fired=fired,
    )
    for rejection in work.rejections.values():
        outcome.rejected[rejection.reason] = outcome.rejected.get(rejection.reason, 0) + 1
    brought_new = np.zeros(len(work.messages), dtype=np.bool_)
    brought_new[work.owner[stored.fresh]] = True
    for index, message in enumerate(work.messages):
        if index in work.rejections:
            continue
        has_word = isinstance(message, DecodedMessage) and message.presences
        if has_word or brought_new[index]:
            outcome.stored += 1
        else:
            outcome.duplicate += 1
    return outcome
