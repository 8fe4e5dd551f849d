import pytest

from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import Get

STAGES = ("registered", "should_connect", "installed", "commissioned", "online", "reporting_good")


def counts(funnel: dict[str, int]) -> tuple[int, ...]:
    return tuple(funnel[stage] for stage in STAGES)


def test_funnel_of_county_and_towns(get: Get) -> None:
    coverage = get("/coverage")
    assert coverage["as_of"] == "2026-01-05T01:00:00Z"
    assert coverage["register_version"] == {
        "restaurant_count": 8,
        "updated_at": "2025-06-01T00:00:00Z",
    }
    assert counts(coverage["funnel"]) == (8, 6, 4, 3, 2, 1)
    assert {town["town_code"]: counts(town["funnel"]) for town in coverage["towns"]} == {
        "wt": (3, 3, 3, 3, 2, 1),
        "xt": (5, 3, 1, 0, 0, 0),
        "ty": (0, 0, 0, 0, 0, 0),
    }
    rates = {rate["code"]: rate for rate in coverage["rates"]}
    assert (rates["connection"]["numerator"], rates["connection"]["denominator"]) == (3, 6)
    assert rates["connection"]["value"] == 0.5
    empty = next(town for town in coverage["towns"] if town["town_code"] == "ty")
    assert {rate["value"] for rate in empty["rates"]} == {None}
    assert len(coverage["formulas"]) == 4


def test_uncovered_names_the_first_stage_missed_and_since_when(get: Get) -> None:
    items = get("/coverage/uncovered")["items"]
    assert [(item["register_no"], item["reason"], item["since"]) for item in items] == [
        ("R2", "bad_data", "2026-01-04T00:00:00Z"),
        ("R3", "silent", "2026-01-04T20:00:00Z"),
        ("R4", "not_commissioned", "2025-02-20T00:00:00Z"),
        ("R5", "no_device", "2025-04-01T00:00:00Z"),
        ("R6", "no_trap", "2025-01-02T00:00:00Z"),
    ]


def test_uncovered_is_what_the_funnel_lacks(get: Get) -> None:
    for town in get("/coverage")["towns"]:
        missing = get("/coverage/uncovered", town=town["town_code"])["items"]
        funnel = town["funnel"]
        assert len(missing) == funnel["should_connect"] - funnel["reporting_good"]


def test_uncovered_by_reason(get: Get) -> None:
    assert [row["register_no"] for row in get("/coverage/uncovered", reason="silent")["items"]] == [
        "R3"
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("UPDATE device SET status = 'maintenance' WHERE uid = 'dev-1'", (8, 6, 4, 3, 2, 1)),
        ("UPDATE device SET status = 'retired' WHERE uid = 'dev-1'", (8, 6, 3, 2, 1, 0)),
        ("UPDATE device SET commissioned_at = NULL WHERE uid = 'dev-1'", (8, 6, 4, 2, 1, 0)),
        (
            "UPDATE device SET commissioned_at = '2026-02-01Z' WHERE uid = 'dev-1'",
            (8, 6, 4, 2, 1, 0),
        ),
        ("UPDATE restaurant SET status = 'closed' WHERE register_no = 'R1'", (8, 5, 3, 2, 1, 0)),
        ("UPDATE restaurant SET needs_trap = false WHERE register_no = 'R1'", (8, 5, 3, 2, 1, 0)),
        ("UPDATE restaurant SET status = 'open' WHERE register_no = 'R7'", (8, 7, 5, 4, 3, 2)),
        # A silent second device on the same trap takes nothing away.
        (
            "INSERT INTO device (uid, trap_id, status, commissioned_at, created_at, updated_at)"
            " VALUES ('dev-8', 1, 'active', '2025-01-01Z', now(), now())",
            (8, 6, 4, 3, 2, 1),
        ),
        # Three report intervals, where that is longer than 30 minutes: heard 5 h ago.
        ("UPDATE device SET report_interval_s = 7200 WHERE uid = 'dev-3'", (8, 6, 4, 3, 3, 2)),
    ],
)
def test_who_counts(
    get: Get, connection: Connection, change: str, expected: tuple[int, ...]
) -> None:
    connection.execute(change.encode())
    assert counts(get("/coverage")["funnel"]) == expected


def test_a_device_falls_silent_after_half_an_hour(get: Get, clock: ManualClock) -> None:
    clock.advance_s(29 * 60 - 1)  # dev-1 was heard at 00:59
    assert counts(get("/coverage")["funnel"])[4:] == (1, 1)
    clock.advance_s(1)
    assert counts(get("/coverage")["funnel"])[4:] == (0, 0)


def test_where_nobody_should_connect_there_are_no_rates(get: Get, connection: Connection) -> None:
    connection.execute("UPDATE restaurant SET status = 'closed'")
    connection.execute("TRUNCATE series_state")
    coverage = get("/coverage")
    assert counts(coverage["funnel"]) == (8, 0, 0, 0, 0, 0)
    assert coverage["newest_data"] == {"received_at": None, "good_received_at": None}
    assert {rate["value"] for rate in coverage["rates"]} == {None}
