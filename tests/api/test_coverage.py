from collections.abc import Callable
from datetime import date

import pytest

from alerts.coverage import freezing, present
from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import Get, TestClient, problem

STAGES = ("registered", "should_connect", "installed", "commissioned", "online", "reporting_good")


Refresh = Callable[[], None]


@pytest.fixture
def refresh(connection: Connection, clock: ManualClock) -> Refresh:
    """Count as the timer does."""

    def run() -> None:
        with connection.transaction():
            present.refresh(connection, clock.now(), clock.monotonic_s)

    return run


@pytest.fixture(autouse=True)
def _counted(refresh: Refresh) -> None:
    refresh()


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
    get: Get, connection: Connection, refresh: Refresh, change: str, expected: tuple[int, ...]
) -> None:
    connection.execute(change.encode())
    refresh()
    assert counts(get("/coverage")["funnel"]) == expected


def test_a_device_falls_silent_after_half_an_hour(
    get: Get, clock: ManualClock, refresh: Refresh
) -> None:
    clock.advance_s(29 * 60 - 1)  # dev-1 was heard at 00:59
    refresh()
    assert counts(get("/coverage")["funnel"])[4:] == (1, 1)
    clock.advance_s(1)
    refresh()
    assert counts(get("/coverage")["funnel"])[4:] == (0, 0)


def test_where_nobody_should_connect_there_are_no_rates(
    get: Get, connection: Connection, refresh: Refresh
) -> None:
    connection.execute("UPDATE restaurant SET status = 'closed'")
    connection.execute("TRUNCATE series_state")
    refresh()
    coverage = get("/coverage")
    assert counts(coverage["funnel"]) == (8, 0, 0, 0, 0, 0)
    assert coverage["newest_data"] == {"received_at": None, "good_received_at": None}
    assert {rate["value"] for rate in coverage["rates"]} == {None}


def test_the_funnel_of_one_type_and_of_all(get: Get) -> None:
    small = get("/coverage", type="small")
    assert counts(small["funnel"]) == (6, 4, 3, 2, 1, 0)
    assert {row["restaurant_type"]: counts(row["funnel"]) for row in small["types"]} == {
        "canteen": (1, 1, 0, 0, 0, 0),
        "large": (1, 1, 1, 1, 1, 1),
        "small": (6, 4, 3, 2, 1, 0),
    }


def test_what_was_never_counted_is_not_zero(client: TestClient, connection: Connection) -> None:
    connection.execute("DELETE FROM coverage_state")
    assert "nothing was counted yet" in problem(client.get("/api/v1/coverage"), 503)["detail"]


def test_an_unknown_town_is_refused(client: TestClient) -> None:
    answer = client.get("/api/v1/coverage/uncovered", params={"town": "nowhere"})
    assert "nowhere" in problem(answer, 422)["detail"]


def test_history_has_the_funnel_of_the_day_and_rates_over_it(
    get: Get, connection: Connection, clock: ManualClock, refresh: Refresh
) -> None:
    clock.advance_s(24 * 3600)
    refresh()
    with connection.transaction():
        freezing.freeze_day(connection, date(2026, 1, 5), clock.now())
    history = get("/coverage/history")
    (day,) = history["items"]
    assert history["target"] == 0.99
    assert (day["starts_on"], day["revision"], day["as_of"]) == (
        "2026-01-05",
        1,
        "2026-01-06T01:00:00Z",
    )
    assert counts(day["funnel"]) == (8, 6, 4, 3, 0, 0)
    rates = {rate["code"]: rate for rate in day["period_rates"]}
    # Three devices of open restaurants are in service; dev-7's restaurant is suspended.
    assert rates["transmission"]["denominator"] == 3 * 288
    # dev-1 reported every five minutes from 08:00 to 08:55: eight hours of silence count one.
    assert rates["transmission"]["numerator"] == 12
    assert rates["online_time"]["denominator"] == 72
    assert [formula["code"] for formula in history["formulas"]][-4:] == list(rates)


def test_device_days_page_by_page(
    get: Get, connection: Connection, clock: ManualClock, refresh: Refresh
) -> None:
    clock.advance_s(24 * 3600)
    refresh()
    with connection.transaction():
        freezing.freeze_day(connection, date(2026, 1, 5), clock.now())
    first = get("/coverage/device-days", limit=2)
    rest = get("/coverage/device-days", limit=2, after=first["next"])
    rows = [*first["items"], *rest["items"]]
    assert [row["device_uid"] for row in rows] == ["dev-1", "dev-2", "dev-3", "dev-7"]
    assert (rows[0]["report_count"], rows[0]["received_reports"]) == (12, 12)
    assert rows[1]["received_reports"] == 0
    assert get("/coverage/device-days", device=3)["items"][0]["expected_reports"] == 288


def test_a_month_is_revised_where_late_data_change_it(
    client: TestClient, connection: Connection, clock: ManualClock, refresh: Refresh
) -> None:
    url = "/api/v1/coverage/months/2026-01/revisions"
    order = {"reason": "网关补传"}
    problem(client.post(url, json=order), 404)
    clock.advance_s(27 * 24 * 3600)
    refresh()
    with connection.transaction():
        freezing.freeze_day(connection, date(2026, 1, 31), clock.now())
    # The month was frozen from one day's figures; the others are computed now.
    answer = client.post(url, json=order)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["revision"], answer.json()["reason"]) == (2, "网关补传")
    assert "nothing has changed" in problem(client.post(url, json=order), 409)["detail"]
    months = client.get("/api/v1/coverage/history", params={"span": "month"}).json()["items"]
    assert [month["revision"] for month in months] == [2]
    every = {"span": "month", "all_revisions": True}
    both = client.get("/api/v1/coverage/history", params=every).json()["items"]
    assert [month["revision"] for month in both] == [1, 2]
    problem(client.post("/api/v1/coverage/months/2026-13/revisions", json=order), 422)
