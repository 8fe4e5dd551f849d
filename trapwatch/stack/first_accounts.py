"""The accounts that a new stack begins with: an administrator, or in a demo one a role and unit."""

from pathlib import Path

from alerts.units import store as unit_store
from api.access import accounts, store
from api.access.model import Role
from api.access.records import AccountFields
from core.clock import Clock
from core.db import Connection, connect, translated_errors
from trapwatch.stack.secret import kept_secret

_ACTOR = "trapwatch up"


def make_first_accounts(
    database_url: str, directory: Path, clock: Clock, *, demo: bool
) -> dict[str, str]:
    """Make what is missing; return the passwords by name of the accounts that ``directory`` keeps.

    An administrator is made only where there is no account at all. Passwords stay in files of
    their owner (0600), until somebody changes or deletes them.

    Raises: DatabaseUnavailableError, MisconfiguredDatabaseError.
    """
    made: dict[str, str] = {}
    with connect(database_url, "trapwatch-up") as connection, translated_errors():
        if demo:
            for role in Role:
                if role is not Role.INSPECTOR:
                    made |= _made(connection, directory, role, role, clock)
            # An inspector acts on the tickets of a unit: each of the demo's units has one.
            for unit in unit_store.select_units(connection):
                name = f"inspector-{unit.code}"
                made |= _made(connection, directory, name, Role.INSPECTOR, clock, unit=unit.code)
        elif not store.select_accounts(connection, count_max=1):
            made = _made(connection, directory, Role.ADMIN, Role.ADMIN, clock)
    return made


def _made(
    connection: Connection,
    directory: Path,
    name: str,
    role: Role,
    clock: Clock,
    *,
    unit: str | None = None,
) -> dict[str, str]:
    file = directory / name
    if store.is_account_name(connection, name):
        return {name: file.read_text("ascii").strip()} if file.exists() else {}
    password = kept_secret(file)
    fields = AccountFields(roles=(role,), unit=unit)
    accounts.add_account(connection, name, fields, password=password, actor=_ACTOR, now=clock.now())
    return {name: password}
