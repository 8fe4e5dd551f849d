"""The accounts that a new stack begins with: an administrator, or in a demo one for each role."""

from pathlib import Path

from alerts.units import actions as units
from alerts.units import store as unit_store
from alerts.units.store import Unit
from api.access import accounts, store
from api.access.model import Role
from api.access.records import AccountFields
from core.clock import Clock
from core.db import Connection, connect, translated_errors
from trapwatch.stack.secret import kept_secret

_ACTOR = "trapwatch up"
_DEMO_UNIT = Unit("demo", "演示养护队", "Demo crew", "")


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
            _make_demo_unit(connection, clock)
            for role in Role:
                made |= _made(connection, directory, role, role, clock)
        elif not store.select_accounts(connection, count_max=1):
            made = _made(connection, directory, Role.ADMIN, Role.ADMIN, clock)
    return made


def _made(
    connection: Connection, directory: Path, name: str, role: Role, clock: Clock
) -> dict[str, str]:
    file = directory / name
    if store.is_account_name(connection, name):
        return {name: file.read_text("ascii").strip()} if file.exists() else {}
    password = kept_secret(file)
    unit = _DEMO_UNIT.code if role is Role.INSPECTOR else None
    fields = AccountFields(roles=(role,), unit=unit)
    accounts.add_account(connection, name, fields, password=password, actor=_ACTOR, now=clock.now())
    return {name: password}


def _make_demo_unit(connection: Connection, clock: Clock) -> None:
    """Give tickets of the demo somebody to go to."""
    now = clock.now()
    if not unit_store.select_units(connection):
        units.add_unit(connection, _DEMO_UNIT, actor=_ACTOR, now=now)
        units.set_route(
            connection, town=None, problem=None, unit=_DEMO_UNIT.code, actor=_ACTOR, now=now
        )
