"""What the routes of rules' trials answer and are told."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from alerts.rule_trials.model import BacktestReport, Kind, RuleTestReport, State
from api.schemas import Answer, Order

DAYS_MAX = 31
DAYS_DEFAULT = 7


class TrialOrder(Order):
    """What to try: the tests that ship for the rule, or the last days of stored history."""

    kind: Kind
    days: Annotated[int, Field(ge=1, le=DAYS_MAX)] | None = Field(
        None, description=f"of history for a backtest; {DAYS_DEFAULT} where it is left out"
    )
    parameters: dict[str, Any] = Field(
        {}, description="numbers to try in the county in place of those in force"
    )

    @model_validator(mode="after")
    def _days_are_of_history(self) -> Self:
        if self.kind == "test" and self.days is not None:
            raise ValueError("days: only a backtest looks at history")
        return self


class Trial(Answer):
    """A trial; it is carried out by the alerts process, one after the other."""

    rule_trial_id: int
    rule_code: str
    kind: Kind
    days: int | None
    candidate: dict[str, Any] = Field(description="numbers that are tried; empty: those in force")
    requested_at: datetime
    requested_by: str
    state: State
    ended_at: datetime | None
    report: Annotated[RuleTestReport | BacktestReport, Field(discriminator="kind")] | None
    problem: str | None = Field(description="why there is no report")
