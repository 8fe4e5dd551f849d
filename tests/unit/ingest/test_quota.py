from ingest.quota import Quota

HOUR_US = 3_600_000_000


def test_a_quota_is_a_keys_own_and_starts_anew_with_the_window() -> None:
    quota = Quota(2, HOUR_US)
    quota.take("a", 10)
    quota.take("a", 20)
    assert (quota.left("a", 30), quota.left("b", 30)) == (0, 2)
    assert quota.left("a", HOUR_US) == 2


def test_what_was_taken_beyond_the_limit_leaves_nothing_rather_than_a_debt() -> None:
    quota = Quota(2, HOUR_US)
    quota.take("a", 0, 5)
    assert quota.left("a", 0) == 0
