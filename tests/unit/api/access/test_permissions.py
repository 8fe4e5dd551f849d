"""The table of permissions is complete, and is the one that was agreed on."""

from api.access.model import Caller, Role, Scope
from api.access.permissions import PERMISSIONS
from api.app import ROUTERS
from tests.access_matrix import ROLES, rows

OPENINGS = {"always": "O", "loopback": "L", "public": "P", "by_key": "K", "never": "-"}


def test_every_route_stands_in_the_table_and_nothing_else_does() -> None:
    names = [getattr(route, "name", "") for router in ROUTERS for route in router.routes]
    assert sorted(names) == sorted(PERMISSIONS), "api/access/permissions.py, then the matrix"


def test_it_is_the_matrix() -> None:
    assert tuple(Role) == ROLES
    expected = rows()
    assert list(PERMISSIONS) == list(expected)
    for name, permission in PERMISSIONS.items():
        row = expected[name]
        mark = "C" if permission.is_county else "x"
        marks = {role: mark if role in permission.roles else "." for role in Role}
        assert (OPENINGS[permission.opening.value], marks) == (row.opening, row.marks), name
        assert permission.scopes == _spelt_out(row.scopes), name


def _spelt_out(scopes: frozenset[str]) -> frozenset[str]:
    if scopes == {"*"}:
        return frozenset(Scope)
    if scopes == {"tickets:*"}:
        return frozenset(scope for scope in Scope if scope.startswith("tickets:"))
    return scopes


def test_nobody_is_let_in_for_nothing() -> None:
    nobody = Caller("x")
    assert not [name for name, permission in PERMISSIONS.items() if permission.allows(nobody)]


def test_no_token_makes_accounts_or_tokens() -> None:
    token = Caller("x", scopes=frozenset(Scope))
    refused = {name for name, permission in PERMISSIONS.items() if not permission.allows(token)}
    assert {"create_token", "create_account", "update_account", "set_account_password"} <= refused
