"""The steps of escalation, and which of several that are due is told. Pure.

Step 0 is the duty inspector, who is told when the alert fires. The clock of the others starts when
the alert last began to be nobody's: when it was told, got red, was reopened, or its
acknowledgement ended.
"""

from collections.abc import Collection
from typing import NamedTuple

from core.instant import HOUR_US, MINUTE_US


class Step(NamedTuple):
    """One step: told to ``to`` if nobody has taken the alert in hand ``after_us``."""

    number: int
    to: str
    after_us: int


STEPS = (
    Step(1, "team_lead", 30 * MINUTE_US),  # 班组长
    Step(2, "county_centre", 2 * HOUR_US),  # 县级指挥中心
)
#: What begins an alert's being nobody's, by the types of its events.
CLOCK_STARTS = ("notified", "severity_raised", "reopened", "unacked")
#: Only these are escalated; orange and below have the ticket's due time.
SEVERITY = "red"

#: So long after they last heard of it people are reminded of an alert of these severities.
REMIND_AFTER_US = 4 * HOUR_US
REMINDED = ("orange", "red")
REMINDER_STARTS = (*CLOCK_STARTS, "escalated", "repeated")

RECIPIENTS = {step.number: step.to for step in STEPS}


class Decision(NamedTuple):
    """Which step is told, and which are passed over for it."""

    told: int
    skipped: frozenset[int]


def decide(due: Collection[int]) -> Decision:
    """Return what becomes of the steps that are due: after an outage only the highest is told.

    Raises: ValueError: there are none.
    """
    told = max(due)
    return Decision(told, frozenset(due) - {told})
