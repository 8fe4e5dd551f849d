"""Accounts and oneself as the API tells them."""

from pydantic import Field, SecretStr

from api.access.model import Role, Scope
from api.access.records import AccountFields, Name
from api.schemas import Answer, Order


class NewAccountOrder(AccountFields):
    """A person who is to come in; without a password by the identity provider only."""

    name: Name
    password: SecretStr | None = None


class PasswordOrder(Order):
    """Another password for somebody."""

    password: SecretStr


class OwnPasswordOrder(Order):
    """Another password for oneself, proven by the one so far."""

    old: SecretStr
    new: SecretStr


class Me(Answer):
    """Who the caller is and what they may do."""

    name: str
    roles: list[Role]
    scopes: list[Scope]
    towns: list[str] = Field(description="town codes; empty: the whole county")
    units: list[str] | None = Field(description="for which units they handle tickets; null: any")
    csrf_token: str | None = Field(
        description="of a login: to be sent as X-CSRF-Token with every change"
    )
