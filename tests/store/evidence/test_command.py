"""`trapwatch evidence`: a pack into a file and its verifier beside it, on a real database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from alerts.evidence.keys import make_key
from tests.store.conftest import Ingest, MakeMessage
from tests.store.evidence.packs import Scene


@pytest.fixture
def environment(ingest: Ingest, tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRAPWATCH_")}
    key = tmp_path / "key.pem"
    key.write_text(make_key(), encoding="utf-8")
    return kept | {
        "TRAPWATCH_DATABASE__URL": ingest.url,
        "TRAPWATCH_EVIDENCE__SIGNING_KEY_FILE": str(key),
        "TRAPWATCH_EVIDENCE__BLOB_DIR": str(tmp_path / "blobs"),
    }


def run(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "trapwatch", "evidence", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_export_and_verify(
    ingest: Ingest, message: MakeMessage, environment: dict[str, str], tmp_path: Path
) -> None:
    scene = Scene(ingest, message, tmp_path / "blobs")
    scene.raise_alert()
    scene.remedy()
    pack = tmp_path / "pack.zip"
    done = run(environment, "export", "1", "-o", str(pack), "--by", "陈", "--redact")
    assert done.returncode == 0, done.stderr
    assert str(pack) in done.stdout
    refused = run(environment, "export", "1", "-o", str(pack))
    assert (refused.returncode, pack.exists()) == (2, True), refused.stderr
    verified = run(environment, "verify", str(pack))
    assert verified.returncode == 0, verified.stdout
    assert "LEAD, NOT REVIEWED" in verified.stdout
    pack.write_bytes(pack.read_bytes()[:-1])
    damaged = run(environment, "verify", str(pack))
    assert damaged.returncode == 1
    assert "FAIL  archive" in damaged.stdout
    missing = run(environment, "export", "9", "-o", str(tmp_path / "none.zip"))
    assert missing.returncode == 1
    assert "no ticket 9" in missing.stderr
    assert not (tmp_path / "none.zip").exists()
    assert run(environment, "verify", str(tmp_path / "none.zip")).returncode == 2
    assert ingest.rows("SELECT actor FROM audit_event WHERE action = 'evidence.exported'") == [
        ("陈",)
    ]
