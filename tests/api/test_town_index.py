"""The towns' index: figures are sums of the rows that a reader can open."""

from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from alerts.coverage import freezing, present
from alerts.timers import town_index_month
from alerts.town_index.tree import load_tree
from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import Get, TestClient, problem

LOOP = Path(__file__).with_name("town_index.sql").read_bytes()


@pytest.fixture(autouse=True)
def _history(connection: Connection, clock: ManualClock) -> None:
    with connection.transaction():
        connection.execute(LOOP)
        present.refresh(connection, clock.now(), clock.monotonic_s)
        freezing.freeze_day(connection, date(2026, 1, 4), clock.now())


def indicators(answer: dict[str, Any], town: str) -> dict[str, dict[str, Any]]:
    (found,) = (entry for entry in answer["towns"] if entry["code"] == town)
    return {item["code"]: item for group in found["groups"] for item in group["indicators"]}


def test_figures_by_hand(get: Get) -> None:
    answer = get("/town-index")
    assert (answer["month"], answer["revision"]) == ("2026-01", None)
    figures = {
        code: (item["numerator"], item["denominator"])
        for code, item in indicators(answer, "wt").items()
    }
    assert figures == {
        "connection": (3, 3),
        "online_time": (0, 72),
        "valid_data": (0, 864),
        "closed": (1, 2),
        "on_time": (1, 2),
        "accepted_on_time": (0, 0),
        "recurrence": (1, 1),
        "complaints": (1, 0.03),
        "repeated": (1, 2),
    }
    scores = {code: item["score"] for code, item in indicators(answer, "wt").items()}
    assert scores["connection"] == 100
    assert scores["accepted_on_time"] is None
    assert scores["recurrence"] == 0


def test_a_town_without_anything_has_no_grade_and_stands_last(get: Get) -> None:
    last = get("/town-index")["towns"][-1]
    assert (last["code"], last["score"], last["grade"], last["sensitivity"]) == (
        "ty",
        None,
        None,
        None,
    )


def test_every_figure_opens_the_rows_that_it_is_the_sum_of(get: Get) -> None:
    for town in ("wt", "xt"):
        for code, item in indicators(get("/town-index"), town).items():
            rows: list[dict[str, Any]] = []
            after: dict[str, Any] = {}
            while True:
                page = get("/town-index/rows", town=town, indicator=code, limit=2, **after)
                rows += page["items"]
                if page["next"] is None:
                    break
                after = {"after": page["next"]}
            assert sum(row["numerator"] for row in rows) == pytest.approx(item["numerator"]), code
            total = sum(row["denominator"] for row in rows)
            assert total == pytest.approx(item["denominator"]), code
            keys = [(row["subject_kind"], row["subject_id"]) for row in rows]
            assert len(keys) == len(set(keys))


def test_a_month_is_frozen_with_its_coverage_and_revised_beside_it(
    client: TestClient, connection: Connection, clock: ManualClock
) -> None:
    url = "/api/v1/town-index/2026-01/revisions"
    problem(client.post(url, json={"reason": "x"}), 404)
    clock.advance_s(27 * 24 * 3600)
    with connection.transaction():
        present.refresh(connection, clock.now(), clock.monotonic_s)
        freezing.freeze_day(connection, date(2026, 1, 31), clock.now())
        assert town_index_month.run_once(connection, clock.now_us(), tree=load_tree()) == 1
        assert town_index_month.run_once(connection, clock.now_us(), tree=load_tree()) == 0
    frozen = client.get("/api/v1/town-index", params={"month": "2026-01"}).json()
    assert (frozen["revision"], frozen["reason"]) == (1, "the month is over")
    assert "nothing has changed" in problem(client.post(url, json={"reason": "x"}), 409)["detail"]
    connection.execute("UPDATE complaint SET duplicate_of = NULL")
    revised = client.post(url, json={"reason": "重复投诉解除关联"})
    assert revised.status_code == 201, revised.text
    assert (revised.json()["revision"], revised.json()["reason"]) == (2, "重复投诉解除关联")
    assert indicators(revised.json(), "wt")["repeated"]["numerator"] == 0
    with pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute("DELETE FROM town_index_freeze")


def test_a_past_month_that_was_not_frozen_is_not_made_up(client: TestClient) -> None:
    assert (
        "not frozen"
        in problem(client.get("/api/v1/town-index", params={"month": "2025-12"}), 404)["detail"]
    )
    problem(client.get("/api/v1/town-index", params={"month": "2025-13"}), 422)
