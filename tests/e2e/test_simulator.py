"""The simulator as a process: Wills, faults, restarts of the broker, and ingest behind it."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from core.clock import SystemClock
from core.db import Connection, connect
from core.instant import HOUR_US
from core.settings import Settings
from simulators.broker import Broker
from simulators.county import make_county
from simulators.encoders import up_topic
from simulators.messages import Uplink
from simulators.publisher import Publisher
from tests.collector import Collector
from tests.processes import free_port, ingest_process, wait_until
from trapwatch.demo import seed
from trapwatch.stack.broker import EmbeddedBroker

RESTAURANTS = 120
COUNTY = make_county(restaurants=RESTAURANTS)
GATEWAYS = {gateway.uid for gateway in COUNTY.gateways}
DEVICE = next(d for d in COUNTY.devices if d.has_cover and d.mount_height_mm is None)
TRAP = next(trap for trap in COUNTY.traps if trap.code == DEVICE.trap_code)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

Start = Callable[..., "subprocess.Popen[str]"]


def command(mqtt_url: str, *arguments: str) -> "subprocess.Popen[str]":
    inherited = {name: v for name, v in os.environ.items() if not name.startswith("TRAPWATCH_")}
    return subprocess.Popen(
        [sys.executable, "-m", "trapwatch", "simulate", *arguments],
        env={**inherited, "TRAPWATCH_MQTT__URL": mqtt_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Exit code and what was said, on either stream."""
    out, err = process.communicate(timeout=60)
    return process.returncode, (out + err).strip()


@pytest.fixture
def start(broker: EmbeddedBroker) -> Iterator[Start]:
    """Start `trapwatch simulate …` on the test's broker; whatever still runs is killed."""
    started = []

    def begin(*arguments: str) -> "subprocess.Popen[str]":
        started.append(command(broker.url, *arguments))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def statuses(broker: EmbeddedBroker) -> Iterator[Collector]:
    running = Collector(broker.port, "trapwatch/v1/+/status")
    yield running
    running.close()


def all_say(statuses: Collector, online: bool) -> bool:
    def agreed() -> bool:
        said = {topic.split("/")[2]: json.loads(p) for topic, p in statuses.latest.items()}
        return said == {uid: {"online": online} for uid in GATEWAYS}

    return statuses.wait_for(agreed)


def test_gateways_say_goodbye_on_sigterm(start: Start, statuses: Collector) -> None:
    simulator = start("run", "--restaurants", str(RESTAURANTS))
    assert all_say(statuses, online=True)
    simulator.send_signal(signal.SIGTERM)
    assert outcome(simulator)[0] == 0
    assert all_say(statuses, online=False)


def test_a_killed_simulator_leaves_its_will(
    start: Start, statuses: Collector, broker: EmbeddedBroker
) -> None:
    simulator = start("run", "--restaurants", str(RESTAURANTS))
    assert all_say(statuses, online=True)
    simulator.kill()
    assert all_say(statuses, online=False)
    uid = min(GATEWAYS)
    retained = broker.mosquitto_sub("-t", f"trapwatch/v1/{uid}/status", "-C", "1", "-W", "10")
    assert json.loads(retained) == {"online": False}


def test_faults_go_round_over_the_broker(
    start: Start, statuses: Collector, broker: EmbeddedBroker
) -> None:
    refused, said = outcome(start("inject", "silence", "--trap", DEVICE.trap_code))
    assert (refused, "no simulator is running" in said) == (1, True)

    start("run", "--restaurants", str(RESTAURANTS))
    assert all_say(statuses, online=True)
    readings = Collector(broker.port, up_topic(DEVICE.gateway_uid))
    try:
        done, said = outcome(start("inject", "cover-open", "--trap", DEVICE.trap_code))
        assert (done, said) == (0, f"{DEVICE.trap_code}: cover open")
        assert readings.wait_for(lambda: covers(readings)[-1:] == [1.0])
        outcome(start("inject", "cover-open", "--trap", DEVICE.trap_code, "--clear"))
        assert readings.wait_for(lambda: covers(readings)[-1:] == [0.0])
    finally:
        readings.close()
    refused, said = outcome(start("inject", "blockage", "--trap", "T999999"))
    assert (refused, said) == (1, "trapwatch: trap T999999 is not in this county")


def covers(readings: Collector) -> list[float]:
    """What the device has said about its cover, in order."""
    return [
        item["value"]
        for payload in readings.payloads
        for item in json.loads(payload)["readings"]
        if item["device"] == DEVICE.uid and item["metric"] == "cover_open"
    ]


