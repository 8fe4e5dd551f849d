from ingest.delivery import Delivery
from ingest.window import Window


def delivery(size: int) -> Delivery:
    return Delivery("t", b"x" * size, 1, 1, False, False, 0, 1)


def test_it_closes_by_count_and_by_bytes_and_opens_again() -> None:
    window = Window(2, 100)
    window.take(10)
    assert window.is_open
    window.take(10)
    assert not window.is_open
    window.give_back([delivery(10)])
    assert window.is_open
    window.take(90)
    assert (window.count, window.payload_bytes, window.is_open) == (2, 100, False)
    window.give_back([delivery(10)])
    assert window.is_open
