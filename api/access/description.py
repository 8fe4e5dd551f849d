"""Who may call what, put into the OpenAPI description."""

from typing import Any

from api.access.cookies import COOKIE
from api.access.permissions import PERMISSIONS, Opening


def describe_access(document: dict[str, Any]) -> None:
    """Name the two ways to come in, and each operation's roles and scopes."""
    document.setdefault("components", {})["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "tw_…",
            "description": "a machine token; `trapwatch token create`",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": COOKIE,
            "description": "of a login (`__Host-` before the name with TLS); changes also carry "
            "X-CSRF-Token, the csrf_token of /api/v1/me",
        },
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            _describe(operation)


def _describe(operation: dict[str, Any]) -> None:
    permission = PERMISSIONS.get(operation["operationId"])
    if permission is None:
        return
    ways: list[dict[str, list[str]]] = []
    if permission.opening is not Opening.NEVER:
        ways.append({})
    if permission.scopes:
        ways.append({"token": []})
    if permission.roles:
        ways.append({"session": []})
    operation["security"] = ways
    if permission.roles:
        operation["x-roles"] = sorted(permission.roles)
    if permission.scopes:
        operation["x-scopes"] = sorted(permission.scopes)
