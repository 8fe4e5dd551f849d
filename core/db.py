"""Connections to TimescaleDB: how they are opened, what they lock, what their errors mean.

Owns: connection settings, the advisory-lock numbers, the map from SQLSTATE to our error tree.
Never: a query about the domain (those live in ``store.py`` files).
"""

import os
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from selectors import EVENT_READ, DefaultSelector
from typing import Any, LiteralString

import numpy as np
import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool

from core.array_dumper import NumpyArrayDumper
from core.errors import (
    DatabaseForbidsError,
    DatabaseUnavailableError,
    InvalidRequestError,
    MisconfiguredDatabaseError,
    PermanentDataError,
    TrapwatchError,
)
from core.wake_pipe import WakePipe

Row = tuple[Any, ...]
Connection = psycopg.Connection[Row]
Pool = ConnectionPool[Connection]


class AdvisoryLock(IntEnum):
    """Cluster-wide locks; each names the one duty that may hold it."""

    MIGRATE = 7_401
    TIMER_DEVICE_OFFLINE = 7_402
    TIMER_LATCHED_HOLD = 7_403
    TIMER_RETENTION = 7_404
    RULE_SEED = 7_405
    TICKETS_OF_ALERTS = 7_406
    TIMER_WITHHELD = 7_411
    TIMER_ACK_END = 7_412
    TIMER_ESCALATION = 7_413
    TIMER_WINDOWED = 7_414
    TIMER_CLUSTER = 7_415
    TIMER_STALENESS = 7_416
    TIMER_CLOSING = 7_417
    TIMER_REPEAT = 7_418
    TIMER_GROUPING = 7_419
    TIMER_LATE_DATA = 7_420
    LEDGER = 7_421  # taken by the trigger in migrations/versions/0012_ledger.sql, at COMMIT
    CHECKPOINT = 7_422
    TIMER_CHECKPOINT = 7_423
    TIMER_TICKET_SLA = 7_424
    TIMER_WEBHOOK_ENDPOINTS = 7_436
    TIMER_COVERAGE_PRESENT = 7_449
    TIMER_COVERAGE_DAY = 7_450
    TIMER_TOWN_INDEX = 7_451
    INSPECTION_PLANNING = 7_430
    HANDOVER_IMPORT = 7_431
    TIMER_SEALING = 7_439
    COMPLAINT_INTAKE = 7_447
    COMPLAINT_IMPORT = 7_448
    ACCESS_NAMES = 7_442
    REPLAY_REQUESTED = 7_452
    LOGIN = 7_443  # with the name's hash: one attempt at a time


# Retry-or-isolate classes: PostgreSQL manual, appendix A. Everything that has no SQLSTATE is a
# broken socket and therefore transient.
_TRANSIENT_CLASSES = ("08", "53", "58")
_TRANSIENT_CODES = {"25P03", "40001", "40P01", "55P03", "57P01", "57P02", "57P03", "57P05", "57014"}
_PERMANENT_CLASSES = ("22", "23", "54")
#: insufficient_privilege: of a table, or, raised by this function, of a new row under a policy.
_NO_RIGHT = "42501"
_ROW_CHECK = "ExecWithCheckOptions"


def translate(error: psycopg.Error) -> TrapwatchError:
    """Return the error of our tree that says what to do about a database error."""
    state = error.sqlstate
    text = str(error).strip().split("\n")[0]
    if state == _NO_RIGHT:
        if error.diag.source_function == _ROW_CHECK:
            return InvalidRequestError(
                "it names something that does not exist, or that is not in your towns"
            )
        return DatabaseForbidsError(f"database allows less than expected ({state}): {text}")
    if state is None or state in _TRANSIENT_CODES or state.startswith(_TRANSIENT_CLASSES):
        return DatabaseUnavailableError(f"database away ({state or 'connection'}): {text}")
    if state.startswith(_PERMANENT_CLASSES):
        return PermanentDataError(f"database refuses a value ({state}): {text}")
    return MisconfiguredDatabaseError(f"database not as expected ({state}): {text}")


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn psycopg's errors inside the block into our error tree."""
    try:
        yield
    except psycopg.Error as error:
        raise translate(error) from error


def driver_implementation() -> str:
    """Return how psycopg talks to libpq: ``binary`` and ``c`` are fast, ``python`` is not."""
    return psycopg.pq.__impl__


