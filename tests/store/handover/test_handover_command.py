"""`trapwatch handover` as people run it: files between two databases."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from alerts.evidence.keys import load_signer, make_key
from core.db import connect
from tests.store.conftest import REGISTER

NAMES = ("a.example", "b.example")
KEYS = {name: make_key() for name in NAMES}
OTHER = dict(zip(NAMES, reversed(NAMES), strict=True))
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def handover(make_database_url: Callable[[], str], tmp_path: Path) -> Command:
    """``trapwatch handover`` of one of two counties; the first has a ticket."""
    urls = {name: make_database_url() for name in NAMES}
    for name, url in urls.items():
        with connect(url, "test", autocommit=True) as connection:
            connection.execute(REGISTER)
            if name == NAMES[0]:
                connection.execute(
                    "INSERT INTO ticket (trap_id, restaurant_id, town_id, problem, severity,"
                    " state, source_kind, source_ref, created_at, updated_at)"
                    " VALUES (1, 1, 1, 'overflow', 'red', 'filed', 'patrol', '1', now(), now())"
                )

    def run(name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        trusted = load_signer(OTHER[name], KEYS[OTHER[name]]).verifier_key
        return subprocess.run(
            [sys.executable, "-m", "trapwatch", "handover", *arguments],
            env={
                **os.environ,
                "TRAPWATCH_DATABASE__URL": urls[name],
                "TRAPWATCH_EVIDENCE__ORIGIN": name,
                "TRAPWATCH_EVIDENCE__SIGNING_KEY": KEYS[name],
                "TRAPWATCH_EVIDENCE__TRUSTED_KEYS": trusted,
                "TRAPWATCH_EVIDENCE__BLOB_DIR": str(tmp_path / name),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_out_in_and_back(handover: Command, tmp_path: Path) -> None:
    here, there = NAMES
    assert handover(here, "key").stdout.strip() == load_signer(here, KEYS[here]).verifier_key
    sent, echo = tmp_path / "sent.json", tmp_path / "echo.json"
    made = handover(here, "export", "1", "--to", there, "--out", str(sent), "--by", "李")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["seq"] == 1
    taken = handover(there, "import", str(sent), "--by", "王")
    assert taken.returncode == 0, taken.stderr
    number = json.loads(taken.stdout)["ticket"]
    made = handover(there, "echo", str(number), "--out", str(echo), "--by", "王")
    assert made.returncode == 0, made.stderr
    told = handover(here, "record-echo", str(echo), "--by", "李")
    assert json.loads(told.stdout) == {"ticket": 1, "seq": 1, "is_news": True}
    # What is refused ends with 1 and says why.
    echo.write_bytes(echo.read_bytes().replace(b'"new"', b'"closed"'))
    refused = handover(here, "record-echo", str(echo), "--by", "李")
    assert refused.returncode == 1
    assert "altered" in refused.stderr
