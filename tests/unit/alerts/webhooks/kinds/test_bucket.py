from hypothesis import given
from hypothesis import strategies as st

from alerts.webhooks.kinds.bucket import (
    FIVE_A_SECOND,
    TWENTY_A_MINUTE,
    Bucket,
    spend,
    tokens,
)
from core.instant import MINUTE_US, SECOND_US

NOW_US = 1_767_574_800_000_000 + 60 * SECOND_US  # 09:01


def greedy(bucket: Bucket, steps_us: list[int]) -> list[int]:
    """When a sender that always takes all there is sends."""
    now_us, spent_until_us, sent_us = NOW_US, None, []
    for step_us in steps_us:
        now_us += step_us
        count = tokens(bucket, spent_until_us, now_us)
        if count:
            spent_until_us = spend(bucket, spent_until_us, now_us, count)
            sent_us += [now_us] * count
    return sent_us


def most_within(sent_us: list[int], window_us: int) -> int:
    return max(
        (sum(start <= at < start + window_us for at in sent_us) for start in sent_us), default=0
    )


STEPS = st.lists(st.integers(0, 20 * SECOND_US), max_size=60)


@given(STEPS)
def test_no_minute_sees_more_than_the_vendors_of_twenty_take(steps_us: list[int]) -> None:
    assert most_within(greedy(TWENTY_A_MINUTE, steps_us), MINUTE_US) <= 19


@given(st.lists(st.integers(0, SECOND_US), max_size=120))
def test_no_second_and_no_minute_sees_more_than_feishu_takes(steps_us: list[int]) -> None:
    sent_us = greedy(FIVE_A_SECOND, steps_us)
    assert most_within(sent_us, SECOND_US) <= 4
    assert most_within(sent_us, MINUTE_US) <= 63


def test_a_bucket_fills_again_token_by_token() -> None:
    spent_us = spend(TWENTY_A_MINUTE, None, NOW_US, 8)
    assert tokens(TWENTY_A_MINUTE, None, NOW_US) == 8
    assert tokens(TWENTY_A_MINUTE, spent_us, NOW_US) == 0
    assert tokens(TWENTY_A_MINUTE, spent_us, NOW_US + 5_499_999) == 0
    assert tokens(TWENTY_A_MINUTE, spent_us, NOW_US + 5_500_000) == 1
    assert tokens(TWENTY_A_MINUTE, spent_us, NOW_US + 8 * 5_500_000) == 8
    assert tokens(TWENTY_A_MINUTE, spent_us, NOW_US + MINUTE_US * 60) == 8


def test_feishu_is_spared_at_whole_and_half_hours() -> None:
    half_us = NOW_US + 29 * MINUTE_US
    assert tokens(FIVE_A_SECOND, None, half_us - 1) == 3
    assert tokens(FIVE_A_SECOND, None, half_us) == 0
    assert tokens(FIVE_A_SECOND, None, half_us + 15 * SECOND_US - 1) == 0
    assert tokens(FIVE_A_SECOND, None, half_us + 15 * SECOND_US) == 3
    assert tokens(FIVE_A_SECOND, None, half_us + 30 * MINUTE_US) == 0
    assert tokens(TWENTY_A_MINUTE, None, half_us) == 8
