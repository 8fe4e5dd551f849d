from ingest.backlog import LAG_US_MAX, Backlog


def test_it_keeps_up_from_the_first_batch_that_was_committed_soon() -> None:
    backlog = Backlog(100)
    assert backlog.caught_up_since_us is None
    backlog.note_batch(1_000, 2_000, unsettled=3)
    backlog.note_batch(5_000, 6_000, unsettled=3)
    assert backlog.caught_up_since_us == 2_000


def test_a_batch_that_waited_long_starts_the_count_anew() -> None:
    backlog = Backlog(100)
    backlog.note_batch(0, 1, unsettled=0)
    backlog.note_batch(10, 11 + LAG_US_MAX, unsettled=0)
    assert backlog.caught_up_since_us is None
    assert backlog.lag_s > 10
    backlog.note_idle(20_000_000)
    assert (backlog.caught_up_since_us, backlog.lag_s) == (20_000_000, 0)


def test_a_full_window_means_that_the_broker_holds_more() -> None:
    backlog = Backlog(100)
    backlog.note_batch(0, 1, unsettled=51)
    assert backlog.caught_up_since_us is None
    backlog.note_batch(2, 3, unsettled=50)
    assert backlog.caught_up_since_us == 3
