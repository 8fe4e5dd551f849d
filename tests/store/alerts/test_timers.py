"""What the clock alone brings about."""

from typing import TYPE_CHECKING

from alerts.timers import device_offline, latched_hold, retention
from core.instant import DAY_US, SECOND_US, from_us
from core.reading import Metric
from ingest.codecs.decoded import Party, Presence
from ingest.decoding import DecodedMessage
from tests.store.conftest import NOW_US, Ingest

if TYPE_CHECKING:
    from datetime import datetime

    from tests.store.conftest import MakeMessage


def run(ingest: Ingest, timer: object, at_s: float) -> int:
    """Run a timer as of so many seconds after NOW, in a transaction of its own."""
    with ingest.connection.transaction():
        return int(timer.run_once(ingest.connection, NOW_US + round(at_s * SECOND_US)))  # type: ignore[attr-defined]  # a timer module


def listen(
    ingest: Ingest,
    since_s: float,
    seen_s: float,
    *,
    caught_up_s: float | None = -172_800,
    client_id: str = "w",
) -> None:
    def moment(at_s: float | None) -> "datetime | None":
        return None if at_s is None else from_us(NOW_US + round(at_s * SECOND_US))

    ingest.connection.execute(
        "INSERT INTO ingest_worker (client_id, listening_since, seen_at, caught_up_since)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT (client_id) DO UPDATE"
        " SET listening_since = excluded.listening_since, seen_at = excluded.seen_at,"
        " caught_up_since = excluded.caught_up_since",
        (client_id, moment(since_s), moment(seen_s), moment(caught_up_s)),
    )


def heard(ingest: Ingest, message: "MakeMessage", at_s: float, *uids: str) -> None:
    ingest.settle(*(message((uid, at_s, 610.0), received_s=at_s) for uid in uids))


OPEN = "SELECT dedup_key, severity FROM alert WHERE status = 'firing' ORDER BY 1"


