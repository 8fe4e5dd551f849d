"""A message of an unknown device is sent again over the API once the register was mended."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.clock import SystemClock
from tests.e2e.test_ingest_process import publisher, rows
from tests.processes import Process, free_port, ingest_process, wait_until
from tests.webhooks import VARIABLES
from trapwatch.stack.broker import EmbeddedBroker

PASSWORD = "a long password of the chief"


@pytest.fixture
def chief(database_url: str, tmp_path: Path) -> Iterator[httpx.Client]:
    """An administrator who has logged in at an API of its own process."""
    port = free_port()
    environment = {
        **VARIABLES,
        "TRAPWATCH_DATABASE__URL": database_url,
        "TRAPWATCH_API__PORT": str(port),
    }
    subprocess.run(
        [
            *(sys.executable, "-m", "trapwatch", "account", "add", "chief"),
            *("--role", "admin", "--password-stdin"),
        ],
        env={**os.environ, **environment}, input=PASSWORD, text=True, check=True, timeout=60,
        capture_output=True,
    )  # fmt: skip
    api = Process(["api"], environment, port, tmp_path / "api.log")
    api.start()
    try:
        api.wait_ready()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            came_in = client.post("/login", data={"name": "chief", "password": PASSWORD})
            assert came_in.status_code == 303, came_in.text
            client.headers["X-CSRF-Token"] = client.get("/api/v1/me").json()["csrf_token"]
            yield client
    finally:
        api.stop()


def test_a_message_of_an_unknown_device_is_accepted_once_the_device_is_registered(
    database_url: str, broker: EmbeddedBroker, chief: httpx.Client, tmp_path: Path
) -> None:
    measured_at = SystemClock().now().replace(microsecond=0)
    reading = {
        "device": "dev-new",
        "metric": "level_mm",
        "value": 612.5,
        "measured_at": int(measured_at.timestamp() * 1_000),
    }
    with ingest_process(
        database_url, broker.url, tmp_path / "ingest.log",
        TRAPWATCH_INGEST__UNCLAIMED_PER_GATEWAY_MAX="0",
    ) as ingest:  # fmt: skip
        payloads = (json.dumps(reading).encode(), b"{")
        publisher(broker).run([(b"trapwatch/v1/gw-1/up", payload) for payload in payloads])
        path = "/api/v1/dead-letters"
        wait_until(lambda: len(chief.get(path).json()["items"]) == 2, "both to be refused")
        by_reason = {row["reason"]: row for row in chief.get(path).json()["items"]}
        number = by_reason["unclaimed_limit"]["rejected_message_id"]
        made = chief.post("/api/v1/devices", json={"uid": "dev-new", "report_interval_s": 300})
        assert made.status_code == 201, made.text

        assert chief.post(f"{path}/{number}/replay").status_code == 202
        wait_until(lambda: chief.get(f"{path}/{number}").json()["state"] == "replayed", "readings")
        told = chief.get(f"{path}/{number}").json()
        assert told["settled_at"] is not None
        assert told["replay_requested_at"] is None
        assert rows(
            database_url,
            b"SELECT d.uid, d.device_id, r.value, r.measured_at, m.received_at = r.received_at"
            b" FROM reading r JOIN device d USING (device_id), rejected_message m"
            b" WHERE m.state = 'replayed'",
        ) == [("dev-new", made.json()["device_id"], 612.5, measured_at, True)]

        # The other one is no better than it was, and says so, in one act on all that fit.
        order = {"gateway": "gw-1"}
        counted = chief.post(f"{path}/replays", json={**order, "dry_run": True}).json()
        assert counted == {"matching": 1, "done": 0}
        assert chief.post(f"{path}/replays", json=order).json() == {"matching": 1, "done": 1}
        other = f"{path}/{by_reason['decode_error']['rejected_message_id']}"
        wait_until(lambda: chief.get(other).json()["replay_requested_at"] is None, "a refusal")
        told = chief.get(other).json()
        assert (told["state"], told["reason"]) == ("kept", "decode_error")
        assert rows(
            database_url,
            b"SELECT action, actor, subject_id::int FROM audit_event"
            b" WHERE subject_kind = 'rejected_message' ORDER BY audit_event_id",
        ) == [
            ("dead_letter.replay_requested", "chief", number),
            ("dead_letter.replayed", "chief", number),
            ("dead_letter.replay_requested", "chief", told["rejected_message_id"]),
            ("dead_letter.refused", "chief", told["rejected_message_id"]),
        ]

        metrics = ingest.metrics()
        received, stored, rejected = (
            metrics['trapwatch_messages_total{outcome="received"}'],
            metrics['trapwatch_messages_total{outcome="stored"}'],
            sum(v for k, v in metrics.items() if k.startswith("trapwatch_messages_rejected_total")),
        )
        assert (received, stored, rejected) == (2, 0, 2), "a replay is no delivery"
