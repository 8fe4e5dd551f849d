"""`trapwatch simulate history` as a person runs it."""

from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner, Result

from core.instant import DAY_US, to_us
from simulators.archive import read_history
from simulators.kitchen import LOCAL_OFFSET_US
from trapwatch.commands.simulate import app


def run(*options: str) -> Result:
    return CliRunner().invoke(app, ["history", *options])


def test_a_history_is_three_files_of_what_was_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "history"
    done = run(
        *("--out", str(out), "--seed", "3", "--traps", "5", "--days", "2"),
        *("--reporting", "20min", "--start", "2026-05-01"),
    )
    assert done.exit_code == 0, done.output
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
        assert refused.exit_code == 2
        assert options[1] in refused.stderr or options[0] in refused.stderr
    assert not (tmp_path / "none").exists()
