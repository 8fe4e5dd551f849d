"""The SQL of rules and overrides: one function a query."""

from datetime import datetime

from psycopg.types.json import Jsonb

from api.rules.schemas import Override, OverrideOrder, Rule, Scope
from api.store import fetch_all, write
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("api.rules")


def select_rules(connection: Connection, code: str | None = None) -> list[Rule]:
    """Return the rules in force."""
    return fetch_all(connection, _QUERIES["select_rules"], {"code": code}, Rule)


def select_overrides(
    connection: Connection, rule_code: str, scope: Scope | None = None, scope_ref: str = ""
) -> list[Override]:
    """Return a rule's overrides, widest scope first."""
    parameters = {"rule_code": rule_code, "scope": scope, "scope_ref": scope_ref}
    return fetch_all(connection, _QUERIES["select_overrides"], parameters, Override)


def scope_exists(connection: Connection, scope: Scope, scope_ref: str) -> bool:
    """Return whether there is such a place."""
    parameters = {"scope": scope, "scope_ref": scope_ref}
    row = connection.execute(_QUERIES["scope_exists"], parameters).fetchone()
    return bool(row and row[0])


def upsert_override(
    connection: Connection,
    rule_code: str,
    scope: Scope,
    scope_ref: str,
    *,
    order: OverrideOrder,
    now: datetime,
) -> None:
    """Set the thresholds of a place."""
    parameters = {
        "rule_code": rule_code,
        "scope": scope,
        "scope_ref": scope_ref,
        "parameters": Jsonb(order.parameters),
        "reason": order.reason,
        "now": now,
    }
    write(connection, _QUERIES["upsert_override"], parameters, {})


def delete_override(connection: Connection, rule_code: str, scope: Scope, scope_ref: str) -> bool:
    """Delete the thresholds of a place; return whether there were any."""
    parameters = {"rule_code": rule_code, "scope": scope, "scope_ref": scope_ref}
    return write(connection, _QUERIES["delete_override"], parameters, {}) is not None
