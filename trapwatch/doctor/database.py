"""Checks of the database: what it is, how it is set, how full it is, what the workers report."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from core.db import Connection, driver_implementation
from core.errors import ConfigError
from migrations.runner import load_migrations, pending
from trapwatch.doctor import store
from trapwatch.doctor.finding import Finding, Verdict, judge

_POSTGRESQL_MIN = 150_000
#: Before these, ON CONFLICT on a compressed chunk lost rows (timescaledb #7672).
_TIMESCALEDB_MIN = (2, 18, 2)
_CLOCK_S_MAX = 1.0
_FREE_BYTES_MIN = 5 * 1024**3
_DAYS_LEFT_MIN = 30
_WORKER_SILENT_S = 60.0
_BAD_CLOCK_RATIO_MAX = 0.01


def check(
    connection: Connection, now: Callable[[], datetime], data_dir: Path | None
) -> Iterator[Finding]:
    """Yield one finding a check; ``data_dir`` is where the files are if they are on this machine.

    Raises: TransientError, MisconfiguredDatabaseError.
    """
    server = store.select_server(connection)
    yield from _check_versions(server)
    yield from _check_settings(server)
    yield _check_driver()
    yield _check_clock(server, now())
    schema = _check_schema(connection)
    yield schema
    if schema.verdict is not Verdict.OK:
        return
    chunks = store.select_chunks(connection)
    yield from _check_chunks(server, chunks)
    yield _check_disk(store.select_data_directory(connection), data_dir, chunks)
    yield from _check_workers(store.select_workers(connection), now())
    yield _check_scoped_role(*store.select_scoped_role(connection))
    yield _check_bad_clocks(*store.select_bad_clocks(connection, now()))


def _check_versions(server: store.Server) -> Iterator[Finding]:
    yield judge(
        "PostgreSQL version", server.version_num >= _POSTGRESQL_MIN,
        f"{server.version_num // 10_000}.{server.version_num % 10_000}",
        "upgrade to PostgreSQL 15 or later", Verdict.FAILURE,
    )  # fmt: skip
    if server.timescaledb is None:
        yield Finding(
            "TimescaleDB", Verdict.FAILURE, "not installed in this database",
            "CREATE EXTENSION timescaledb; then trapwatch migrate",
        )  # fmt: skip
        return
    version = tuple(int(part) for part in server.timescaledb.split("-")[0].split("."))
    yield judge(
        "TimescaleDB version", version >= _TIMESCALEDB_MIN, server.timescaledb,
        "upgrade: before 2.18.2 a late reading for a compressed chunk could be lost (#7672)",
        Verdict.FAILURE,
    )  # fmt: skip
    community = server.license == "timescale"
    yield Finding(
        "TimescaleDB edition", Verdict.OK,
        "Community: columnstore available" if community
        else "Apache: retention by drop_chunks, no columnstore; readings stay uncompressed",
    )  # fmt: skip


def _check_settings(server: store.Server) -> Iterator[Finding]:
    # TimescaleDB refuses to work unless it was preloaded; its own setting shows that it works.
    preloaded = "timescaledb" in server.preload if server.preload else server.license is not None
    yield judge(
        "extension preload", preloaded,
        f"shared_preload_libraries = {server.preload}" if server.preload is not None
        else f"TimescaleDB is {'' if preloaded else 'not '}loaded in our session",
        "ALTER SYSTEM SET shared_preload_libraries = 'timescaledb'; then restart PostgreSQL",
        Verdict.FAILURE,
    )  # fmt: skip
    durable = server.fsync and server.full_page_writes and server.synchronous_commit != "off"
    yield judge(
        "durable commits", durable,
        f"fsync {_on(server.fsync)}, full_page_writes {_on(server.full_page_writes)}, "
        f"synchronous_commit {server.synchronous_commit}",
        "turn all three on: an acknowledged reading has to survive a power cut", Verdict.FAILURE,
    )  # fmt: skip


def _check_driver() -> Finding:
    implementation = driver_implementation()
    return judge(
        "psycopg implementation", implementation != "python", implementation,
        "pip install 'psycopg[binary]': the pure Python driver is many times slower",
        Verdict.WARNING,
    )  # fmt: skip


def _check_clock(server: store.Server, now: datetime) -> Finding:
    off_s = abs((server.now - now).total_seconds())
    return judge(
        "clocks of this machine and the database", off_s <= _CLOCK_S_MAX, f"{off_s:.3f} s apart",
        "synchronise both with NTP: readings are judged by how old they are", Verdict.FAILURE,
    )  # fmt: skip


def _check_schema(connection: Connection) -> Finding:
    try:
        left = pending(load_migrations(), store.select_applied_migrations(connection))
    except ConfigError as error:
        return Finding("schema", Verdict.FAILURE, str(error), "run the version that wrote it")
    except Exception as error:  # the table is missing: nothing was ever applied
        return Finding("schema", Verdict.FAILURE, str(error), "trapwatch migrate")
    return judge(
        "schema", not left, f"{len(left)} migrations to apply", "trapwatch migrate", Verdict.FAILURE
    )


def _check_chunks(server: store.Server, chunks: store.Chunks) -> Iterator[Finding]:
    share = chunks.index_bytes_max / server.cache_bytes
    yield judge(
        "chunk interval against memory", share <= 0.25,
        f"the largest day's indexes are {_size(chunks.index_bytes_max)}, {share:.0%} of "
        f"effective_cache_size ({_size(server.cache_bytes)})",
        "SELECT set_chunk_time_interval('reading', INTERVAL '6 hours'), or more memory: the "
        "indexes of the chunks being written should fit into a quarter of it",
        Verdict.WARNING,
    )  # fmt: skip
    # A statement that looks into every chunk locks each of them and its two indexes.
    needed = 3 * chunks.chunk_count
    yield judge(
        "lock table against chunks", needed < server.lock_slots,
        f"{chunks.chunk_count} chunks, {server.lock_slots} lock slots",
        f"max_locks_per_transaction of at least {needed // 50 + 64}, then restart PostgreSQL",
        Verdict.WARNING,
    )  # fmt: skip


def _check_disk(path: str | None, data_dir: Path | None, chunks: store.Chunks) -> Finding:
    place = data_dir if data_dir is not None else Path(path) if path else None
    try:
        if place is None or not place.exists():
            raise FileNotFoundError
        free_bytes = shutil.disk_usage(place).free
    except OSError:
        return Finding(
            "free disk", Verdict.UNKNOWN, "the database's files are not on this machine",
            "watch the free space of the database's volume there",
        )  # fmt: skip
    days = free_bytes / chunks.total_bytes_max if chunks.total_bytes_max else float("inf")
    return judge(
        "free disk", free_bytes >= _FREE_BYTES_MIN and days >= _DAYS_LEFT_MIN,
        f"{_size(free_bytes)} free, {_size(chunks.total_bytes)} of readings"
        + ("" if days == float("inf") else f", {min(days, 9_999):.0f} days of the largest yet"),
        "a larger volume, or a shorter TRAPWATCH_ALERTS__RETENTION_DAYS", Verdict.FAILURE,
    )  # fmt: skip


def _check_workers(workers: list[store.Worker], now: datetime) -> Iterator[Finding]:
    if not workers:
        yield Finding(
            "ingest workers", Verdict.WARNING, "none has ever reported", "trapwatch ingest"
        )
    for worker in workers:
        age_s = (now - worker.seen_at).total_seconds()
        alive = worker.is_listening and age_s < _WORKER_SILENT_S
        ledger = (
            f"received {worker.received} = stored {worker.stored} + duplicate {worker.duplicate}"
            f" + rejected {worker.rejected} + in flight {worker.in_flight}"
        )
        yield judge(
            f"worker {worker.client_id}", alive and worker.is_caught_up,
            ("listening" if alive else f"not listening, seen {age_s:.0f} s ago")
            + ("" if worker.is_caught_up else ", working off a backlog") + f"; {ledger}",
            "wait until it has caught up" if alive else
            "start it again with the same id, or drain its session for good: "
            f"TRAPWATCH_MQTT__CLIENT_ID={worker.client_id} trapwatch ingest --drain",
            Verdict.WARNING,
        )  # fmt: skip
        if worker.broker_dropped:
            yield Finding(
                "messages dropped by the broker", Verdict.FAILURE,
                f"{worker.broker_dropped} since the broker started, says $SYS",
                "find the subscriber whose queue is full (an absent worker?), raise "
                "max_queued_messages in mosquitto.conf",
            )  # fmt: skip


def _check_scoped_role(exists: bool, is_ours: bool, has_rights: bool) -> Finding:
    return judge(
        "callers limited to towns", exists and is_ours and has_rights,
        "the role trapwatch_scoped "
        + ("is missing" if not exists else "is not ours to take" if not is_ours
           else "has no rights" if not has_rights else "limits them"),
        "as a superuser: CREATE ROLE trapwatch_scoped NOLOGIN; GRANT trapwatch_scoped TO our role; "
        "then as our role: SELECT grant_to_scoped(). Until then such callers are refused",
        Verdict.WARNING,
    )  # fmt: skip


def _check_bad_clocks(received: int, bad: int) -> Finding:
    ratio = bad / received if received else 0.0
    return judge(
        "clocks of devices and gateways", ratio <= _BAD_CLOCK_RATIO_MAX,
        f"{bad} of {received} readings of the last hour have a bad clock",
        "synchronise the gateways' clocks (NTP); see quality=bad_clock in the readings",
        Verdict.WARNING,
    )  # fmt: skip


def _on(flag: bool) -> str:
    return "on" if flag else "off"


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1_024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1_024
    return f"{count:.1f} TB"
