from core.backoff import Backoff


def test_waits_double_up_to_the_limit() -> None:
    backoff = Backoff(delay_s_max=1.0, random_ratio=lambda: 1.0)
    assert [round(backoff.next_delay_s(), 3) for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]


def test_jitter_takes_away_up_to_half() -> None:
    assert Backoff(1.0, random_ratio=lambda: 0.0).next_delay_s() == 0.05


def test_success_starts_over() -> None:
    backoff = Backoff(delay_s_max=1.0, random_ratio=lambda: 1.0)
    backoff.next_delay_s()
    backoff.next_delay_s()
    backoff.reset()
    assert backoff.next_delay_s() == 0.1


def test_a_thousand_failures_do_not_overflow() -> None:
    backoff = Backoff(delay_s_max=2.0, random_ratio=lambda: 1.0, failures=10_000)
    assert backoff.next_delay_s() == 2.0
