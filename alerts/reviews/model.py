"""A review of an alert. Pure data."""

from datetime import datetime
from typing import Literal, NamedTuple

Verdict = Literal["confirmed", "not_confirmed", "false_alarm"]


class NewReview(NamedTuple):
    """What somebody makes of an alert, and what that rests on.

    ``legal_reviewer``, ``technical_reviewer``: who reviewed the use of the device's record as
    evidence (法制审核、技术审核: 行政处罚法 art. 41); None: nobody did.
    """

    verdict: Verdict
    reviewer: str
    basis: str
    legal_reviewer: str | None = None
    technical_reviewer: str | None = None
    note: str = ""


class Review(NamedTuple):
    """A review as stored; ``reviewed_by`` wrote it down."""

    alert_review_id: int
    alert_id: int
    verdict: Verdict
    reviewer: str
    basis: str
    legal_reviewer: str | None
    technical_reviewer: str | None
    note: str
    reviewed_by: str
    reviewed_at: datetime
