"""What the rule routes answer and are told."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.schemas import Answer, Order, Severity, Text

Scope = Literal["county", "town", "type", "trap"]


class Rule(Answer):
    """The version of a rule that is in force."""

    rule_id: int = Field(exclude=True)
    code: str
    version: int
    kind: str
    name: str
    name_en: str
    severity: Severity
    enabled: bool
    definition: dict[str, Any]
    created_at: datetime


class OverrideOrder(Order):
    """Thresholds of one place; the narrower scope wins, parameter by parameter."""

    parameters: dict[str, Any] = Field(min_length=1)
    reason: Text = ""


class Override(Answer):
    """Thresholds that a place overrides."""

    rule_override_id: int
    rule_code: str
    scope: Scope
    scope_ref: str = Field(description="town code, restaurant type or trap code; county: empty")
    parameters: dict[str, Any]
    reason: str
    created_at: datetime
