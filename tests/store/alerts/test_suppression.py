"""Silences and maintenance windows over real episodes: recorded, not told, told late."""

import json
from typing import TYPE_CHECKING

import pytest
from psycopg.errors import CheckViolation

from alerts.suppression.model import Target
from alerts.suppression.store import select_suppressions, select_targets
from alerts.timers import device_offline, withheld
from core.db import AdvisoryLock, connect
from core.instant import MINUTE_US, SECOND_US, from_us
from core.reading import Metric
from tests.store.alerts.test_engine import HIGH, clear, later, overflow
from tests.store.alerts.test_timers import heard, listen, run
from tests.store.conftest import NOW_US, Ingest

if TYPE_CHECKING:
    from tests.store.conftest import MakeMessage

STATE = "SELECT status, suppressed_by, notified_at IS NOT NULL, ticket_id, seq FROM alert"
EVENTS = "SELECT type FROM alert_event ORDER BY alert_id, seq"
TOLD = "SELECT event_type FROM webhook_message ORDER BY webhook_message_id"


def silence(ingest: Ingest, from_min: float, to_min: float, **matchers: object) -> None:
    """A silence from so many minutes after NOW until so many, known since its start."""
    chosen = matchers or {"trap_id": 1}
    values = [from_us(NOW_US + round(m * MINUTE_US)) for m in (from_min, to_min, from_min)]
    columns, marks = ", ".join(chosen), ", ".join(["%s"] * len(chosen))
    ingest.connection.execute(
        f"INSERT INTO silence (starts_at, ends_at, created_at, author, comment, {columns})"  # noqa: S608  # columns of the test
        f" VALUES (%s, %s, %s, '张', '施工', {marks})".encode(),
        (*values, *chosen.values()),
    )


def tell_late(ingest: Ingest, at_min: float) -> int:
    return run(ingest, withheld, at_min * 60)


