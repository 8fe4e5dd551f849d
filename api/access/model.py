"""Who calls: roles of people, scopes of programs, and what both are limited to. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from alerts.tickets import lifecycle
from alerts.tickets.model import Actor

Capacity = lifecycle.Role


class Role(StrEnum):
    """What a person's account may do; an account has one or several."""

    VIEWER = "viewer"  # 查看员
    INSPECTOR = "inspector"  # 处置员
    DISPATCHER = "dispatcher"  # 受理派遣员
    VERIFIER = "verifier"  # 核查员
    SUPERVISOR = "supervisor"  # 督办
    ADMIN = "admin"  # 系统管理员


class Scope(StrEnum):
    """What a program's token may do; a token has one or several."""

    READ = "read"
    EXPORT = "export"
    METRICS = "metrics"
    REGISTER = "register:write"
    ALERTS = "alerts:write"
    OPERATIONS = "operations:write"
    RAINFALL = "rainfall:write"
    COMPLAINTS = "complaints:write"
    REPORTERS = "reporters:read"  # who complained: personal
    RULES = "rules:write"
    UNITS = "units:manage"
    FIGURES = "figures:publish"
    WEBHOOKS = "webhooks:manage"
    TICKETS = "tickets:write"
    TICKETS_CLERK = "tickets:clerk"
    TICKETS_DISPATCHER = "tickets:dispatcher"
    TICKETS_OWNER = "tickets:owner"
    TICKETS_VERIFIER = "tickets:verifier"
    TICKETS_SUPERVISOR = "tickets:supervisor"


#: In which capacities somebody acts on tickets. An administrator manages and acts on none.
CAPACITIES_OF_ROLE: Mapping[Role, frozenset[Capacity]] = MappingProxyType(
    {
        Role.VIEWER: frozenset(),
        Role.INSPECTOR: frozenset({Capacity.OWNER}),
        Role.DISPATCHER: frozenset({Capacity.CLERK, Capacity.DISPATCHER}),
        Role.VERIFIER: frozenset({Capacity.VERIFIER}),
        Role.SUPERVISOR: frozenset({Capacity.SUPERVISOR}),
        Role.ADMIN: frozenset(),
    }
)
CAPACITY_OF_SCOPE: Mapping[Scope, Capacity] = MappingProxyType(
    {
        Scope.TICKETS_CLERK: Capacity.CLERK,
        Scope.TICKETS_DISPATCHER: Capacity.DISPATCHER,
        Scope.TICKETS_OWNER: Capacity.OWNER,
        Scope.TICKETS_VERIFIER: Capacity.VERIFIER,
        Scope.TICKETS_SUPERVISOR: Capacity.SUPERVISOR,
    }
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sends a request. A person has roles, a program has scopes, the public has neither.

    ``town_ids``: empty is the whole county. ``units``: for which units they handle tickets; None
    is any, which only programs have. ``session_hash``: of a person who came by a cookie.
    """

    name: str
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    town_ids: tuple[int, ...] = ()
    units: frozenset[str] | None = frozenset()
    account_id: int | None = None
    session_hash: bytes | None = None

    @property
    def actor(self) -> Actor:
        """Return who they are to a ticket."""
        capacities = {CAPACITY_OF_SCOPE[s] for s in self.scopes if s in CAPACITY_OF_SCOPE}
        for role in self.roles:
            capacities |= CAPACITIES_OF_ROLE[role]
        return Actor(self.name, frozenset(capacities), units=self.units)


#: Whoever hands in a complaint without an account, where that is allowed.
PUBLIC = Caller("public")
