"""A county's complaints by month, as a claim's inputs."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from alerts.claims.document import make_claim
from alerts.claims.model import Claim, GroupMonth, InputMonth, Inputs, IntakeChange, Question
from alerts.claims.question import all_months, make_question
from alerts.statistics.month import Month

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
MakeQuestion = Callable[..., Question]
MakeClaim = Callable[..., Claim]
SITES = 100


@pytest.fixture
def ask() -> MakeQuestion:
    """A question about 2025 and the first half of 2026, unless told otherwise."""

    def make(**changes: Any) -> Question:
        given = {"baseline": "2025-01..2025-12", "period": "2026-01..2026-06"} | changes
        return make_question(**given, current=Month(2026, 7))

    return make


def group_month(month: Month, count: int, deduplicated: int | None = None) -> GroupMonth:
    return GroupMonth(
        site_days=SITES * (month.plus(1).first_day - month.first_day).days,
        service_days=0,
        complaint_count=count,
        deduplicated_count=count if deduplicated is None else deduplicated,
    )


@pytest.fixture
def claim(ask: MakeQuestion) -> MakeClaim:
    """A claim of counts by month: of the treated group, and of the comparison."""

    def make(
        counts: Sequence[int | tuple[int, int]],
        compared: Sequence[int] | None = None,
        *,
        marks: Sequence[IntakeChange] = (),
        days: Sequence[date] = (),
        inputs: dict[str, Any] | None = None,
        **question: Any,
    ) -> Claim:
        asked = ask(**({} if compared is not None else {"comparison": "none"}) | question)
        months = all_months(asked)
        rows = []
        for place, month in enumerate(months):
            count = counts[place]
            both = count if isinstance(count, tuple) else (count, count)
            rows.append(
                InputMonth(
                    month=str(month),
                    treated=group_month(month, *both),
                    comparison=None if compared is None else group_month(month, compared[place]),
                    unassigned_count=0,
                )
            )
        members: dict[str, Any] = {
            "months": tuple(rows),
            "complaint_days": tuple(days),
            "intake_changes": tuple(marks),
            "treated_site_count": SITES,
            "comparison_site_count": None if compared is None else SITES,
            "joining_site_count": 0,
            "exposure_basis": "register_entry",
            "register_began_on": date(2024, 1, 1),
        }
        read = Inputs(**members | (inputs or {}))
        return make_claim(asked, read, as_of=AS_OF, code_version="0.0.0")

    return make
