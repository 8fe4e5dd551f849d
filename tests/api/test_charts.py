import pytest
from fastapi.testclient import TestClient

from core.db import Connection
from tests.api.conftest import Get, problem


def test_a_trap_along_one_axis(get: Get, connection: Connection) -> None:
    connection.execute(
        "INSERT INTO rainfall (town_id, hour, rain_mm, updated_at) VALUES"
        " (1, '2026-01-04T20:00Z', 3.5, now()), (2, '2026-01-04T20:00Z', 9, now()),"
        " (1, '2026-01-04T21:00Z', 0, now())"
    )
    connection.execute(
        "INSERT INTO pump_out (source, trap_id, pumped_at, filed_at, volume_l, hauler, disposer,"
        " manifest_no) VALUES ('manifest', 1, '2026-01-04T01:30Z', '2026-01-04T02:00Z', 400, 'h',"
        " 'd', 'M1')"
    )
    chart = get("/charts/traps/1", span="24h")
    assert (chart["resolution"], chart["gap_s"]) == ("raw", 750)
    assert (chart["outlet_invert_mm"], chart["cover_mm"]) == (600, 900)
    assert chart["level_mm"]["mean"] == [600 + n for n in range(12)]
    assert chart["flow_lps"]["at_s"] == []
    assert chart["cover_open"] == [{"from_s": 1_767_573_000, "to_s": None}]
    assert chart["rain"] == [{"at_s": 1_767_556_800, "rain_mm": 3.5}]
    assert [(e["lane"], e["what"], e["to_at"]) for e in chart["events"]] == [
        ("alert", "R02", None),
        ("alert", "R01", "2026-01-05T00:50:00Z"),
        ("ticket", "overflow", None),
        ("manifest", "manifest", "2026-01-04T01:30:00Z"),
    ]


def test_a_gap_is_a_row_without_a_value(get: Get, connection: Connection) -> None:
    connection.execute(
        "INSERT INTO reading (measured_at, device_id, metric, value, quality, received_at) VALUES"
        " ('2026-01-04T23:00Z', 1, 1, 590, 0, now()), ('2026-01-04T23:30Z', 1, 1, 9999, 2, now())"
    )
    assert get("/charts/traps/1")["level_mm"]["mean"][:3] == [590, None, 600]


def test_beyond_a_week_it_is_by_the_hour(get: Get, connection: Connection) -> None:
    connection.execute(
        "INSERT INTO reading_hourly (device_id, metric, hour, reading_count, value_sum, value_min,"
        " value_max, first_at, first_value, last_at, last_value) VALUES"
        " (1, 5, '2026-01-02T00:00Z', 2, 1, 0, 1, '2026-01-02T00:10Z', 1, '2026-01-02T00:20Z', 0),"
        " (1, 5, '2026-01-03T00:00Z', 1, 1, 1, 1, '2026-01-03T00:10Z', 1, '2026-01-03T00:10Z', 1)"
    )
    for span in ("30d", "1y", "2y"):
        chart = get("/charts/traps/1", span=span)
        level = chart["level_mm"]
        assert (level["min"], level["mean"], level["max"]) == ([600], [605.5], [611])
        assert [(s["from_s"], s["to_s"]) for s in chart["cover_open"]] == [
            (1_767_312_000, 1_767_315_600),
            (1_767_398_400, None),
        ]


def test_a_cover_left_open_before_the_span_is_open_in_it(get: Get, connection: Connection) -> None:
    connection.execute(
        "INSERT INTO reading (measured_at, device_id, metric, value, quality, received_at) VALUES"
        " ('2026-01-01T00:00Z', 1, 5, 1, 0, now()), ('2026-01-04T03:00Z', 1, 5, 0, 0, now())"
    )
    first, _ = get("/charts/traps/1", span="24h")["cover_open"]
    assert first == {"from_s": 1_767_488_400, "to_s": 1_767_495_600}


def test_thresholds_are_those_of_the_trap(get: Get, client: TestClient) -> None:
    limits = {t["rule_code"]: t["level_mm"] for t in get("/charts/traps/1")["thresholds"]}
    assert limits["R01"] == 700
    order = {"parameters": {"raise_surcharge_mm": 80}, "reason": "shallow"}
    made = client.put("/api/v1/rules/R01/overrides/trap/T1", json=order)
    assert made.status_code == 200, made.text
    limits = {t["rule_code"]: t["level_mm"] for t in get("/charts/traps/1")["thresholds"]}
    assert limits["R01"] == 680


def test_what_is_asked_wrongly(client: TestClient) -> None:
    problem(client.get("/api/v1/charts/traps/99"), 404)
    problem(client.get("/api/v1/charts/traps/1", params={"span": "3y"}), 422)


@pytest.mark.parametrize("trap", ["1", "5"])
def test_a_trap_page_without_and_with_data(client: TestClient, trap: str) -> None:
    answer = client.get(f"/traps/T{trap}", params={"lang": "en"})
    assert answer.status_code == 200, answer.text
    expected = "Level 611 mm" if trap == "1" else "No level has been measured in 60 days."
    assert expected in answer.text
    assert client.get(f"/traps/T{trap}/section").status_code == 200
    problem(client.get("/traps/T99"), 404)
