"""Accounts at the real broker: who gets in, who may write what, and how that ends."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from simulators.load import RawPublisher
from tests.processes import Process, ingest_process, wait_until
from trapwatch.stack.broker import CONFIG, EmbeddedBroker, derive_config
from trapwatch.stack.tree import Tree

#: 2026-01-05 09:00 in Shanghai, in milliseconds.
START_MS = 1_767_574_800_000
GatewayCommand = Callable[..., "subprocess.CompletedProcess[str]"]


def reading(gateway: str, number: int) -> tuple[bytes, bytes]:
    payload = {
        "device": f"{gateway}-trap", "metric": "level_mm", "value": 600.0 + number,
        "measured_at": START_MS + number,
    }  # fmt: skip
    return f"trapwatch/v1/{gateway}/up".encode(), json.dumps(payload).encode()


def publisher(broker: EmbeddedBroker, user: str | None, secret: str | None) -> RawPublisher:
    address = urlsplit(broker.url)
    return RawPublisher(
        str(address.hostname), int(address.port or 0), f"client-{user}",
        username=user, password=secret,
    )  # fmt: skip


def devices(url: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT uid, count(*) FROM reading JOIN device USING (device_id) GROUP BY 1 ORDER BY 1"
        )
        return rows.fetchall()


@pytest.fixture
def gateway(database_url: str, secured_broker: EmbeddedBroker) -> GatewayCommand:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "trapwatch", "gateway", *arguments],
            env={
                **os.environ,
                "TRAPWATCH_DATABASE__URL": database_url,
                "TRAPWATCH_MQTT__URL": secured_broker.url,
                "TRAPWATCH_MQTT__ADMIN_URL": str(secured_broker.admin_url),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def ingest(database_url: str, secured_broker: EmbeddedBroker, tmp_path: Path) -> Iterator[Process]:
    with ingest_process(
        database_url, secured_broker.url, tmp_path / "ingest.log",
        TRAPWATCH_INGEST__BACKFILL_DAYS_MAX="3650",
    ) as process:  # fmt: skip
        yield process


def secret_of(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["secret"])


def test_nobody_gets_in_without_an_account(secured_broker: EmbeddedBroker) -> None:
    for user, secret in ((None, None), ("trapwatch-worker", "guessed"), ("gw-1", "x")):
        with pytest.raises(PermissionError, match="refuses"):
            publisher(secured_broker, user, secret).run([reading("gw-1", 1)])


def test_a_gateway_publishes_under_its_own_id_only(
    database_url: str, secured_broker: EmbeddedBroker, ingest: Process, gateway: GatewayCommand
) -> None:
    """MQTT 3.1.1 has no refusal of a publish: it is acknowledged and goes nowhere."""
    secret = secret_of(gateway("add", "gw-1", "--json"))
    messages = [reading("gw-2", 1), reading("gw-1", 2), reading("gw-2", 3), reading("gw-1", 4)]
    assert publisher(secured_broker, "gw-1", secret).run(messages).acked == 4
    wait_until(lambda: devices(database_url) == [("gw-1-trap", 2)], "its own two readings")
    assert ingest.metrics()['trapwatch_messages_total{outcome="received"}'] == 2


def test_a_worker_reads_everything_and_writes_no_reading(
    database_url: str, secured_broker: EmbeddedBroker, ingest: Process, gateway: GatewayCommand
) -> None:
    url = urlsplit(secured_broker.url)
    worker = publisher(secured_broker, url.username, url.password)
    worker.run([reading("gw-1", 1)])
    secret = secret_of(gateway("add", "gw-1", "--json"))
    publisher(secured_broker, "gw-1", secret).run([reading("gw-1", 2)])
    wait_until(lambda: devices(database_url) == [("gw-1-trap", 1)], "the gateway's reading")
    assert ingest.metrics()["trapwatch_broker_messages_dropped"] >= 0, "$SYS is readable"


def test_shared_subscriptions_are_allowed_to_workers(
    database_url: str, secured_broker: EmbeddedBroker, gateway: GatewayCommand, tmp_path: Path
) -> None:
    with ingest_process(
        database_url, secured_broker.url, tmp_path / "shared.log",
        TRAPWATCH_INGEST__BACKFILL_DAYS_MAX="3650", TRAPWATCH_MQTT__SHARE_GROUP="ingest",
    ):  # fmt: skip
        secret = secret_of(gateway("add", "gw-1", "--json"))
        publisher(secured_broker, "gw-1", secret).run([reading("gw-1", 2)])
        wait_until(lambda: devices(database_url) == [("gw-1-trap", 1)], "the reading")


def test_a_rotated_secret_replaces_the_old_one_at_once(
    secured_broker: EmbeddedBroker, gateway: GatewayCommand
) -> None:
    old = secret_of(gateway("add", "gw-1", "--json"))
    new = secret_of(gateway("rotate", "gw-1", "--json"))
    assert new != old
    with pytest.raises(PermissionError):
        publisher(secured_broker, "gw-1", old).run([reading("gw-1", 1)])
    assert publisher(secured_broker, "gw-1", new).run([reading("gw-1", 1)]).acked == 1


def test_a_revoked_gateway_is_cut_off_in_the_middle_of_its_work(
    secured_broker: EmbeddedBroker, gateway: GatewayCommand
) -> None:
    secret = secret_of(gateway("add", "gw-1", "--json"))

    def endless() -> Iterator[tuple[bytes, bytes]]:
        number = 0
        while True:
            number += 1
            if number == 50:
                assert gateway("revoke", "gw-1").stdout == "gw-1: revoked\n"
            yield reading("gw-1", number)

    with pytest.raises(PermissionError, match="refuses"):
        publisher(secured_broker, "gw-1", secret).run(endless(), rate_per_s=100)
    assert gateway("list", "--json").stdout == ""


def test_accounts_are_listed_without_secrets_and_survive_a_restart(
    database_url: str, secured_broker: EmbeddedBroker, gateway: GatewayCommand
) -> None:
    secret = secret_of(gateway("add", "gw-1", "--json"))
    secret_of(gateway("add", "chirpstack", "--allow", "application/#", "--json"))
    listed = gateway("list", "--json").stdout
    assert [json.loads(line) for line in listed.splitlines()] == [
        {"gateway": "chirpstack", "writes": ["trapwatch/v1/chirpstack/#", "application/#"]},
        {"gateway": "gw-1", "writes": ["trapwatch/v1/gw-1/#"]},
    ]
    assert secret not in listed + secured_broker.log.read_text("utf-8", "replace")
    secured_broker.restart()
    assert publisher(secured_broker, "gw-1", secret).run([reading("gw-1", 1)]).acked == 1
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT uid FROM gateway ORDER BY 1").fetchall()
    assert rows == [("chirpstack",), ("gw-1",)], "in the register before they are heard"


def test_mistakes_are_answered_with_what_to_do(gateway: GatewayCommand) -> None:
    assert gateway("add", "gw-1").returncode == 0
    again = gateway("add", "gw-1")
    assert again.returncode == 1
    assert "rotate" in again.stderr
    assert gateway("add", "a/b").returncode == 2
    for command in ("rotate", "revoke"):
        done = gateway(command, "nobody")
        assert done.returncode == 1
        assert "nobody has no account" in done.stderr


def test_a_broker_without_accounts_says_so(database_url: str, broker: EmbeddedBroker) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "trapwatch", "gateway", "list"],
        env={**os.environ, "TRAPWATCH_MQTT__ADMIN_URL": broker.url},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "dynamic-security" in done.stderr


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A throw-away authority and a broker's certificate for 127.0.0.1."""
    certs = tmp_path / "certs"
    certs.mkdir()

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=certs, check=True, capture_output=True)

    for name in ("ca", "other"):
        openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", f"{name}.key", "-out", f"{name}.crt",
        )  # fmt: skip
    openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=broker",
        "-keyout", "broker.key", "-out", "broker.csr",
    )  # fmt: skip
    (certs / "san").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl(
        "x509", "-req", "-in", "broker.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
        "-days", "2", "-extfile", "san", "-out", "broker.crt",
    )  # fmt: skip
    return certs


