"""The doctor on a healthy stack, and on stacks with one thing wrong each."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from migrations.runner import migrate
from tests.processes import ingest_process, wait_until
from trapwatch.stack.broker import CONFIG, EmbeddedBroker, derive_config
from trapwatch.stack.postgres import EmbeddedPostgres
from trapwatch.stack.tree import Tree

Findings = dict[str, tuple[str, str, str]]


def doctor(
    database_url: str, mqtt_url: str, *arguments: str, **settings: str
) -> tuple[int, Findings]:
    """Run it; return the exit code and check -> (verdict, seen, fix)."""
    done = subprocess.run(
        [sys.executable, "-m", "trapwatch", "doctor", "--json", *arguments],
        env={
            **os.environ,
            "TRAPWATCH_DATABASE__URL": database_url,
            "TRAPWATCH_MQTT__URL": mqtt_url,
            **settings,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert found, done.stderr
    return done.returncode, {f["check"]: (f["verdict"], f["seen"], f["fix"]) for f in found}


def test_a_healthy_stack_passes_and_leaves_nothing_behind(
    durable_database_url: str, broker: EmbeddedBroker, tmp_path: Path
) -> None:
    with ingest_process(durable_database_url, broker.url, tmp_path / "ingest.log"):
        code, found = doctor(durable_database_url, broker.url, "--broker-config", str(CONFIG))
    assert [name for name, finding in found.items() if finding[0] == "failure"] == []
    assert code == 0
    assert found["in-flight window"][:2] == ("ok", "20000 messages unacknowledged at once")
    assert found["session kept on reconnect"][0] == "ok"
    assert found["queue limit"][:2] == ("ok", "23500 of 23500 kept while away")
    assert found["persistence"][0] == "ok"
    assert found["durable commits"][0] == "ok"
    assert found["schema"][0] == "ok"
    assert found["worker trapwatch-ingest-1"][0] == "ok"
    assert "Apache" in found["TimescaleDB edition"][1]
    kept = broker.mosquitto_sub("-t", "$SYS/broker/clients/total", "-C", "1")
    assert int(kept) <= 3, "the doctor's own session is gone"


@pytest.fixture
def broker_with(
    service_tree: Tree, tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[[dict[str, str]], tuple[EmbeddedBroker, Path]]:
    def start(replaced: dict[str, str]) -> tuple[EmbeddedBroker, Path]:
        config = tmp_path / "changed.conf"
        config.write_text(derive_config(CONFIG.read_text("utf-8"), replaced), "utf-8")
        (tmp_path / "broker").mkdir()
        broker = EmbeddedBroker(service_tree, tmp_path / "broker", config=config)
        broker.start()
        request.addfinalizer(broker.kill)
        return broker, config

    return start


def test_mosquittos_defaults_are_found_out_by_what_they_do(
    database_url: str, broker_with: Callable[[dict[str, str]], tuple[EmbeddedBroker, Path]]
) -> None:
    broker, config = broker_with(
        {"max_inflight_messages": "20", "max_queued_messages": "1000", "persistence": "false"}
    )
    code, found = doctor(database_url, broker.url, "--broker-config", str(config))
    assert code == 1
    assert found["in-flight window"][:2] == ("failure", "20 messages unacknowledged at once")
    assert "max_inflight_messages" in found["in-flight window"][2]
    verdict, seen, fix = found["queue limit"]
    assert verdict == "failure"
    assert int(seen.split()[0]) < 1_100, seen
    assert "max_queued_messages" in fix
    assert found["persistence"][0] == "failure"


def test_a_broker_and_a_database_that_are_away_are_named_with_what_to_do(tmp_path: Path) -> None:
    code, found = doctor("postgresql://x@127.0.0.1:1/x", "mqtt://127.0.0.1:1")
    assert code == 1
    assert found["broker"][0] == "failure"
    assert "TRAPWATCH_MQTT__URL" in found["broker"][2]
    assert found["database"][0] == "failure"
    assert "TRAPWATCH_DATABASE__URL" in found["database"][2]


def test_a_workers_own_account_suffices_and_nobody_else_gets_in(
    database_url: str, secured_broker: EmbeddedBroker
) -> None:
    _, found = doctor(database_url, secured_broker.url)
    assert found["anonymous access"][:2] == ("ok", "refused")
    assert found["in-flight window"][0] == "ok"
    assert found["queue limit"][0] == "ok"
    assert found["broker version"][0] == "ok"


def test_a_broker_that_goes_away_in_the_middle_is_a_finding(broker: EmbeddedBroker) -> None:
    done = subprocess.Popen(
        [sys.executable, "-m", "trapwatch", "doctor", "--json"],
        env={
            **os.environ,
            "TRAPWATCH_DATABASE__URL": "postgresql://x@127.0.0.1:1/x",
            "TRAPWATCH_MQTT__URL": broker.url,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.stdout is not None
    first = json.loads(done.stdout.readline())
    assert (first["check"], first["verdict"]) == ("broker", "ok")
    broker.kill()
    rest, errors = done.communicate(timeout=120)
    assert b"Traceback" not in errors
    found = [json.loads(line) for line in rest.splitlines()]
    assert [f["verdict"] for f in found if f["check"] == "session"] == ["failure"]


def test_a_database_without_our_schema_is_told_to_migrate(
    empty_database_url: str, broker: EmbeddedBroker
) -> None:
    code, found = doctor(empty_database_url, broker.url)
    assert code == 1
    assert found["schema"][0] == "failure"
    assert found["schema"][2] == "trapwatch migrate"
    assert found["persistence"][0] == "unknown"


def test_the_products_own_role_suffices_although_it_may_not_see_everything(
    private_postgres: EmbeddedPostgres, broker: EmbeddedBroker
) -> None:
    """`trapwatch up` connects as the owner of the database, which is no superuser."""
    url = private_postgres.ensure_database("trapwatch")
    migrate(url)
    code, found = doctor(url, broker.url)
    assert code == 0, found
    assert found["extension preload"][:2] == ("ok", "TimescaleDB is loaded in our session")
    assert found["chunk interval against memory"][0] == "ok"
    assert found["free disk"][0] in {"ok", "unknown"}


def test_an_absent_worker_is_named_with_the_command_that_drains_it(
    database_url: str, broker: EmbeddedBroker, tmp_path: Path
) -> None:
    with ingest_process(database_url, broker.url, tmp_path / "ingest.log") as ingest:

        def has_reported() -> bool:
            with psycopg.connect(database_url) as connection:
                return connection.execute("SELECT 1 FROM ingest_worker").fetchone() is not None

        wait_until(has_reported, "the worker's report")
        ingest.stop()
    _, found = doctor(database_url, broker.url, TRAPWATCH_MQTT__SHARE_GROUP="ingest")
    verdict, _, fix = found["worker trapwatch-ingest-1"]
    assert verdict == "warning"
    assert "--drain" in fix
    assert found["shared subscription"][0] == "warning"
