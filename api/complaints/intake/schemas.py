"""What the routes of matching, repeated complaints and tickets answer and are told."""

from typing import Literal, Self

from pydantic import Field, model_validator

from api.schemas import Answer, BigId, Id, Line, Order, Severity


class MatchCandidate(Answer):
    """A restaurant that a complaint may mean, with what speaks for and against it."""

    restaurant_id: int
    name: str
    address: str
    town_id: int
    score: float = Field(description="0 to 1; from 0.8 on taken by itself if none comes close")
    reasons: list[str]


class MatchOrder(Order):
    """A person's word whose a complaint is, or that it is nobody's."""

    decision: Literal["confirm", "reject"]
    restaurant_id: Id | None = Field(None, description="with confirm")
    reason: Line | None = Field(None, description="with reject")

    @model_validator(mode="after")
    def _carries_what_it_needs(self) -> Self:
        if self.decision == "confirm" and self.restaurant_id is None:
            raise ValueError("confirm needs a restaurant_id")
        if self.decision == "reject" and self.reason is None:
            raise ValueError("reject needs a reason")
        return self


class DuplicateOrder(Order):
    """A person's word that a complaint repeats another."""

    duplicate_of: BigId
    reason: Line


class TicketOrder(Order):
    """That a ticket is to follow from a complaint."""

    trap_id: Id | None = Field(None, description="needed where the restaurant has several")
    severity: Severity | None = Field(None, description="default: the category's")


class ComplaintTicket(Answer):
    """The ticket that a complaint belongs to."""

    complaint_id: int
    ticket_id: int
    state: str
    problem: str
    trap_id: int


class ReporterContact(Answer):
    """Who reported; reading it is on the record."""

    name: str | None
    phone: str | None
    email: str | None
    account_id: str | None
    device_id: str | None
