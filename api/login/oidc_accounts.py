"""Which account a person gets whom the identity provider vouches for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from alerts.evidence import audit
from api.access import accounts
from api.access.model import Role
from api.access.records import AccountFields
from api.login import store
from api.login.store import LoginRow
from core.db import Connection
from core.errors import ConfigError, ForbiddenError
from core.settings import AccessSettings


def role_map(settings: AccessSettings) -> dict[str, Role]:
    """Return which group of the provider has which role.

    Raises: ConfigError: an entry is not group=role.
    """
    roles: dict[str, Role] = {}
    for entry in settings.oidc_roles:
        group, found, role = entry.rpartition("=")
        if not found or not group or role not in frozenset(Role):
            raise ConfigError(f"TRAPWATCH_ACCESS__OIDC_ROLES: group=role expected, {entry!r} given")
        roles[group] = Role(role)
    return roles


def find_account(
    connection: Connection, claims: Mapping[str, Any], settings: AccessSettings, now: datetime
) -> LoginRow:
    """Return the account of checked claims, made or brought up to date by them.

    It is found by who they are at the provider; at the first login by the name claim, of accounts
    without a password only: a name there must not take over an account of ours.

    Raises: ForbiddenError: there is none, it is not active, or no group has a role here.
    """
    mapping = role_map(settings)
    subject = f"{settings.oidc_issuer}\n{claims['sub']}"
    name = claims.get(settings.oidc_name_claim)
    roles = _roles(claims.get(settings.oidc_roles_claim), mapping) if mapping else None
    if roles is not None and not roles:
        raise ForbiddenError("none of your groups at the identity provider has a role here")
    found = store.select_oidc_login(connection, subject)
    if found is None and isinstance(name, str):
        found = store.select_login(connection, name)
        if found is not None and (found.password_hash or found.oidc_subject):
            raise ForbiddenError(f"the account {name!r} belongs to somebody else")
        if found is None and settings.oidc_create_accounts and roles:
            accounts.add_account(
                connection, name, AccountFields(roles=tuple(roles)),
                oidc_subject=subject, actor=name, now=now,
            )  # fmt: skip
            found = store.select_login(connection, name)
    if found is None:
        raise ForbiddenError("there is no account for you here; an administrator can make one")
    if not found.is_active:
        raise ForbiddenError("your account is not active")
    _bring_up_to_date(connection, found, subject, roles, now)
    return found


def _bring_up_to_date(
    connection: Connection,
    found: LoginRow,
    subject: str,
    roles: Sequence[Role] | None,
    now: datetime,
) -> None:
    wanted = list(found.roles) if roles is None else list(roles)
    if store.update_oidc(connection, found.account_id, subject, wanted, now):
        audit.record(
            connection,
            at=now,
            actor=found.name,
            action="account.changed_by_provider",
            subject_kind="account",
            subject_id=found.name,
            detail={"roles": wanted},
        )


def _roles(groups: object, mapping: Mapping[str, Role]) -> list[Role]:
    named = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    return sorted(
        {mapping[group] for group in named if isinstance(group, str) and group in mapping}
    )
