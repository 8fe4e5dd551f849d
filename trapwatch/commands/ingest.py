"""`trapwatch ingest`: one worker that turns MQTT deliveries into committed rows."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import BrokerUnavailableError, ConfigError, TrapwatchError
from core.settings import Settings
from trapwatch.commands.process import load_settings, load_settings_beside, refuse, stop_on_signals

if TYPE_CHECKING:
    from ingest.worker import Worker

_ALIVE_S = 15.0


def ingest(
    drain: Annotated[
        bool,
        typer.Option(
            "--drain",
            help="Take over the session of TRAPWATCH_MQTT__CLIENT_ID: give up its subscriptions, "
            "work off what the broker still holds for it, end it, exit.",
        ),
    ] = False,
) -> None:
    """Take readings from the broker until told to stop."""
    settings = load_settings_beside() if drain else load_settings()
    from core.clock import SystemClock
    from core.health import serve_health
    from ingest.worker import Worker

    try:
        if drain:
            _refuse_if_alive(settings)
        worker = Worker(settings, SystemClock(), stop_on_signals(), leaving=drain)
    except ConfigError as error:
        refuse(str(error))
    with serve_health(settings.ingest.metrics_port, worker.problems, [worker.ledger]):
        if not drain:
            _work(worker, settings)
            return
        try:
            drained = worker.drain()
        except BrokerUnavailableError as error:
            print(f"trapwatch: {error}", file=sys.stderr)
            raise SystemExit(1) from None
    ledger = worker.ledger.snapshot()
    print(f"{settings.mqtt.client_id}: {ledger['received']} messages drained")
    if not drained:
        print("trapwatch: stopped before the end; the session is kept", file=sys.stderr)
        raise SystemExit(1)


def _work(worker: "Worker", settings: Settings) -> None:
    """Take readings; beside that send again what the API is asked to have sent again."""
    from random import random

    from core.backoff import Backoff
    from core.clock import SystemClock
    from ingest.dead_letters.requested import RequestedReplays

    replays = RequestedReplays(
        settings, SystemClock(), Backoff(settings.ingest.retry_delay_s_max, random)
    )
    replays.start()
    try:
        worker.run()
    finally:
        replays.close()


def _refuse_if_alive(settings: Settings) -> None:
    """Two clients of one id would throw each other off the broker for ever."""
    from core.clock import SystemClock
    from core.db import connect
    from ingest import store

    client_id = settings.mqtt.client_id
    try:
        url = settings.database.url.get_secret_value()
        with connect(url, "trapwatch-drain", autocommit=True) as connection:
            seen_at = store.select_worker_seen_at(connection, client_id)
    except TrapwatchError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    if seen_at is not None:
        age_s = (SystemClock().now() - seen_at).total_seconds()
        if age_s < _ALIVE_S:
            refuse(f"worker {client_id} was alive {age_s:.0f} s ago; stop it first (SIGTERM)")
