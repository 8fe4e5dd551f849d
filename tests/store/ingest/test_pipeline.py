"""One transaction a batch, on a real TimescaleDB."""

import random
from typing import TYPE_CHECKING

import pytest

from core.reading import Metric, Quality
from core.settings import IngestSettings
from ingest.codecs.decoded import Party, Presence
from ingest.decoding import DecodedMessage
from ingest.delivery import Rejection

if TYPE_CHECKING:
    from tests.store.conftest import Ingest, MakeMessage

HOURLY = """
SELECT device_id, metric, hour, reading_count, round(value_sum::numeric, 6), value_min, value_max,
       first_at, first_value, last_at, last_value
  FROM reading_hourly ORDER BY 1, 2, 3
"""
RECOMPUTED = """
SELECT device_id, metric, time_bucket('1 hour', measured_at) AS hour, count(*)::int,
       round(sum(value)::numeric, 6), min(value), max(value), min(measured_at),
       first(value, measured_at), max(measured_at), last(value, measured_at)
  FROM reading WHERE quality = 0 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def test_a_new_reading_is_stored_once(ingest: "Ingest", message: "MakeMessage") -> None:
    ledger = ingest.settle(message(("dev-1", 0, 612.5)))
    assert ledger == {"received": 1, "stored": 1, "duplicate": 0, "rejected": 0, "in_flight": 0}
    assert ingest.rows("SELECT device_id, metric, value, quality FROM reading") == [
        (1, int(Metric.LEVEL_MM), 612.5, 0)
    ]


def test_a_redelivery_is_a_duplicate(ingest: "Ingest", message: "MakeMessage") -> None:
    ingest.settle(message(("dev-1", 0, 612.5)), message(("dev-2", 0, 610.0)))
    ledger = ingest.settle(message(("dev-1", 0, 612.5), dup=True), message(("dev-2", 1, 611.0)))
    assert ledger == {"received": 4, "stored": 3, "duplicate": 1, "rejected": 0, "in_flight": 0}
    assert ingest.rows("SELECT count(*) FROM reading") == [(3,)]


def test_the_same_message_twice_in_a_batch_is_one_row(
    ingest: "Ingest", message: "MakeMessage"
) -> None:
    ledger = ingest.settle(message(("dev-1", 0, 612.5)), message(("dev-1", 0, 612.5)))
    assert (ledger["stored"], ledger["duplicate"]) == (1, 1)
    assert ingest.rows("SELECT count(*) FROM reading_conflict") == [(0,)]


@pytest.mark.parametrize("same_batch", [True, False])
def test_a_second_opinion_is_kept_as_a_conflict(
    ingest: "Ingest", message: "MakeMessage", same_batch: bool
) -> None:
    first, second = message(("dev-1", 0, 612.5)), message(("dev-1", 0, 700.0))
    if same_batch:
        ingest.settle(first, second)
    else:
        ingest.settle(first)
        ingest.settle(second)
    assert ingest.rows("SELECT value FROM reading") == [(612.5,)]
    assert ingest.rows("SELECT value FROM reading_conflict") == [(700.0,)]


def test_a_message_with_one_new_reading_counts_as_stored(
    ingest: "Ingest", message: "MakeMessage"
) -> None:
    ingest.settle(message(("dev-1", 0, 612.5)))
    ledger = ingest.settle(message(("dev-1", 0, 612.5), ("dev-1", 300, 613.0), received_s=300))
    assert (ledger["stored"], ledger["duplicate"]) == (2, 0)


@pytest.mark.parametrize(("at_s", "value"), [(-56 * 31_557_600, 612.5), (301, 612.5)])
def test_a_bad_clock_is_stored_but_moves_nothing(
    ingest: "Ingest", message: "MakeMessage", at_s: float, value: float
) -> None:
    ingest.settle(message(("dev-1", at_s, value)))
    assert ingest.rows("SELECT quality FROM reading") == [(int(Quality.BAD_CLOCK),)]
    assert ingest.rows("SELECT measured_at, received_at IS NULL FROM series_state") == [
        (None, False)
    ]
    assert ingest.rows("SELECT count(*) FROM reading_hourly") == [(0,)]


def test_a_late_reading_is_stored_and_rolled_up_but_does_not_move_the_cursor(
    ingest: "Ingest", message: "MakeMessage"
) -> None:
    ingest.settle(message(("dev-1", 600, 612.5), received_s=600))
    ingest.clock.advance_s(600)
    ingest.settle(message(("dev-1", 300, 999.0), received_s=600))
    ((value,),) = ingest.rows("SELECT value FROM series_state")
    assert value == 612.5
    assert ingest.rows("SELECT value_max FROM reading_hourly") == [(999.0,)]


def test_a_retained_replay_is_not_a_sign_of_life(ingest: "Ingest", message: "MakeMessage") -> None:
    ingest.settle(message(("dev-1", -60, 612.5), retain=True))
    assert ingest.rows("SELECT count(*) FROM reading") == [(1,)]
    assert ingest.rows("SELECT received_at, measured_at FROM series_state") == [(None, None)]


def test_an_unknown_device_becomes_unclaimed_and_its_data_is_kept(
    ingest: "Ingest", message: "MakeMessage"
) -> None:
    ingest.settle(message(("new-1", 0, 612.5), gateway_uid="gw-new"))
    assert ingest.rows(
        "SELECT d.uid, d.status, g.uid, r.value FROM device d JOIN gateway g USING (gateway_id)"
        " JOIN reading r USING (device_id)"
    ) == [("new-1", "unclaimed", "gw-new", 612.5)]


def test_a_gateway_cannot_flood_the_register(
    ingest: "Ingest", message: "MakeMessage", database_url: str
) -> None:
    ingest.settings = IngestSettings(unclaimed_per_gateway_max=2)
    ingest.__post_init__()
    ledger = ingest.settle(*(message((f"new-{n}", 0, 612.5)) for n in range(5)))
    assert (ledger["stored"], ledger["rejected"]) == (2, 3)
    assert ingest.rows("SELECT DISTINCT reason FROM rejected_message") == [("unclaimed_limit",)]
    ingest.clock.advance_s(3_600)
    ledger = ingest.settle(message(("new-9", 3_600, 612.5), received_s=3_600))
    assert ledger["stored"] == 3


def test_a_claimed_device_is_known_in_the_next_batch(
    ingest: "Ingest", message: "MakeMessage"
) -> None:
    ingest.settle(message(("new-1", 0, 400.0), metric=Metric.DISTANCE_MM))
    assert ingest.rows("SELECT metric FROM reading") == [(int(Metric.DISTANCE_MM),)]
    ingest.rows(
        "UPDATE device SET mount_height_mm = 1100, trap_id = 1, status = 'active'"
        " WHERE uid = 'new-1' RETURNING device_id"
    )
    ingest.settle(message(("new-1", 60, 450.0), metric=Metric.DISTANCE_MM, received_s=60))
    assert ingest.rows("SELECT metric, value FROM reading WHERE value = 650") == [
        (int(Metric.LEVEL_MM), 650.0)
    ]


@pytest.mark.parametrize("distance_mm", [-5_000.0, -1.0])
def test_an_impossible_distance_gives_no_good_level(
    ingest: "Ingest", message: "MakeMessage", distance_mm: float
) -> None:
    ingest.rows("UPDATE device SET mount_height_mm = 1100 WHERE uid = 'dev-1' RETURNING 1")
    ingest.settle(message(("dev-1", 0, distance_mm), metric=Metric.DISTANCE_MM))
    assert ingest.rows("SELECT metric, quality FROM reading ORDER BY metric") == [
        (int(Metric.LEVEL_MM), int(Quality.BAD_VALUE)),
        (int(Metric.DISTANCE_MM), int(Quality.BAD_VALUE)),
    ]


def test_rejected_messages_keep_their_bytes(ingest: "Ingest", message: "MakeMessage") -> None:
    delivery = message().delivery._replace(payload=b"\x00\xff{", topic="odd/\x00topic")
    rejection = Rejection(delivery, None, "native", "decode_error", "NUL \x00 seen")
    ledger = ingest.settle(rejection, message(("dev-1", 0, 612.5)))
    assert (ledger["stored"], ledger["rejected"]) == (1, 1)
    assert ingest.rows("SELECT payload, topic, detail, state FROM rejected_message") == [
        (b"\x00\xff{", "odd/\\x00topic", "NUL \\x00 seen", "kept")
    ]


def test_a_redelivered_rejection_is_kept_once(ingest: "Ingest", message: "MakeMessage") -> None:
    delivery = message().delivery
    rejection = Rejection(delivery, None, "native", "decode_error", "no")
    ingest.settle(rejection)
    again = Rejection(delivery._replace(dup=True), None, "native", "decode_error", "no")
    ledger = ingest.settle(again)
    assert (ledger["rejected"], ledger["in_flight"]) == (2, 0)
    assert ingest.rows("SELECT count(*) FROM rejected_message") == [(1,)]
    ingest.settle(rejection)  # without DUP it is another message with the same bytes
    assert ingest.rows("SELECT count(*) FROM rejected_message") == [(2,)]


def test_a_gateways_word_about_itself_is_recorded(ingest: "Ingest", message: "MakeMessage") -> None:
    delivery = message().delivery
    said = [Presence(Party.GATEWAY, "gw-1", True)]
    ingest.settle(DecodedMessage(delivery, "gw-1", "gateway-status", (), said))
    assert ingest.rows("SELECT online, status_retained FROM gateway") == [(True, False)]
    said = [Presence(Party.GATEWAY, "gw-1", False)]
    replay = delivery._replace(retain=True)
    ingest.settle(DecodedMessage(replay, "gw-1", "gateway-status", (), said))
    assert ingest.rows("SELECT online, status_retained FROM gateway") == [(False, True)]


def test_a_word_about_a_device_is_recorded_unless_it_is_a_replay(
    ingest: "Ingest", message: "MakeMessage"
) -> None:
    delivery = message().delivery
    for retain, online in ((False, True), (False, False), (True, True)):
        said = [Presence(Party.DEVICE, "dev-1", online)]
        ingest.settle(
            DecodedMessage(delivery._replace(retain=retain), "gw-1", "sparkplug", (), said)
        )
    query = "SELECT uid, online FROM device_presence JOIN device USING (device_id)"
    assert ingest.rows(query) == [("dev-1", False)]


@pytest.mark.parametrize("seed", range(5))
def test_hours_equal_the_raw_readings_in_any_order_and_split(
    ingest: "Ingest", message: "MakeMessage", seed: int
) -> None:
    rng = random.Random(seed)
    readings = [
        (rng.choice(["dev-1", "dev-2"]), -rng.randrange(0, 4 * 3_600), rng.uniform(0, 900))
        for _ in range(300)
    ]
    readings += rng.sample(readings, 50)
    while readings:
        count = rng.randrange(1, 40)
        part, readings = readings[:count], readings[count:]
        ingest.settle(*(message(reading) for reading in part))
    assert ingest.rows(HOURLY) == ingest.rows(RECOMPUTED)
    assert ingest.rows(
        "SELECT device_id, max(measured_at), last(value, measured_at) FROM reading GROUP BY 1"
        " ORDER BY 1"
    ) == ingest.rows("SELECT device_id, measured_at, value FROM series_state ORDER BY 1")
