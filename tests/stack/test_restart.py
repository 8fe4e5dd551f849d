"""The embedded servers keep what they accepted, come back, and do not disturb each other."""

import socket
from pathlib import Path

import psycopg
import pytest

from trapwatch.stack.broker import EmbeddedBroker
from trapwatch.stack.errors import LockedError, StackError
from trapwatch.stack.postgres import TEST_OPTIONS, EmbeddedPostgres
from trapwatch.stack.services import EmbeddedServices
from trapwatch.stack.tree import Tree


def _note(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (body text)")
        connection.execute("INSERT INTO note VALUES (%s)", (text,))


def _notes(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT body FROM note ORDER BY body")]


def test_committed_rows_survive_sigkill_on_the_same_port(
    private_postgres: EmbeddedPostgres,
) -> None:
    url = private_postgres.ensure_database("trapwatch")
    _note(url, "before")
    private_postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    private_postgres.start()
    assert private_postgres.ensure_database("trapwatch") == url
    _note(url, "after")
    assert _notes(url) == ["after", "before"]


def test_orderly_stop_does_not_wait_for_clients(private_postgres: EmbeddedPostgres) -> None:
    url = private_postgres.ensure_database("trapwatch")
    with psycopg.connect(url) as idle:
        private_postgres.restart()
        with pytest.raises(psycopg.OperationalError):
            idle.execute("SELECT 1")
    assert b"not properly shut down" not in private_postgres.log.read_bytes()


def test_the_product_owns_its_database_without_being_superuser(
    private_postgres: EmbeddedPostgres,
) -> None:
    url = private_postgres.ensure_database("trapwatch")
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT rolsuper, current_setting('fsync'), current_setting('synchronous_commit'),"
            " (SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb')"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False, "on", "on", 1)


def test_loopback_asks_for_the_password(private_postgres: EmbeddedPostgres) -> None:
    url = private_postgres.url()
    password = url.split(":")[2].split("@")[0]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(password, "wrong"))


def test_interrupted_initdb_is_repeated(service_tree: Tree, tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(service_tree, tmp_path / "pg", options=TEST_OPTIONS)
    partial = tmp_path / "pg" / "data.partial"
    partial.mkdir(parents=True)
    (partial / "PG_VERSION").write_text("17\n")
    with postgres:
        assert postgres.running
    assert not partial.exists()


def test_queued_messages_survive_a_restart_of_the_broker(broker: EmbeddedBroker) -> None:
    session = ("-i", "worker", "-c", "-q", "1", "-t", "t/#")
    broker.mosquitto_pub("-t", "t/ready", "-m", "ready", "-r", "-q", "1")
    assert broker.mosquitto_sub(*session, "-C", "1") == b"ready\n"
    broker.mosquitto_pub("-t", "t/1", "-q", "1", "-s", stdin=b"kept")
    port = broker.port
    broker.restart()
    assert broker.port == port
    assert b"kept\n" in broker.mosquitto_sub(*session, "-C", "1")


def test_broker_comes_back_after_sigkill(broker: EmbeddedBroker) -> None:
    broker.kill()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", broker.port), timeout=1)
    broker.start()
    broker.mosquitto_pub("-t", "t/1", "-m", "x", "-q", "1")


def test_two_checkouts_run_side_by_side(service_tree: Tree, tmp_path: Path) -> None:
    with (
        EmbeddedServices(service_tree, tmp_path / "one") as one,
        EmbeddedServices(service_tree, tmp_path / "two") as two,
    ):
        ports = {one.postgres.port, one.broker.port, two.postgres.port, two.broker.port}
        assert len(ports) == 4
        _note(one.database_url, "one")
        _note(two.database_url, "two")
        assert _notes(one.database_url) == ["one"]


def test_ports_are_remembered(service_tree: Tree, tmp_path: Path) -> None:
    ports = []
    for _ in range(2):
        with EmbeddedBroker(service_tree, tmp_path / "broker") as broker:
            ports.append(broker.port)
    assert ports[0] == ports[1]


def test_a_port_taken_meanwhile_is_replaced(service_tree: Tree, tmp_path: Path) -> None:
    with EmbeddedBroker(service_tree, tmp_path / "broker") as broker:
        former = broker.port
    with (
        socket.create_server(("127.0.0.1", former)),
        EmbeddedBroker(service_tree, tmp_path / "broker") as broker,
    ):
        assert broker.port != former


def test_a_fixed_port_that_is_taken_is_an_error(service_tree: Tree, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        broker = EmbeddedBroker(service_tree, tmp_path / "broker", port=stranger.getsockname()[1])
        with pytest.raises(StackError, match="Address already in use"):
            broker.start()


def test_one_directory_takes_one_server(
    private_postgres: EmbeddedPostgres, service_tree: Tree
) -> None:
    second = EmbeddedPostgres(service_tree, private_postgres.directory, options=TEST_OPTIONS)
    with pytest.raises(LockedError):
        second.start(lock_timeout_s=0.0)
    assert private_postgres.running


def test_a_server_that_cannot_start_says_why(service_tree: Tree, tmp_path: Path) -> None:
    options = {**TEST_OPTIONS, "shared_buffers": "many"}
    postgres = EmbeddedPostgres(service_tree, tmp_path / "pg", options=options)
    with pytest.raises(StackError, match='invalid value for parameter "shared_buffers"'):
        postgres.start()
    assert not postgres.running
