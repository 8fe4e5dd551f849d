"""One gateway can fill neither the disk with rubbish nor the store with partitions."""

from core.reading import Quality
from core.settings import IngestSettings
from ingest.delivery import Delivery, Rejection
from tests.store.conftest import NOW_US, Ingest, MakeMessage

DAY_S = 86_400.0


def rubbish(gateway_uid: str, number: int, *, dup: bool = False) -> Rejection:
    delivery = Delivery(
        f"trapwatch/v1/{gateway_uid}/up", b"%d" % number, 1, 1, False, dup, NOW_US, session=1
    )
    return Rejection(delivery, gateway_uid, "native", "decode_error", f"no. {number}")


def test_rubbish_over_the_quota_is_counted_with_a_sample(ingest: Ingest) -> None:
    ingest.settings = IngestSettings(rejected_per_gateway_max=3)
    ingest.restart()
    ingest.settle(*(rubbish("gw-1", number) for number in range(5)))
    ingest.settle(*(rubbish("gw-1", number) for number in range(5, 9)), rubbish("gw-2", 1))
    assert ingest.rows(
        "SELECT gateway_uid, count(*) FROM rejected_message GROUP BY 1 ORDER BY 1"
    ) == [("gw-1", 3), ("gw-2", 1)]
    query = "SELECT gateway_uid, reason, message_count, sample_payload FROM rejected_overflow"
    assert ingest.rows(query) == [("gw-1", "decode_error", 6, b"8")]
    ledger = ingest.ledger.snapshot()
    assert (ledger["rejected"], ledger["in_flight"]) == (10, 0)


def test_a_random_clock_makes_few_partitions_and_its_messages_are_kept(
    ingest: Ingest, message: MakeMessage
) -> None:
    ingest.settings = IngestSettings(far_days_per_gateway_max=2)
    ingest.restart()
    for day in (-1_000, -2_000, -3_000, -2_000):
        ingest.settle(message(("dev-1", day * DAY_S, 1.0)))
    ingest.settle(message(("dev-2", -1_500 * DAY_S, 1.0), gateway_uid="gw-2"))
    query = "SELECT count(*) FROM reading WHERE quality = 1"
    assert ingest.rows(query) == [(3,)]  # the repeated day is a duplicate
    assert ingest.rows("SELECT reason, gateway_uid FROM rejected_message") == [
        ("bad_clock_limit", "gw-1")
    ]


def test_a_message_with_one_far_reading_too_many_is_refused_whole(
    ingest: Ingest, message: MakeMessage
) -> None:
    ingest.settings = IngestSettings(far_days_per_gateway_max=0)
    ingest.restart()
    ingest.settle(message(("dev-1", 0.0, 1.0), ("dev-1", -900 * DAY_S, 1.0)))
    ingest.settle(message(("dev-1", -8 * DAY_S, 2.0)))
    ingest.settle(message(("dev-1", 600.0, 3.0)))  # ahead, but within a day: no partition
    assert ingest.rows("SELECT value, quality FROM reading") == [(3.0, int(Quality.BAD_CLOCK))]
    assert ingest.rows("SELECT count(*) FROM rejected_message") == [(2,)]
