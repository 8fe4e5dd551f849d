"""Dead letters: found, shown, sent through the normal path again, let go."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from ingest.delivery import Delivery, Rejection
from tests.store.conftest import NOW_US, Ingest

GOOD = b'{"device":"dev-1","metric":"level_mm","value":612.5,"measured_at":1767574800000}'
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def trapwatch(ingest: Ingest) -> Command:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "trapwatch", "deadletter", *arguments],
            env={
                **os.environ,
                "TRAPWATCH_DATABASE__URL": ingest.url,
                "TRAPWATCH_INGEST__BACKFILL_DAYS_MAX": "3650",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def keep(
    ingest: Ingest, payload: bytes, *, gateway: str = "gw-1", reason: str = "decode_error",
    at_us: int = NOW_US, topic: str = "",
) -> int:  # fmt: skip
    """Keep a payload as a dead letter, as a worker with an older codec would have."""
    delivery = Delivery(
        topic or f"trapwatch/v1/{gateway}/up", payload, 1, 1, False, False, at_us, session=1
    )
    ingest.settle(Rejection(delivery, gateway, "native", reason, f"as it was: {reason}"))
    return int(ingest.rows("SELECT max(rejected_message_id) FROM rejected_message")[0][0])


def state(ingest: Ingest, number: int) -> tuple[Any, ...]:
    rows = ingest.rows("SELECT rejected_message_id, state, reason FROM rejected_message")
    return next(row[1:] for row in rows if row[0] == number)


def test_a_replay_goes_through_the_normal_path_and_is_idempotent(
    ingest: Ingest, trapwatch: Command
) -> None:
    number = keep(ingest, GOOD)
    first = trapwatch("replay", str(number), "--json")
    assert (first.returncode, json.loads(first.stdout)) == (
        0, {"replayed": 1, "refused": 0, "gone": 0}
    )  # fmt: skip
    again = trapwatch("replay", str(number), "--json")
    assert json.loads(again.stdout) == {"replayed": 0, "refused": 0, "gone": 1}
    query = "SELECT value, (extract(epoch FROM received_at) * 1000000)::bigint FROM reading"
    assert ingest.rows(query) == [(612.5, NOW_US)]
    assert ingest.rows("SELECT value FROM series_state") == [(612.5,)]
    assert ingest.rows("SELECT sum(reading_count) FROM reading_hourly") == [(1,)]
    assert state(ingest, number) == ("replayed", "decode_error")


def test_a_replay_that_was_killed_before_it_was_noted_stores_nothing_twice(
    ingest: Ingest, trapwatch: Command
) -> None:
    number = keep(ingest, GOOD)
    trapwatch("replay", str(number))
    ingest.connection.execute(
        b"UPDATE rejected_message SET state = 'kept', settled_at = NULL"  # the kill
    )
    assert trapwatch("replay", str(number)).returncode == 0
    assert ingest.rows("SELECT count(*) FROM reading") == [(1,)]
    assert ingest.rows("SELECT sum(reading_count) FROM reading_hourly") == [(1,)]
    assert state(ingest, number)[0] == "replayed"


def test_what_is_refused_again_stays_with_todays_reason_and_is_not_kept_twice(
    ingest: Ingest, trapwatch: Command
) -> None:
    number = keep(ingest, b'{"device":1}', reason="internal_error")
    done = trapwatch("replay", "--reason", "internal_error")
    assert done.returncode == 1
    assert "decode_error" in done.stderr
    assert state(ingest, number) == ("kept", "decode_error")
    assert ingest.rows("SELECT count(*) FROM rejected_message") == [(1,)]


def test_a_payload_that_was_cut_cannot_be_replayed(ingest: Ingest, trapwatch: Command) -> None:
    number = keep(ingest, b"x" * 300_000, reason="oversized")
    done = trapwatch("replay", str(number))
    assert done.returncode == 1
    assert "262144 of its 300000 bytes" in done.stderr
    assert state(ingest, number) == ("kept", "oversized")


def test_list_filters_by_reason_gateway_and_time(ingest: Ingest, trapwatch: Command) -> None:
    first = keep(ingest, b"1")
    second = keep(ingest, b"2", gateway="gw-2", at_us=NOW_US + 3_600_000_000)
    third = keep(ingest, b"3", reason="oversized", at_us=NOW_US + 7_200_000_000)

    def listed(*arguments: str) -> list[int]:
        done = trapwatch("list", "--json", *arguments)
        assert done.returncode == 0, done.stderr
        return [json.loads(line)["rejected_message_id"] for line in done.stdout.splitlines()]

    assert listed() == [third, second, first]
    assert listed("--reason", "decode_error") == [second, first]
    assert listed("--gateway", "gw-2") == [second]
    assert listed("--since", "2026-01-05T01:30:00Z", "--until", "2026-01-05T02:30:00Z") == [second]
    assert listed("--limit", "1") == [third]
    assert "oversized" in trapwatch("list").stdout


def test_show_gives_the_bytes_back(ingest: Ingest, trapwatch: Command) -> None:
    number = keep(ingest, b"\x00\xff broken")
    assert "00ff2062" in trapwatch("show", str(number)).stdout
    assert json.loads(trapwatch("show", str(number), "--json").stdout)["payload"].startswith("00ff")
    assert trapwatch("show", "999").returncode == 1


def test_what_is_discarded_is_not_replayed(ingest: Ingest, trapwatch: Command) -> None:
    number = keep(ingest, GOOD)
    assert "1 discarded" in trapwatch("discard", str(number)).stdout
    assert "1 gone" in trapwatch("replay", str(number)).stdout
    assert ingest.rows("SELECT count(*) FROM reading") == [(0,)]
    assert trapwatch("list", "--json").stdout == ""


def test_nothing_is_settled_by_accident(ingest: Ingest, trapwatch: Command) -> None:
    number = keep(ingest, GOOD)
    for command in ("replay", "discard"):
        done = trapwatch(command)
        assert done.returncode == 2
        assert "--all" in done.stderr
    assert trapwatch("list", "--since", "yesterday").returncode == 2
    assert state(ingest, number)[0] == "kept"
    assert "1 replayed" in trapwatch("replay", "--all").stdout