def test_an_overflow_during_a_silence_is_an_episode_of_which_nobody_is_told(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    silence(ingest, 0, 10)
    overflow(ingest, message)
    assert ingest.rows(STATE) == [("firing", "silence:1", False, None, 1)]
    assert ingest.rows(EVENTS) == [("fired",)]
    assert ingest.rows("SELECT count(*) FROM ticket") == [(0,)]
    assert ingest.rows(TOLD) == []
    assert ingest.rows("SELECT detail ->> 'suppressed_by' FROM audit_event") == [("silence:1",)]


def test_a_reading_after_the_silence_tells_late(ingest: Ingest, message: "MakeMessage") -> None:
    silence(ingest, 0, 10)
    overflow(ingest, message)
    at_s = later(ingest, 7 * 60)  # exactly its end
    ingest.settle(message(("dev-1", at_s, HIGH), received_s=at_s))
    assert ingest.rows(STATE) == [("firing", None, True, 1, 2)]
    (body,) = ingest.rows("SELECT body FROM webhook_message WHERE event_type = 'alert.fired'")
    assert json.loads(body[0])["data"]["is_delayed"]


def test_the_timer_tells_late_where_no_reading_comes(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    silence(ingest, 0, 10)
    overflow(ingest, message)
    assert tell_late(ingest, 10 - 1e-3) == 0
    assert tell_late(ingest, 10) == 1
    assert ingest.rows(STATE) == [("firing", None, True, 1, 2)]
    assert ingest.rows(EVENTS) == [("fired",), ("notified",)]
    assert ingest.rows(TOLD) == [("ticket.created",), ("alert.fired",)]
    assert tell_late(ingest, 11) == 0, "once"
    clear(ingest, message)
    assert ingest.rows(TOLD)[-1] == ("alert.resolved",)


def test_a_silence_that_expires_early_ends_early(ingest: Ingest, message: "MakeMessage") -> None:
    silence(ingest, 0, 60)
    overflow(ingest, message)
    ingest.connection.execute(
        "UPDATE silence SET expired_at = %s", (from_us(NOW_US + 5 * MINUTE_US),)
    )
    assert tell_late(ingest, 4) == 0
    assert tell_late(ingest, 5) == 1


def test_what_is_over_before_the_silence_is_never_told(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    silence(ingest, 0, 60)
    overflow(ingest, message)
    clear(ingest, message)
    assert tell_late(ingest, 61) == 0
    assert ingest.rows("SELECT status, notified_at FROM alert") == [("resolved", None)]
    assert ingest.rows(TOLD) == []


def test_whoever_was_told_before_the_silence_is_told_the_end(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    """Alertmanager #226: silenced alerts never send resolved, so incidents stay open elsewhere."""
    overflow(ingest, message)
    silence(ingest, 3, 600)
    clear(ingest, message)
    assert [row for row in ingest.rows(TOLD) if row[0].startswith("alert")] == [
        ("alert.fired",), ("alert.resolved",),
    ]  # fmt: skip


def test_a_restarted_worker_knows_the_silence(ingest: Ingest, message: "MakeMessage") -> None:
    """Alertmanager #4064: an inhibited alert pages after a restart."""
    silence(ingest, 0, 60)
    overflow(ingest, message)
    ingest.restart()
    at_s = later(ingest, 60)
    ingest.settle(message(("dev-1", at_s, HIGH), received_s=at_s))
    assert tell_late(ingest, 5) == 0
    assert ingest.rows(TOLD) == []


@pytest.mark.parametrize(
    ("matchers", "is_silenced"),
    [
        ({"rule_code": "R02"}, True),
        ({"rule_code": "R01"}, False),
        ({"town_id": 1, "severity_max": "red"}, True),
        ({"town_id": 1, "severity_max": "orange"}, False),
        ({"restaurant_id": 1, "device_id": 1}, True),
        ({"restaurant_id": 1, "device_id": 2}, False),
    ],
)
def test_matchers(
    ingest: Ingest, message: "MakeMessage", matchers: dict[str, object], is_silenced: bool
) -> None:
    silence(ingest, 0, 60, **matchers)
    overflow(ingest, message)
    assert ingest.rows("SELECT notified_at IS NULL FROM alert") == [(is_silenced,)]


def test_a_maintenance_window_recurs_and_what_outlasts_it_is_told(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    ingest.connection.execute(  # 09:00 to 09:10 in Shanghai, every Monday of the last year
        "INSERT INTO maintenance_window (scope, trap_id, rule, zone, starts_at, duration_s, author,"
        " comment, created_at) VALUES ('trap', 1, 'FREQ=WEEKLY', 'Asia/Shanghai',"
        " '2025-01-06T01:00Z', 600, '张', '清掏', '2025-01-01')"
    )
    overflow(ingest, message)
    assert ingest.rows(STATE) == [("firing", "maintenance:1", False, None, 1)]
    assert tell_late(ingest, 9) == 0
    assert tell_late(ingest, 10) == 1
    assert ingest.rows(STATE) == [("firing", None, True, 1, 2)]


def test_a_window_of_a_zone_that_this_machine_lacks_keeps_nothing_from_people(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    ingest.connection.execute(
        "INSERT INTO maintenance_window (scope, rule, zone, starts_at, duration_s, author, comment,"
        " created_at) VALUES ('county', 'FREQ=DAILY', 'Mars/Olympus', '2025-01-06', 86400, 'a',"
        " 'b', '2025-01-01')"
    )
    overflow(ingest, message)
    assert ingest.rows("SELECT notified_at IS NOT NULL FROM alert") == [(True,)]


def test_an_open_cover_is_told_when_the_job_that_explained_it_is_closed(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    """No reading comes from a cover that just stays open."""
    ingest.connection.execute(
        "INSERT INTO job (trap_id, kind, state, planned_from, planned_to, opened_at, created_at)"
        " VALUES (1, 'inspection', 'open', '2026-01-05', '2026-01-06', '2026-01-05', '2026-01-05')"
    )
    for n in (0, 30, 61):
        ingest.settle(message(("dev-1", n, 1.0), metric=Metric.COVER_OPEN, received_s=n))
    assert ingest.rows("SELECT rule_code, suppressed_by FROM alert") == [("R16", "job")]
    assert tell_late(ingest, 5) == 0
    ingest.connection.execute(
        "UPDATE job SET state = 'closed', closed_at = %s", (from_us(NOW_US + 300 * SECOND_US),)
    )
    assert tell_late(ingest, 6) == 1
    assert ingest.rows(TOLD) == [("ticket.created",), ("alert.fired",)]


def test_what_fired_on_old_data_is_not_told_by_the_clock(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    ingest.settle(message(*(("dev-1", n * 60, HIGH) for n in range(4)), received_s=86_400))
    assert ingest.rows("SELECT status, suppressed_by FROM alert") == [("firing", "late")]
    assert tell_late(ingest, 1_441) == 0


def test_a_silent_device_during_a_silence_is_told_late_and_its_end_too(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    heard(ingest, message, 0, "dev-1", "dev-2")
    heard(ingest, message, 1_700, "dev-2")
    silence(ingest, 0, 40, rule_code="R14")
    listen(ingest, -86_400, 1_801)
    assert run(ingest, device_offline, 1_801) == 1
    assert ingest.rows(STATE) == [("firing", "silence:1", False, None, 1)]
    assert ingest.rows(TOLD) == []
    assert tell_late(ingest, 39) == 0
    assert tell_late(ingest, 40) == 1
    assert ingest.rows(STATE) == [("firing", None, True, None, 2)]
    assert ingest.rows(EVENTS) == [("fired",), ("notified",)]
    for n in (2_500, 2_560):
        heard(ingest, message, n, "dev-1")
    listen(ingest, -86_400, 2_600)
    assert run(ingest, device_offline, 2_600) == 1
    assert ingest.rows(TOLD) == [("alert.fired",), ("alert.resolved",)]
    assert ingest.rows("SELECT seq FROM alert") == [(3,)]


def test_a_silent_device_that_is_back_during_the_silence_is_never_told(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    heard(ingest, message, 0, "dev-1", "dev-2")
    heard(ingest, message, 1_700, "dev-2")
    ingest.connection.execute(
        "INSERT INTO maintenance_window (scope, gateway_id, rule, zone, starts_at, duration_s,"
        " author, comment, created_at) VALUES ('gateway', 1, 'FREQ=DAILY', 'UTC', '2025-01-06',"
        " 86399, 'a', 'b', '2025-01-01')"
    )
    listen(ingest, -86_400, 1_801)
    assert run(ingest, device_offline, 1_801) == 1
    assert ingest.rows("SELECT suppressed_by FROM alert") == [("maintenance:1",)]
    for n in (1_900, 1_960):
        heard(ingest, message, n, "dev-1")
    listen(ingest, -86_400, 2_000)
    assert run(ingest, device_offline, 2_000) == 1
    assert ingest.rows("SELECT status FROM alert") == [("resolved",)]
    assert ingest.rows(TOLD) == []


def test_a_series_that_a_worker_holds_is_left_for_the_next_run(
    ingest: Ingest, message: "MakeMessage", database_url: str
) -> None:
    silence(ingest, 0, 10)
    overflow(ingest, message)
    with connect(database_url, "worker") as worker:
        worker.execute("SELECT 1 FROM series_state FOR UPDATE")
        assert tell_late(ingest, 10) == 0
    assert tell_late(ingest, 10) == 1


def test_only_one_process_tells(ingest: Ingest, message: "MakeMessage", database_url: str) -> None:
    silence(ingest, 0, 10)
    overflow(ingest, message)
    with connect(database_url, "other") as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (int(AdvisoryLock.TIMER_WITHHELD),))
        assert tell_late(ingest, 10) == 0


def test_only_what_can_matter_is_loaded(ingest: Ingest) -> None:
    silence(ingest, -1_000, -361)
    silence(ingest, -1_000, -359)
    silence(ingest, 500, 600)
    found = select_suppressions(ingest.connection, from_us(NOW_US))
    assert [one.silence_id for one in found.silences] == [2, 3]
    assert found.windows == []


def test_the_target_of_a_device_has_its_gateway(ingest: Ingest, message: "MakeMessage") -> None:
    overflow(ingest, message)
    assert select_targets(ingest.connection, [1]) == {
        1: Target("R02", "red", device_id=1, gateway_id=1, trap_id=1, restaurant_id=1, town_id=1)
    }


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO silence (starts_at, ends_at, author, comment, created_at)"
        " VALUES ('2026-01-01', '2026-01-02', 'a', 'b', '2026-01-01')",
        "INSERT INTO silence (trap_id, starts_at, ends_at, author, comment, created_at)"
        " VALUES (1, '2026-01-02', '2026-01-01', 'a', 'b', '2026-01-01')",
        "INSERT INTO silence (trap_id, starts_at, ends_at, author, comment, created_at, expired_at)"
        " VALUES (1, '2026-01-01', '2026-01-02', 'a', 'b', '2026-01-01', '2026-01-03')",
        "INSERT INTO maintenance_window (scope, town_id, rule, zone, starts_at, duration_s, author,"
        " comment, created_at) VALUES ('trap', 1, 'FREQ=DAILY', 'UTC', now(), 1, 'a', 'b', now())",
        "INSERT INTO maintenance_window (scope, rule, zone, starts_at, duration_s, author, comment,"
        " created_at, is_active) VALUES ('county', 'x', 'UTC', now(), 1, 'a', 'b', now(), false)",
    ],
)
def test_what_the_tables_refuse(ingest: Ingest, statement: str) -> None:
    with pytest.raises(CheckViolation):
        ingest.connection.execute(statement.encode())
