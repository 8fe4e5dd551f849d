from fastapi.testclient import TestClient

from api.paging import encode_cursor
from core.db import Connection
from tests.api.conftest import Get, problem


def test_the_longest_silent_answer_first(get: Get) -> None:
    items = get("/roll-call")["items"]
    # dev-4 was never commissioned, dev-5 is retired, dev-7 belongs to a restaurant that is closed.
    assert [(item["device_uid"], item["is_silent"]) for item in items] == [
        ("dev-3", True),
        ("dev-2", False),
        ("dev-1", False),
    ]
    assert items[0]["received_at"] == "2026-01-04T20:00:00Z"
    assert items[0]["expected_reports"] is None


def test_never_heard_comes_before_all(get: Get, connection: Connection) -> None:
    connection.execute("DELETE FROM series_state WHERE device_id = 1")
    first = get("/roll-call")["items"][0]
    assert (first["device_uid"], first["received_at"], first["is_silent"]) == ("dev-1", None, True)


def test_silent_or_heard_and_of_a_town(get: Get) -> None:
    assert [i["device_uid"] for i in get("/roll-call", silent=True)["items"]] == ["dev-3"]
    assert len(get("/roll-call", silent=False)["items"]) == 2
    assert get("/roll-call", town="xt")["items"] == []


def test_what_came_of_what_was_expected(get: Get, connection: Connection) -> None:
    connection.execute(
        "INSERT INTO device_day SELECT '2026-01-04', 3, 3, 300, 200, 86400, 0, 60000, 59000, 60000,"
        " 60000, now()"
    )
    first = get("/roll-call")["items"][0]
    assert (first["counted_day"], first["expected_reports"], first["received_reports"]) == (
        "2026-01-04",
        288.0,
        200.0,
    )


def test_pages_go_on_where_they_stopped(get: Get) -> None:
    first = get("/roll-call", limit=1)
    rest = get("/roll-call", after=first["next"])
    assert [item["device_uid"] for item in rest["items"]] == ["dev-2", "dev-1"]


def test_counts_by_town_agree_with_the_list(get: Get) -> None:
    county, *towns = get("/roll-call/counts")["items"]
    assert (county["town_code"], county["device_count"], county["silent_count"]) == (None, 3, 1)
    assert {t["town_code"]: (t["device_count"], t["silent_count"]) for t in towns} == {
        "wt": (3, 1),
        "xt": (0, 0),
        "ty": (0, 0),
    }


def test_a_cursor_of_another_list_is_refused(client: TestClient) -> None:
    for after in ("x", encode_cursor((1,)), encode_cursor((-1, 1))):
        problem(client.get("/api/v1/roll-call", params={"after": after}), 400)
