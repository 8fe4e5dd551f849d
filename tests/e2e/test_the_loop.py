"""The main job: a blocked trap becomes an alert, a ticket and a signed webhook."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg
import pytest
from standardwebhooks import Webhook

from alerts.seed import seed_rules
from core.clock import SystemClock
from core.instant import SECOND_US, to_us
from core.settings import Settings
from simulators.receiver import Delivery, WebhookReceiver
from tests.processes import Process, free_port, wait_until
from tests.webhooks import VARIABLES
from trapwatch.demo import seed
from trapwatch.stack.broker import EmbeddedBroker

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
RESTAURANTS = 20
HASTE = '{"hold_s": 1, "samples_min": 2}'


class Product:
    """Ingest, alerts, API and simulator as processes, with a receiver that the test holds."""

    def __init__(self, database_url: str, mqtt_url: str, api_port: int, log: Path) -> None:
        self.database_url = database_url
        self.api = f"http://127.0.0.1:{api_port}"
        self.environment = {
            **VARIABLES,
            "TRAPWATCH_DATABASE__URL": database_url,
            "TRAPWATCH_MQTT__URL": mqtt_url,
            "TRAPWATCH_API__PORT": str(api_port),
        }
        self.log = log
        self.token = ""

    def process(self, *command: str, health_port: int) -> Process:
        return Process(list(command), self.environment, health_port, self.log)

    def get(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        with urlopen(Request(f"{self.api}/api/v1/{path}", headers=headers), timeout=5) as answer:
            return json.load(answer)

    def trapwatch(self, *arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "trapwatch", *arguments],
            env={**os.environ, **self.environment}, capture_output=True, text=True, check=True,
            timeout=30,
        ).stdout  # fmt: skip

    def inject(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "trapwatch", "simulate", "inject", *arguments],
            env={**self.environment}, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip

    def rows(self, query: bytes) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver(SECRET) as running:
        yield running


@pytest.fixture
def product(
    database_url: str, broker: EmbeddedBroker, receiver: WebhookReceiver, tmp_path: Path
) -> Iterator[Product]:
    seed(database_url, Settings.from_env(VARIABLES), receiver.url, SECRET, restaurants=RESTAURANTS)
    with psycopg.connect(database_url) as connection:
        seed_rules(connection, SystemClock().now())
        connection.execute("UPDATE rule_override SET parameters = %s::jsonb", (HASTE,))
    api_port, ingest_port, alerts_port = free_port(), free_port(), free_port()
    made = Product(database_url, broker.url, api_port, tmp_path / "log")
    made.token = made.trapwatch("token", "create", "test", "--scope", "read").split()[0]
    made.environment["TRAPWATCH_INGEST__METRICS_PORT"] = str(ingest_port)
    made.environment["TRAPWATCH_ALERTS__METRICS_PORT"] = str(alerts_port)
    with ExitStack() as stack:
        for name, port in (("ingest", ingest_port), ("alerts", alerts_port), ("api", api_port)):
            process = made.process(name, health_port=port)
            process.start()
            stack.callback(process.stop)
            process.wait_ready()
        yield made


@pytest.fixture
def simulator(product: Product) -> Iterator[None]:
    process = product.process("simulate", "run", "--restaurants", str(RESTAURANTS), health_port=0)
    process.start()
    yield
    assert process.stop() == 0


def first(receiver: WebhookReceiver, event_type: str) -> Delivery:
    """Wait for a delivery of a type and return the first one."""

    def found(deliveries: list[Delivery]) -> list[Delivery]:
        return [item for item in deliveries if item.json()["type"] == event_type]

    assert receiver.wait_for(lambda seen: bool(found(seen)), timeout_s=60), event_type
    return found(receiver.deliveries)[0]


@pytest.mark.usefixtures("simulator")
def test_a_blockage_becomes_an_alert_a_ticket_and_a_webhook_that_verifies(
    product: Product, receiver: WebhookReceiver
) -> None:
    trap = product.rows(
        b"SELECT t.code FROM trap t JOIN device d USING (trap_id) JOIN restaurant r"
        b" USING (restaurant_id) WHERE d.status = 'active' AND r.status = 'open'"
        b" ORDER BY 1 LIMIT 1"
    )[0][0]
    wait_until(
        lambda: product.inject("blockage", "--trap", trap, "--fill-s", "3").returncode == 0,
        "the simulator to take the fault",
    )
    fired = first(receiver, "alert.fired")
    body = Webhook(SECRET).verify(fired.body, fired.headers)
    assert body["data"]["rule_id"] == "R02"
    assert body["data"]["trap"] == trap
    created = first(receiver, "ticket.created")
    Webhook(SECRET).verify(created.body, created.headers)
    (alert,) = product.get("alerts?status=firing&rule=R02")["items"]
    assert (alert["trap_code"], alert["severity"]) == (trap, "red")
    (ticket,) = product.get("tickets")["items"]
    assert (ticket["ticket_id"], ticket["state"]) == (alert["ticket_id"], "new")
    assert ticket["ticket_id"] == created.json()["data"]["ticket_id"]
    delay_us = fired.received_at_us - to_us(datetime.fromisoformat(alert["fired_at"]))
    assert delay_us < 5 * SECOND_US, "the loop takes about 0.1 s; five is a stuck one"
    wait_until(
        lambda: product.get("coverage")["funnel"]["registered"] == RESTAURANTS,
        "the restaurants to be counted",
    )


@pytest.mark.usefixtures("simulator")
def test_an_unknown_trap_is_refused_by_name(product: Product) -> None:
    def refused() -> bool:
        answer = product.inject("blockage", "--trap", "T999999")
        return answer.returncode == 1 and "T999999" in answer.stderr

    wait_until(refused, "the simulator to answer")


def test_no_simulator_is_said(product: Product) -> None:
    answer = product.inject("blockage", "--trap", "T000001")
    assert answer.returncode == 1
    assert "no simulator is running" in answer.stderr


def test_a_chirpstack_uplink_from_mosquitto_pub_is_served_by_the_api(
    product: Product, broker: EmbeddedBroker
) -> None:
    payload = json.loads(
        (
            Path(__file__).parents[1] / "golden/codecs/chirpstack/em310_udl_normal/payload.json"
        ).read_text("utf-8")
    )
    payload["time"] = SystemClock().now().isoformat()
    payload["object"]["distance"] = 468
    with psycopg.connect(product.database_url) as connection:
        connection.execute(
            "INSERT INTO device (uid, trap_id, mount_height_mm, status, commissioned_at,"
            " created_at, updated_at) SELECT '24e124136b502217', max(trap_id), 1100, 'active',"
            " now(), now(), now() FROM trap"
        )
        (trap_id,) = connection.execute("SELECT max(trap_id) FROM trap").fetchone() or (0,)
    broker.mosquitto_pub(
        "-q", "1", "-t", "application/a/device/24e124136b502217/event/up", "-s",
        stdin=json.dumps(payload).encode(),
    )  # fmt: skip

    def served() -> list[float]:
        page = product.get(f"traps/{trap_id}/readings?metric=level_mm")
        return [item["value"] for item in page["items"] if item["device"] == "24e124136b502217"]

    wait_until(lambda: served() == [632.0], "the level to be served")
