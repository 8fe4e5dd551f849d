"""What runs all day: claims, look-ups of a batch, readings by time."""

from datetime import datetime, timedelta

import pytest

from alerts.coverage import store as coverage_store
from alerts.machines import store as machine_store
from alerts.webhooks import store as webhook_store
from alerts.webhooks.model import Lanes, Terms
from api.readings import store as reading_store
from api.readings.store import Window
from core.clock import SystemClock
from core.instant import HOUR_US, to_us
from tests.plans.conftest import Plans, indexes, rows_read, scanned_whole

#: One province for all of them, on one worker.
pytestmark = pytest.mark.xdist_group("province")

DAY = datetime.fromisoformat("2026-01-15T00:00+08:00")


def chunks(nodes: list[dict[str, object]]) -> set[object]:
    return {
        node["Relation Name"]
        for node in nodes
        if str(node.get("Relation Name", "")).startswith("_hyper")
    }


def test_claiming_deliveries_reads_those_that_are_due(worker_plans: Plans) -> None:
    terms = Terms(SystemClock().now(), timedelta(minutes=1), Lanes(share=10), timedelta(0))

    def claim() -> None:
        claimed = webhook_store.claim_deliveries(worker_plans.connection, terms, count_max=20)
        assert len(claimed) == 20
        # The plan is of the same statement, carried out once more.
        worker_plans.connection.rollback()

    nodes = worker_plans.of(claim)
    assert "webhook_delivery_due" in indexes(nodes)
    assert not scanned_whole(nodes)
    assert rows_read(nodes)["webhook_delivery"] <= 200


def test_a_batch_looks_up_its_own_machines(worker_plans: Plans) -> None:
    device_ids = list(range(1, 60))
    nodes = worker_plans.of(
        lambda: machine_store.select_machines(worker_plans.connection, device_ids)
    )
    assert indexes(nodes) == {"rule_state_pkey"}


def test_what_a_rule_looks_back_at_is_read_by_its_key_and_day(worker_plans: Plans) -> None:
    now_us = to_us(DAY) + 13 * HOUR_US
    nodes = worker_plans.of(
        lambda: machine_store.select_trails(
            worker_plans.connection, {(7, 1): (now_us - HOUR_US, now_us)}
        )
    )
    read = [node for node in nodes if "Actual Loops" in node and chunks([node])]
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in read) <= 2
    assert not [node for node in read if node["Node Type"] == "Seq Scan"]


@pytest.mark.parametrize("days", [1, 3])
def test_readings_of_some_days_leave_the_other_chunks_out(worker_plans: Plans, days: int) -> None:
    to_at = DAY + timedelta(days=days)
    window = Window([3, 4], [1], DAY, to_at, to_at, 0, 0, 101)
    nodes = worker_plans.of(
        lambda: reading_store.select_raw_readings(worker_plans.connection, window)
    )
    assert 1 <= len(chunks(nodes)) <= days + 1, "a chunk is a day of UTC"
    assert not [n for n in nodes if chunks([n]) and n["Node Type"] == "Seq Scan"]


def test_a_day_of_coverage_reads_the_chunks_of_two_days(worker_plans: Plans) -> None:
    nodes = worker_plans.of(
        lambda: coverage_store.compute_device_days(
            worker_plans.connection, DAY.date(), (1, 40), SystemClock().now()
        )
    )
    assert 1 <= len(chunks(nodes)) <= 4
