"""`trapwatch doctor`: broker, database, workers and clocks, each with what to do about it."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import ConfigError, TrapwatchError
from core.settings import Settings
from trapwatch.commands.process import load_settings_beside, refuse

if TYPE_CHECKING:
    from trapwatch.doctor.finding import Finding

_MARKS = {"ok": "  ok    ", "unknown": "  ?     ", "warning": "  warn  ", "failure": "  FAIL  "}


def doctor(
    broker_config: Annotated[
        Path | None, typer.Option(help="The broker's mosquitto.conf, for what MQTT does not show.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a check.")] = False,
) -> None:
    """Check what Trapwatch stands on; exit code 1 if something can lose readings.

    Publishes to trapwatch/doctor/… and ends its session again; changes nothing else.
    """
    from trapwatch.doctor.finding import Verdict

    settings = load_settings_beside()
    failed = False
    for finding in _findings(settings, broker_config):
        failed |= finding.verdict is Verdict.FAILURE
        if as_json:
            told = asdict(finding) | {"verdict": finding.verdict.value}
            print(json.dumps(told, ensure_ascii=False), flush=True)
            continue
        print(f"{_MARKS[finding.verdict.value]}{finding.check}: {finding.seen}", flush=True)
        if finding.fix:
            print(f"          -> {finding.fix}")
    if failed:
        raise SystemExit(1)


def _findings(settings: Settings, broker_config: Path | None) -> "Iterator[Finding]":
    from secrets import token_hex

    from core.broker_address import BrokerAddress
    from trapwatch.doctor import broker
    from trapwatch.doctor import broker_config as config

    text = _config_text(settings, broker_config)
    try:
        address = BrokerAddress.parse(
            settings.mqtt.url.get_secret_value(), settings.mqtt.tls_ca_file
        )
    except ConfigError as error:
        refuse(str(error))
    yield from broker.check(address, settings, token_hex(4))
    yield from config.check(text, settings)
    yield from _database_findings(settings)


def _database_findings(settings: Settings) -> "Iterator[Finding]":
    from alerts.webhooks.protection import protection_of
    from core.clock import SystemClock
    from core.db import connect
    from trapwatch.doctor import database, webhooks
    from trapwatch.doctor.finding import Finding, Verdict

    try:
        protection = protection_of(settings.webhooks)
    except ConfigError as error:
        refuse(str(error))
    try:
        url = settings.database.url.get_secret_value()
        with connect(url, "trapwatch-doctor", autocommit=True) as connection:
            yield Finding("database", Verdict.OK, "reached")
            files = _embedded(settings) / "postgres" / "data"
            schema_is_current = True
            for finding in database.check(
                connection, SystemClock().now, files if files.exists() else None
            ):
                schema_is_current &= finding.check != "schema" or finding.verdict is Verdict.OK
                yield finding
            if schema_is_current:
                yield from webhooks.check(connection, protection)
    except TrapwatchError as error:
        yield Finding(
            "database", Verdict.FAILURE, str(error), "start it, or set TRAPWATCH_DATABASE__URL"
        )


def _config_text(settings: Settings, path: Path | None) -> str | None:
    """Return the broker's configuration: the one named, or the embedded broker's own."""
    embedded = _embedded(settings) / "broker" / "data" / "mosquitto.conf"
    try:
        if path is not None:
            return path.read_text("utf-8")
        from trapwatch.stack.running import Running

        is_running = Running.read(_embedded(settings)) is not None
        return embedded.read_text("utf-8") if is_running and embedded.exists() else None
    except OSError as error:
        refuse(f"cannot read {path}: {error.strerror}")


def _embedded(settings: Settings) -> Path:
    from trapwatch.stack.paths import within_checkout

    return within_checkout(settings.stack.data_dir)
