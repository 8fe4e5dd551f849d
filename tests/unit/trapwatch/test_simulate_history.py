"""`trapwatch simulate history` as a person runs it."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from core.instant import DAY_US, to_us
from simulators.archive import read_history
from simulators.kitchen import LOCAL_OFFSET_US


def run(*options: str) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TRAPWATCH_")}
    return subprocess.run(
        [sys.executable, "-m", "trapwatch", "simulate", "history", *options],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def test_a_history_is_three_files_of_what_was_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "history"
    done = run(
        *("--out", str(out), "--seed", "3", "--traps", "5", "--days", "2"),
        *("--reporting", "20min", "--start", "2026-05-01"),
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == [
        "objects.json",
        "readings.npz",
        "truth.jsonl",
    ]
    history = read_history(out)
    assert f"{len(history.readings)} readings, {len(history.truth)} true episodes" in done.stdout
    assert len(history.county.traps) == 5
    assert history.start_us == to_us(datetime(2026, 5, 1, tzinfo=UTC)) - LOCAL_OFFSET_US
    assert history.end_us - history.start_us == 2 * DAY_US


def test_what_cannot_be_simulated_is_refused(tmp_path: Path) -> None:
    for options in (("--reporting", "hourly"), ("--start", "yesterday"), ("--days", "0")):
        refused = run("--out", str(tmp_path / "none"), *options)
        assert refused.returncode == 2
        assert options[1] in refused.stderr or options[0] in refused.stderr
    assert not (tmp_path / "none").exists()
