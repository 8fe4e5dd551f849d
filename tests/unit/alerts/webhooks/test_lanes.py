from alerts.webhooks.lanes import LaneBook


def started(book: LaneBook, *endpoint_ids: int) -> LaneBook:
    for endpoint_id in endpoint_ids:
        book.start(endpoint_id)
    return book


def test_at_rest_every_endpoint_may_use_half_of_the_senders() -> None:
    book = LaneBook(16)
    assert book.free == 16
    assert book.lanes().share == 8
    assert book.lanes().only == {}


def test_what_is_under_way_counts_against_its_endpoint_and_the_whole() -> None:
    book = started(LaneBook(16), 1, 1, 1, 2)
    assert book.free == 12
    assert book.lanes().only == {1: 5, 2: 7}


def test_an_endpoint_with_its_share_in_use_gets_no_more() -> None:
    book = started(LaneBook(4), 1, 1)
    assert book.lanes().only == {1: 0}


def test_an_endpoint_that_hung_gets_one_sender_until_it_answers() -> None:
    book = started(LaneBook(16), 1)
    book.finish(1, hung=True)
    assert book.lanes().only == {1: 1}
    book.start(1)
    assert book.lanes().only == {1: 0}
    book.finish(1, hung=False)
    assert book.lanes().only == {}


def test_all_that_hang_together_get_half_of_the_senders_longest_waiting_first() -> None:
    book = LaneBook(4)
    for endpoint_id in (5, 6, 7):
        started(book, endpoint_id).finish(endpoint_id, hung=True)
    assert book.lanes().only == {5: 1, 6: 1, 7: 0}
    started(book, 5, 6)
    assert book.lanes().only == {5: 0, 6: 0, 7: 0}
    book.finish(5, hung=True)
    assert book.lanes().only == {6: 0, 7: 1, 5: 0}


def test_the_attempts_of_an_endpoint_that_begins_to_hang_fill_the_hanging_half() -> None:
    book = started(LaneBook(4), 1, 1)
    book.finish(1, hung=True)
    started(book, 2).finish(2, hung=True)
    # One attempt of endpoint 1 is still under way, so one place of two is left.
    assert book.lanes().only == {1: 0, 2: 1}


def test_a_single_sender_still_serves_everybody() -> None:
    book = started(LaneBook(1), 1)
    book.finish(1, hung=True)
    assert book.free == 1
    assert book.lanes().share == 1
    assert book.lanes().only == {1: 1}
