"""`trapwatch decode` as a person runs it: a file or standard input, with codec or topic."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cbor2
import pytest

ROOT = Path(__file__).parents[2]
AT = "2026-01-05T01:00:00Z"
AT_MS = 1_767_574_800_000
EUI = "24e124136b502217"
READING_KEYS = ["device", "metric", "value", "measured_at", "quality"]
ME = {"level": 612.5}
ONE = {"device": "trap7", "metric": "level_mm", "value": 612.5, "measured_at": AT_MS}
STATUS = {"deviceInfo": {"devEui": EUI.upper()}, "time": AT, "margin": 8, "batteryLevel": 50}
JOIN = {"deviceInfo": {"devEui": EUI}, "time": AT, "devAddr": "00189440"}
UPLINK = {
    "end_device_ids": {"device_id": "trap-7", "dev_eui": EUI.upper()},
    "uplink_message": {"decoded_payload": {"level_cm": 61}, "received_at": AT},
}


def run(payload: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TRAPWATCH_")}
    return subprocess.run(
        [sys.executable, "-m", "trapwatch", "decode", "-", *options],
        input=payload,
        capture_output=True,
        cwd=ROOT,
        env=environment | {"PYTHONUTF8": "0", "LC_ALL": "C"},
        timeout=60,
        check=False,
    )


def as_json(payload: object) -> bytes:
    return json.dumps(payload).encode()


@pytest.mark.parametrize(
    ("codec", "payload", "expected"),
    [
        ("native", as_json(ONE), [["trap7", "level_mm", 612.5, AT, "good"]]),
        ("native-cbor", cbor2.dumps(ONE), [["trap7", "level_mm", 612.5, AT, "good"]]),
        (
            "senml",
            as_json([{"n": "trap7:level", "u": "m", "v": 0.5, "t": AT_MS / 1_000}]),
            [["trap7", "level_mm", 500.0, AT, "good"]],
        ),
        (
            "senml-cbor",
            cbor2.dumps([{0: "trap7:level", 1: "m", 2: 0.5, 6: AT_MS // 1_000}]),
            [["trap7", "level_mm", 500.0, AT, "good"]],
        ),
        (
            "thingsboard-gateway",
            as_json({"水位": [{"ts": AT_MS, "values": ME}]}),
            [["水位", "level_mm", 612.5, AT, "good"]],
        ),
        (
            "thingsboard-device",
            as_json({"ts": AT_MS, "values": ME}),
            [["me", "level_mm", 612.5, AT, "good"]],
        ),
        (
            "chirpstack",
            as_json(STATUS),
            [[EUI, "snr_db", 8.0, AT, "good"], [EUI, "battery_pct", 50.0, AT, "good"]],
        ),
        ("tts", as_json(UPLINK), [[EUI, "level_mm", 610.0, AT, "good"]]),
    ],
)
def test_readings_are_printed_one_object_a_line(
    codec: str, payload: bytes, expected: list[list[object]]
) -> None:
    ended = run(payload, "--codec", codec)
    assert ended.stderr == b""
    assert ended.returncode == 0
    lines = [json.loads(line) for line in ended.stdout.decode("utf-8").splitlines()]
    assert [list(line) for line in lines] == [READING_KEYS] * len(expected)
    assert [list(line.values()) for line in lines] == expected


@pytest.mark.parametrize(
    ("codec", "payload", "expected"),
    [
        ("chirpstack", JOIN, {"device": EUI, "online": True}),
        ("thingsboard-gateway", {"device": "trap 7"}, {"device": "trap 7", "online": True}),
    ],
)
def test_a_presence_is_found_by_its_shape(
    codec: str, payload: object, expected: dict[str, object]
) -> None:
    ended = run(as_json(payload), "--codec", codec)
    assert json.loads(ended.stdout) == expected


def test_a_topic_chooses_the_codec_and_what_it_says_about_the_device() -> None:
    ended = run(as_json({"device": "trap 7"}), "--topic", "v1/gateway/disconnect")
    assert json.loads(ended.stdout) == {"device": "trap 7", "online": False}
    ended = run(as_json(ME), "--topic", "v1/devices/trap-7/telemetry")
    assert json.loads(ended.stdout)["device"] == "trap-7"


@pytest.mark.parametrize(
    ("options", "payload", "reason"),
    [
        (("--codec", "native"), b"{}", "missing field: device, metric, value, measured_at"),
        (("--codec", "native-cbor"), as_json(ONE), "CBOR expected"),
        (("--codec", "senml"), as_json([{"n": "a b", "v": 1}]), "SenML record 0: name"),
        (("--codec", "tts"), as_json(UPLINK | {"simulated": True}), "simulated"),
        (("--topic", "v1/devices/me/telemetry"), as_json(ME), "the device's own name expected"),
        (("--topic", "no/such/topic"), as_json(ME), "unknown_topic"),
    ],
)
def test_where_nothing_decodes_the_reason_is_on_stderr_and_the_exit_code_1(
    options: tuple[str, ...], payload: bytes, reason: str
) -> None:
    ended = run(payload, *options)
    assert ended.returncode == 1
    assert ended.stdout == b""
    assert reason in ended.stderr.decode()


def test_an_unknown_codec_is_a_mistake_of_the_call() -> None:
    ended = run(b"{}", "--codec", "senmll")
    assert ended.returncode == 2
    assert "thingsboard-gateway" in ended.stderr.decode()
    assert "senmll given" in ended.stderr.decode()


def test_a_file_is_read_and_one_that_is_missing_named(tmp_path: Path) -> None:
    path = tmp_path / "payload"
    path.write_bytes(as_json(ONE))
    command = [sys.executable, "-m", "trapwatch", "decode", "--codec", "native", str(path)]
    ended = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=60, check=True)
    assert json.loads(ended.stdout)["device"] == "trap7"
    path.unlink()
    ended = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert ended.returncode == 2
    assert str(path) in ended.stderr.decode()
