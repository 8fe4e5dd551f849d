from itertools import count

from alerts.webhooks.lanes import SLOW_S, LaneBook

_numbers = count(1)


def started(book: LaneBook, *endpoint_ids: int, at_s: float = 0.0) -> list[int]:
    """Start an attempt for each; return their deliveries' numbers."""
    numbers = []
    for endpoint_id in endpoint_ids:
        numbers.append(next(_numbers))
        book.start(endpoint_id, numbers[-1], at_s)
    return numbers


def tried(book: LaneBook, *endpoint_ids: int, took_s: float = 0.01, hung: bool = False) -> None:
    for endpoint_id in endpoint_ids:
        (number,) = started(book, endpoint_id)
        book.finish(endpoint_id, number, took_s, hung=hung)


def test_an_endpoint_that_has_not_answered_yet_gets_one_sender() -> None:
    book = LaneBook(16)
    assert book.free == 16
    assert (book.lanes(0.0).share, book.lanes(0.0).only) == (1, {})
    started(book, 1)
    assert book.lanes(0.1).only == {1: 0}


def test_one_that_answers_may_use_half_of_the_senders() -> None:
    book = LaneBook(16)
    tried(book, 1, 2)
    started(book, 1, 1, 1, 2)
    assert book.free == 12
    assert book.lanes(0.1).only == {1: 5, 2: 7}
    started(book, 1, 1, 1, 1, 1)
    assert book.lanes(0.1).only == {1: 0, 2: 7}


def test_one_that_lets_an_attempt_wait_gets_no_other_before_that_has_ended() -> None:
    book = LaneBook(16)
    tried(book, 1)
    first, second = started(book, 1, 1, at_s=10.0)
    assert book.lanes(10.0 + SLOW_S - 0.01).only == {1: 6}
    assert book.lanes(10.0 + SLOW_S).only == {1: 0}
    book.finish(1, first, 10.0 + SLOW_S, hung=False)
    assert book.lanes(10.0 + SLOW_S).only == {1: 0}, "the second one waits still"
    book.finish(1, second, 25.0, hung=False)
    assert book.lanes(25.0).only == {1: 1}, "one after the other"


def test_one_that_hung_gets_one_sender_until_it_answers_in_time() -> None:
    book = LaneBook(16)
    tried(book, 1, took_s=15.0)
    assert book.lanes(15.0).only == {1: 1}
    (number,) = started(book, 1, at_s=20.0)
    assert book.lanes(20.1).only == {1: 0}
    book.finish(1, number, 20.1, hung=False)
    assert book.lanes(20.1).only == {1: 8}


def test_one_that_asks_for_less_is_treated_like_one_that_hangs() -> None:
    book = LaneBook(16)
    tried(book, 1)
    tried(book, 1, hung=True)
    assert book.lanes(1.0).only == {1: 1}


def test_all_that_hang_together_get_half_of_the_senders_longest_waiting_first() -> None:
    book = LaneBook(4)
    tried(book, 5, 6, 7, took_s=15.0)
    assert book.lanes(15.0).only == {5: 1, 6: 1, 7: 0}
    five, _ = started(book, 5, 6, at_s=15.0)
    assert book.lanes(15.1).only == {5: 0, 6: 0, 7: 0}
    book.finish(5, five, 30.0, hung=False)
    assert book.lanes(30.0).only == {6: 0, 7: 1, 5: 0}


def test_the_attempts_of_one_that_begins_to_hang_fill_the_hanging_half() -> None:
    book = LaneBook(4)
    tried(book, 1)
    first, _ = started(book, 1, 1)
    book.finish(1, first, 15.0, hung=False)
    tried(book, 2, took_s=15.0)
    # One attempt of endpoint 1 is still under way, so one place of two is left.
    assert book.lanes(15.0).only == {1: 0, 2: 1}


def test_a_single_sender_still_serves_everybody() -> None:
    book = LaneBook(1)
    tried(book, 1, took_s=15.0)
    assert book.free == 1
    assert book.lanes(15.0).only == {1: 1}
