"""Who is told next."""

import pytest

from alerts.escalation.steps import RECIPIENTS, STEPS, decide


def test_the_steps_are_the_ones_agreed_on() -> None:
    minutes = [(step.number, step.to, step.after_us // 60_000_000) for step in STEPS]
    assert minutes == [(1, "team_lead", 30), (2, "county_centre", 120)]
    assert RECIPIENTS == {1: "team_lead", 2: "county_centre"}


def test_of_several_that_are_due_only_the_highest_is_told() -> None:
    assert decide([1]) == (1, frozenset())
    assert decide([1, 2]) == (2, {1})
    with pytest.raises(ValueError, match="empty"):
        decide([])