def test_a_silent_device_is_alerted_after_three_intervals_and_half_an_hour(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    heard(ingest, message, 0, "dev-1", "dev-2")
    heard(ingest, message, 1_700, "dev-2")
    listen(ingest, -86_400, 1_800)
    assert run(ingest, device_offline, 1_800) == 0
    listen(ingest, -86_400, 1_801)
    assert run(ingest, device_offline, 1_801) == 1
    assert ingest.rows(OPEN) == [("R14:device:1", "blue")]
    assert run(ingest, device_offline, 1_802) == 0, "one open episode a device"


def test_a_slow_device_is_judged_by_its_own_interval(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    ingest.rows("UPDATE device SET report_interval_s = 86400 RETURNING 1")
    heard(ingest, message, 0, "dev-1", "dev-2")
    listen(ingest, -86_400, 3 * 86_400)
    assert run(ingest, device_offline, 3 * 86_400) == 0
    listen(ingest, -86_400, 3 * 86_400 + 2)
    assert run(ingest, device_offline, 3 * 86_400 + 2) == 2


def test_our_own_outage_is_not_the_devices_silence(ingest: Ingest, message: "MakeMessage") -> None:
    heard(ingest, message, 0, "dev-1", "dev-2")
    assert run(ingest, device_offline, 90_000) == 0, "nobody has ever listened"
    listen(ingest, -86_400, 60)
    assert run(ingest, device_offline, 90_000) == 0, "the worker has not been seen for a day"
    listen(ingest, 89_000, 90_000)
    assert run(ingest, device_offline, 90_000) == 0, "it listens again, only just"
    listen(ingest, 89_000, 90_900)
    assert run(ingest, device_offline, 90_900) == 2


def test_nobody_is_silent_while_we_work_off_what_the_broker_kept(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    """The database was away: the worker stayed subscribed, the readings wait uncommitted."""
    heard(ingest, message, 0, "dev-1", "dev-2")
    listen(ingest, -86_400, 7_200, caught_up_s=None)
    assert run(ingest, device_offline, 7_200) == 0, "the backlog is not committed yet"
    listen(ingest, -86_400, 7_230, caught_up_s=7_225)
    assert run(ingest, device_offline, 7_230) == 0, "it has only just caught up"
    heard(ingest, message, 7_240, "dev-2")
    listen(ingest, -86_400, 9_030, caught_up_s=7_225)
    assert run(ingest, device_offline, 9_030) == 1
    assert ingest.rows(OPEN) == [("R14:device:1", "blue")]


def test_one_worker_of_two_that_lags_holds_the_judgement_back(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    """The broker deals readings out in turn: half of a device's wait with the slow one."""
    heard(ingest, message, 0, "dev-1", "dev-2")
    listen(ingest, -86_400, 7_200)
    listen(ingest, -86_400, 7_200, caught_up_s=None, client_id="slow")
    assert run(ingest, device_offline, 7_200) == 0
    listen(ingest, 7_190, 7_200, client_id="slow")
    assert run(ingest, device_offline, 7_200) == 0, "it was started ten seconds ago"
    listen(ingest, -86_400, 7_200, client_id="slow")
    assert run(ingest, device_offline, 7_200) == 2


def declare(ingest: Ingest, message: "MakeMessage", at_s: float, online: bool) -> None:
    delivery = message(received_s=at_s).delivery
    said = [Presence(Party.DEVICE, "dev-1", online)]
    ingest.settle(DecodedMessage(delivery, "gw-1", "sparkplug", (), said))


def test_a_death_certificate_is_believed_at_once_and_a_birth_takes_it_back(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    heard(ingest, message, 0, "dev-1", "dev-2")
    listen(ingest, -86_400, 20)
    declare(ingest, message, 10, online=False)
    assert run(ingest, device_offline, 20) == 1
    assert ingest.rows("SELECT dedup_key, fired_at FROM alert") == [
        ("R14:device:1", from_us(NOW_US + 10 * SECOND_US))
    ]
    declare(ingest, message, 30, online=True)
    heard(ingest, message, 40, "dev-1")
    heard(ingest, message, 50, "dev-1")
    listen(ingest, -86_400, 60)
    assert run(ingest, device_offline, 60) == 1
    assert ingest.rows(OPEN) == []


def test_a_heartbeat_without_a_reading_is_a_sign_of_life(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    heard(ingest, message, 0, "dev-1")
    heard(ingest, message, 1_900, "dev-2")
    declare(ingest, message, 1_000, online=True)
    listen(ingest, -86_400, 2_000)
    assert run(ingest, device_offline, 2_000) == 0
    listen(ingest, -86_400, 2_801)
    assert run(ingest, device_offline, 2_801) == 1


def test_it_is_resolved_after_two_receptions(ingest: Ingest, message: "MakeMessage") -> None:
    heard(ingest, message, 0, "dev-1")
    heard(ingest, message, 1_790, "dev-2")
    listen(ingest, -86_400, 2_000)
    assert run(ingest, device_offline, 2_000) == 1
    heard(ingest, message, 2_100, "dev-1")
    heard(ingest, message, 2_100, "dev-2")
    listen(ingest, -86_400, 2_101)
    assert run(ingest, device_offline, 2_101) == 0
    heard(ingest, message, 2_200, "dev-1")
    listen(ingest, -86_400, 2_201)
    assert run(ingest, device_offline, 2_201) == 1
    assert ingest.rows("SELECT status, ended_at FROM alert") == [
        ("resolved", from_us(NOW_US + 2_200 * SECOND_US))
    ]
    assert ingest.rows("SELECT event_type FROM webhook_message ORDER BY 1") == [
        ("alert.fired",), ("alert.resolved",),
    ]  # fmt: skip


def test_a_gateway_that_says_it_is_down_is_one_alert(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    heard(ingest, message, 0, "dev-1", "dev-2")
    ingest.rows("UPDATE gateway SET online = false RETURNING 1")
    listen(ingest, -86_400, 5_000)
    assert run(ingest, device_offline, 5_000) == 1
    assert ingest.rows(OPEN) == [("R14:gateway:1", "blue")]
    ingest.rows("UPDATE gateway SET online = true RETURNING 1")
    heard(ingest, message, 5_010, "dev-1", "dev-2")
    listen(ingest, -86_400, 5_020)
    assert run(ingest, device_offline, 5_020) == 1
    assert ingest.rows(OPEN) == []


def test_half_of_a_gateway_silent_is_the_gateway(ingest: Ingest, message: "MakeMessage") -> None:
    ingest.rows(
        "INSERT INTO device (uid, gateway_id, trap_id, status, commissioned_at, created_at,"
        " updated_at) SELECT 'more-' || n, 1, 1, 'active', now(), now(), now()"
        " FROM generate_series(1, 4) AS n RETURNING 1"
    )
    everybody = ["dev-1", "dev-2", *(f"more-{n}" for n in range(1, 5))]
    heard(ingest, message, 0, *everybody)
    heard(ingest, message, 1_700, *everybody[3:])
    listen(ingest, -86_400, 2_000)
    assert run(ingest, device_offline, 2_000) == 1
    assert ingest.rows(OPEN) == [("R14:gateway:1", "blue")]


def test_devices_in_maintenance_are_left_alone(ingest: Ingest, message: "MakeMessage") -> None:
    heard(ingest, message, 0, "dev-1", "dev-2")
    ingest.rows("UPDATE device SET status = 'maintenance' RETURNING 1")
    listen(ingest, -86_400, 9_000)
    assert run(ingest, device_offline, 9_000) == 0


def cover(ingest: Ingest, message: "MakeMessage", at_s: float, is_open: bool) -> None:
    ingest.settle(
        message(("dev-1", at_s, float(is_open)), metric=Metric.COVER_OPEN, received_s=at_s)
    )


FIRING = "SELECT rule_code FROM alert WHERE status = 'firing' ORDER BY 1"


def test_a_cover_left_open_is_proven_by_the_clock(ingest: Ingest, message: "MakeMessage") -> None:
    cover(ingest, message, 0, is_open=True)
    heard(ingest, message, 2_000, "dev-1")  # the device is alive
    assert run(ingest, latched_hold, 59) == 0
    assert run(ingest, latched_hold, 60) == 1
    assert ingest.rows(FIRING) == [("R16",)]
    assert run(ingest, latched_hold, 2_700) == 1
    assert ingest.rows(FIRING) == [("R16",), ("R17",)]
    assert ingest.rows("SELECT fired_at FROM alert WHERE rule_code = 'R17'") == [
        (from_us(NOW_US + 2_700 * SECOND_US),)
    ]
    cover(ingest, message, 2_800, is_open=False)
    assert ingest.rows(FIRING) == [("R16",)], "R17 clears at once, R16 after five minutes"
    assert run(ingest, latched_hold, 3_100) == 1
    assert ingest.rows(FIRING) == []


def test_the_clock_proves_nothing_about_a_dead_device(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    cover(ingest, message, 0, is_open=True)
    assert run(ingest, latched_hold, 3_000) == 0
    assert ingest.rows(FIRING) == []


def test_timer_and_reading_give_the_same_episode(ingest: Ingest, message: "MakeMessage") -> None:
    cover(ingest, message, 0, is_open=True)
    cover(ingest, message, 90, is_open=False)
    assert ingest.rows("SELECT rule_code, fired_at FROM alert") == [
        ("R16", from_us(NOW_US + 60 * SECOND_US))
    ]


def test_old_readings_are_dropped_by_chunks(ingest: Ingest, message: "MakeMessage") -> None:
    heard(ingest, message, -6 * 86_400, "dev-1")
    heard(ingest, message, 0, "dev-1")
    with ingest.connection.transaction():
        dropped = retention.run_once(ingest.connection, NOW_US + DAY_US, retention_days=3)
    assert dropped == 1
    assert ingest.rows("SELECT count(*) FROM reading") == [(1,)]


GRAVE = "SELECT severity, level, seq, acked_by FROM alert"


def test_a_day_of_silence_is_graver(ingest: Ingest, message: "MakeMessage") -> None:
    heard(ingest, message, 0, "dev-1")
    heard(ingest, message, 86_000, "dev-2")
    listen(ingest, -86_400, 1_801)
    assert run(ingest, device_offline, 1_801) == 1
    listen(ingest, -86_400, 86_399)
    assert run(ingest, device_offline, 86_399) == 0
    listen(ingest, -86_400, 86_400)
    assert run(ingest, device_offline, 86_400) == 1
    assert ingest.rows(GRAVE) == [("yellow", 1, 2, None)]
    assert ingest.rows("SELECT type, at FROM alert_event WHERE seq = 2") == [
        ("severity_raised", from_us(NOW_US + DAY_US))
    ]
    assert ingest.rows("SELECT event_type FROM webhook_message ORDER BY 1") == [
        ("alert.fired",), ("alert.severity_raised",),
    ]  # fmt: skip
    assert run(ingest, device_offline, 86_401) == 0, "once"


def test_whoever_had_it_in_hand_has_it_no_more_when_it_gets_grave(
    ingest: Ingest, message: "MakeMessage"
) -> None:
    heard(ingest, message, 0, "dev-1")
    heard(ingest, message, 86_000, "dev-2")
    listen(ingest, -86_400, 1_801)
    run(ingest, device_offline, 1_801)
    ingest.rows("UPDATE alert SET acked_at = now(), acked_by = 'x', ack_note = '' RETURNING 1")
    listen(ingest, -86_400, 86_400)
    assert run(ingest, device_offline, 86_400) == 1
    assert ingest.rows(GRAVE) == [("yellow", 1, 3, None)]
    assert ingest.rows("SELECT seq, type FROM alert_event ORDER BY seq") == [
        (1, "fired"), (2, "unacked"), (3, "severity_raised"),
    ]  # fmt: skip