def test_without_a_broker_a_fault_fails_at_once() -> None:
    process = command(f"mqtt://127.0.0.1:{free_port()}", "inject", "silence", "--trap", "T000001")
    refused, said = outcome(process)
    assert refused == 1
    assert said.startswith("trapwatch: broker: 127.0.0.1:")


@pytest.mark.parametrize(
    "arguments",
    [("--since", "1h"), ("--since", "soon", "--speed", "9"), ("--since", "30d", "--speed", "9")],
)
def test_an_impossible_past_is_refused(start: Start, arguments: tuple[str, ...]) -> None:
    refused, said = outcome(start("run", *arguments))
    assert refused == 2
    assert "Error" in said


def test_what_is_published_while_the_broker_is_away_arrives(broker: EmbeddedBroker) -> None:
    readings = Collector(broker.port, "trapwatch/v1/+/up")
    uids = sorted(GATEWAYS)[:3]
    uplinks = [Uplink(uid, up_topic(uid), b"%d" % n) for n in range(300) for uid in uids]
    try:
        with Publisher(Broker.parse(broker.url), uids, "test") as publisher:
            assert publisher.wait_connected(20)
            for uplink in uplinks[:300]:
                publisher.publish(uplink)
            broker.stop()
            for uplink in uplinks[300:600]:
                publisher.publish(uplink)
            assert publisher.unacked_count >= 300
            broker.start()
            for uplink in uplinks[600:]:
                publisher.publish(uplink)
            wanted = {(uplink.topic, uplink.payload) for uplink in uplinks}
            assert readings.wait_for(lambda: wanted <= set(readings.messages))
            wait_until(lambda: publisher.unacked_count == 0, "the last acknowledgement")
    finally:
        readings.close()


def test_the_receiver_prints_a_line_a_delivery(start: Start) -> None:
    port = free_port()
    receiver = start("receiver", "--port", str(port), "--secret", SECRET)
    assert receiver.stdout is not None
    assert receiver.stdout.readline() == f"receiving at http://127.0.0.1:{port}/hook\n"
    now = datetime.fromtimestamp(SystemClock().now_us() // 1_000_000, UTC)
    headers = {
        "webhook-id": "msg_7",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_7", now, '{"a": 1}'),
    }
    post(port, b'{"a": 1}', headers)
    assert receiver.stdout.readline().endswith('msg_7 signature ok {"a": 1}\n')
    post(port, b'{"a": 2}', headers)
    assert "REFUSED: no version 1 signature fits" in receiver.stdout.readline()
    receiver.send_signal(signal.SIGINT)
    assert receiver.wait(30) == 0


def post(port: int, body: bytes, headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/hook", body, headers)
    connection.getresponse().read()
    connection.close()


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url, "test", autocommit=True) as opened:
        yield opened


def test_ingest_takes_all_of_the_county_and_knows_every_device(
    database_url: str, connection: Connection, broker: EmbeddedBroker, start: Start, tmp_path: Path
) -> None:
    seed(database_url, Settings(), restaurants=RESTAURANTS)
    count = len(COUNTY.devices)

    def one(query: str, *values: object) -> object:
        row = connection.execute(query, values).fetchone()  # type: ignore[arg-type]  # ours
        assert row is not None
        return row[0]

    with ingest_process(database_url, broker.url, tmp_path / "ingest.log"):
        began_us = SystemClock().now_us()
        start(
            *("run", "--restaurants", str(RESTAURANTS)),
            *("--since", "1h", "--speed", "600"),
        )
        wait_until(
            lambda: (
                one(
                    "SELECT count(DISTINCT device_id) FROM series_state WHERE metric = 1"
                    " AND measured_at > to_timestamp_us(%s)",
                    began_us - HOUR_US // 4,
                )
                == count
            ),
            "a level of every device",
        )
        start("inject", "blockage", "--trap", TRAP.code, "--fill-s", "5")
        wait_until(
            lambda: bool(
                one(
                    "SELECT EXISTS (SELECT FROM series_state JOIN device USING (device_id)"
                    "  WHERE uid = %s AND metric = 1 AND value > %s)",
                    DEVICE.uid,
                    TRAP.outlet_invert_mm + 0.9 * (TRAP.cover_mm - TRAP.outlet_invert_mm),
                )
            ),
            "the blocked trap to run over",
        )
    assert one("SELECT count(*) FROM rejected_message") == 0
    assert one("SELECT count(*) FROM reading_conflict") == 0
    assert one("SELECT count(*) FROM device") == count
    assert one("SELECT count(*) FROM reading WHERE quality <> 0") == 0
    assert one("SELECT count(*) FROM gateway WHERE online") == len(GATEWAYS)
    assert one("SELECT count(*) FROM reading WHERE measured_at > received_at") == 0
