"""Accounts and tokens as they are shown and told: never with a password, hash or token."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.access.model import Role, Scope
from api.schemas import Answer, Code, Instant, Order

#: Of an account or token; it stands in the audit trail.
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^\s/:]+$"),
]
TownCodes = Annotated[
    tuple[Code, ...], Field(description="town codes; empty: the whole county", max_length=1_000)
]


class AccountFields(Order):
    """What an administrator chooses about an account."""

    display_name: str = Field("", max_length=100)
    roles: tuple[Role, ...] = Field(min_length=1)
    towns: TownCodes = ()
    unit: Code | None = Field(None, description="code of the unit whose tickets they handle")
    is_active: bool = True


class Account(Answer):
    """A person who may come in."""

    account_id: int
    name: str
    display_name: str
    roles: tuple[Role, ...]
    towns: tuple[str, ...]
    unit: str | None
    is_active: bool
    has_password: bool
    has_oidc: bool
    version: int
    created_at: datetime
    updated_at: datetime


class TokenFields(Order):
    """What is chosen about a token."""

    name: Name
    scopes: tuple[Scope, ...] = Field(min_length=1)
    towns: TownCodes = ()
    unit: Code | None = Field(None, description="code of the unit it acts for; null: any")
    expires_at: Instant | None = None


class Token(Answer):
    """A program that may come in."""

    token_id: int
    name: str
    scopes: tuple[Scope, ...]
    towns: tuple[str, ...]
    unit: str | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="to the minute")
    revoked_at: datetime | None