def connect(url: str, application_name: str, *, autocommit: bool = False) -> Connection:
    """Open one private connection (UTC session, keepalives, bounded waits).

    ``synchronous_commit`` is left on by design: a PUBACK means that the reading is durable.

    Raises: DatabaseUnavailableError, MisconfiguredDatabaseError.
    """
    with translated_errors():
        connection: Connection = psycopg.connect(
            url, autocommit=autocommit, **_session(application_name)
        )
    connection.adapters.register_dumper(np.ndarray, NumpyArrayDumper)
    return connection


def cut(connection: Connection) -> None:
    """Shut a connection's socket down from another thread: whoever waits on it gets an error."""
    with (
        suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.fileno())) as link,
    ):
        link.shutdown(socket.SHUT_RDWR)


def _check(connection: Connection) -> None:
    """Raise if the server has gone; it is not asked while nothing came from it.

    To an idle connection a server sends the reason of its end, and the end.
    """
    link = select.poll()  # select() takes no descriptors above 1,023
    link.register(connection.fileno(), select.POLLIN)
    if link.poll(0):
        ConnectionPool.check_connection(connection)


def open_pool(url: str, application_name: str, *, size_max: int) -> Pool:
    """Open a pool for short reads; connections are checked before they are handed out.

    Statements are planned for the parameters at hand: lists have filters that may be left out, and
    a plan that fits every choice of them reads whole tables. Planning must be cheap therefore:
    beyond five tables joins, which look names up, are carried out as they are written (a list of
    alerts takes 1.3 ms instead of 3.8). No other processes are called in.
    """
    return ConnectionPool(
        url,
        kwargs=_session(
            application_name,
            plan_cache_mode="force_custom_plan",
            join_collapse_limit="5",
            max_parallel_workers_per_gather="0",
        ),
        min_size=1,
        max_size=size_max,
        timeout=5.0,
        check=_check,
        open=True,
        name=application_name,
    )


@contextmanager
def statements(pool: Pool) -> Iterator[Connection]:
    """Lend a pooled connection on which every statement is a transaction of its own.

    One look costs one round trip instead of three.
    """
    with pool.connection() as connection:
        connection.autocommit = True
        try:
            yield connection
        finally:
            if not connection.closed:
                connection.autocommit = False


def try_lock(connection: Connection, lock: AdvisoryLock) -> bool:
    """Take a cluster-wide lock until the transaction ends; False if another holds it."""
    row = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (int(lock),)).fetchone()
    return bool(row and row[0])


def wait_lock(connection: Connection, lock: AdvisoryLock) -> None:
    """Take a cluster-wide lock until the transaction ends, waiting for whoever holds it."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (int(lock),))


def try_hold(connection: Connection, lock: AdvisoryLock) -> bool:
    """Take a cluster-wide lock until ``release`` or the connection's end; False: another has it."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (int(lock),)).fetchone()
    return bool(row and row[0])


def release(connection: Connection, lock: AdvisoryLock) -> None:
    """Give back a lock of ``try_hold``."""
    connection.execute("SELECT pg_advisory_unlock(%s)", (int(lock),))


def listen(connection: Connection, channel: LiteralString) -> None:
    """Subscribe an autocommit connection to a NOTIFY channel."""
    with translated_errors():
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))


def notifications(
    connection: Connection,
    timeout_s: float,
    count_max: int | None = None,
    wakes: WakePipe | None = None,
) -> list[str]:
    """Return the payloads that arrive within ``timeout_s``, in commit order.

    With ``count_max`` it returns as soon as that many are there; with a timeout of 0 it takes
    only what has already arrived. With ``wakes`` it returns at the first arrival or wake-up.
    """
    with translated_errors():
        if wakes is not None and timeout_s > 0:
            arrived = notifications(connection, 0.0, count_max)
            if arrived:
                return arrived
            with DefaultSelector() as selector:
                selector.register(connection.fileno(), EVENT_READ)
                selector.register(wakes, EVENT_READ)
                selector.select(timeout_s)
            timeout_s = 0.0
        return [
            notify.payload
            for notify in connection.notifies(timeout=timeout_s, stop_after=count_max)
        ]


#: Settings of our sessions. Compiling (jit) takes longer than what it saves our queries. The last
#: five are for the server to notice a client that died without a word: its open transaction would
#: hold its locks, and the next worker up, for two hours.
_SERVER_SIDE = {
    "timezone": "UTC",
    "jit": "off",
    "statement_timeout": "60s",
    "lock_timeout": "20s",
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "10s",
    "tcp_keepalives_interval": "5s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20s",
}


def _session(application_name: str, **more: str) -> dict[str, Any]:
    server_side = _SERVER_SIDE | more
    return {
        "application_name": application_name,
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        "options": " ".join(f"-c {name}={value}" for name, value in server_side.items()),
    }
