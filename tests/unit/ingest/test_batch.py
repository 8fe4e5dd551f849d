from ingest.batch import Batch, BatchLimits
from ingest.delivery import Delivery


def delivery(payload: bytes = b"x") -> Delivery:
    return Delivery("t", payload, 1, 1, retain=False, dup=False, received_at_us=0, session=1)


LIMITS = BatchLimits(count_max=3, bytes_max=10, age_s_max=0.1)


def test_count_closes_a_batch() -> None:
    batch = Batch(LIMITS)
    for expected in (False, False, True):
        batch.add(delivery(), now_s=5.0)
        assert batch.is_full() is expected


def test_bytes_close_a_batch() -> None:
    batch = Batch(LIMITS)
    batch.add(delivery(b"123456789"), now_s=5.0)
    assert not batch.is_full()
    batch.add(delivery(b"0"), now_s=5.0)
    assert batch.is_full()


def test_age_counts_from_the_first_delivery() -> None:
    batch = Batch(LIMITS)
    assert batch.wait_s(now_s=1_000.0) == 0.1
    batch.add(delivery(), now_s=5.0)
    batch.add(delivery(), now_s=5.09)
    assert round(batch.wait_s(now_s=5.04), 6) == 0.06
    assert batch.wait_s(now_s=5.2) == 0.0