def test_the_tls_listener_switched_on_serves_workers_that_know_its_authority(
    database_url: str, service_tree: Tree, authority: Path, tmp_path: Path
) -> None:
    config = tmp_path / "tls.conf"
    text = CONFIG.read_text("utf-8").replace("listener 1883\n", "")
    for mark in ("listener 8883", "cafile", "certfile", "keyfile", "tls_version"):
        text = text.replace(f"\n#{mark}", f"\n{mark}")
    places = {name: f"/data/{name}" for name in ("ca.crt", "broker.crt", "broker.key")}
    config.write_text(
        derive_config(
            text,
            {
                "cafile": places["ca.crt"],
                "certfile": places["broker.crt"],
                "keyfile": places["broker.key"],
            },
        )
    )
    broker = EmbeddedBroker(service_tree, tmp_path / "broker", config=config, secured=True)
    broker.data.mkdir(parents=True)
    for name in places:
        (broker.data / name).write_bytes((authority / name).read_bytes())
        broker.sandbox.own(broker.data / name)
    broker.start()
    try:
        url = broker.url.replace("mqtt://", "mqtts://")
        with ingest_process(
            database_url, url, tmp_path / "ingest.log",
            TRAPWATCH_MQTT__TLS_CA_FILE=str(authority / "ca.crt"),
        ) as ingest:  # fmt: skip
            assert ingest.is_ready()
        log = tmp_path / "stranger.log"
        with ingest_process(
            database_url, url, log, await_ready=False,
            TRAPWATCH_MQTT__TLS_CA_FILE=str(authority / "other.crt"),
        ) as stranger:  # fmt: skip
            wait_until(
                lambda: log.exists() and "CERTIFICATE_VERIFY_FAILED" in log.read_text("utf-8"),
                "the reason in the log",
            )
            assert not stranger.is_ready()
    finally:
        broker.kill()
