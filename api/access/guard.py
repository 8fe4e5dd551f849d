"""The door: every route asks here before it reads its parameters or its body."""

from asyncio import get_running_loop
from collections.abc import Callable, Coroutine
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse

from api.access import csrf
from api.access.cookies import cookie_name
from api.access.identify import identify
from api.access.model import PUBLIC, Caller
from api.access.permissions import PERMISSIONS, Limit, Opening, Permission
from api.access.rate_limits import Allowance
from api.dependencies import Services, services_of
from api.transaction import in_one_thread
from core.errors import ForbiddenError, TooManyRequestsError, UnauthorizedError
from core.settings import AccessSettings

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_NOBODY = Permission()


class GuardedRoute(APIRoute):
    """A route that lets in whom ``permissions`` names, within their allowance."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, in_one_thread(endpoint), **options)

    def get_route_handler(self) -> _Handler:
        """Return the handler, with the door before it."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                allowance = await _admit(request, self.name)
            except UnauthorizedError:
                if self.path.startswith("/api/") or "text/html" not in request.headers.get(
                    "accept", ""
                ):
                    raise
                return RedirectResponse(f"/login?{urlencode({'next': request.url.path})}", 303)
            self.check(request)
            response = await handle(request)
            response.headers.update(allowance.headers)
            return response

        return guarded

    def check(self, request: Request) -> None:
        """Refuse a request of somebody who may come in, before it is handled."""


async def _admit(request: Request, operation: str) -> Allowance:
    """Find out who asks, and let them in: ``request.state.caller`` is who they are.

    Raises: UnauthorizedError, ForbiddenError, TooManyRequestsError, DatabaseUnavailableError.
    """
    services = services_of(request)
    permission = PERMISSIONS.get(operation, _NOBODY)
    caller: Caller | None = None
    if permission.opening is not Opening.ALWAYS:
        caller = await get_running_loop().run_in_executor(
            services.threads, identify, request, services.settings, services.pool, services.clock
        )
    address = address_of(request)
    allowance = _take(services, permission.limit, caller, address)
    if caller is None:
        if not _is_open(permission.opening, services.settings.access, address):
            raise UnauthorizedError("send Authorization: Bearer with a good token, or log in")
        caller = PUBLIC
    else:
        _check(request, services, permission, caller)
    request.state.caller = caller
    return allowance


def _check(request: Request, services: Services, permission: Permission, caller: Caller) -> None:
    if not permission.allows(caller):
        raise ForbiddenError("your roles or scopes do not allow this")
    if permission.is_county and caller.town_ids:
        raise ForbiddenError("this is for those who act for the whole county")
    if caller.session_hash is not None and request.method not in csrf.SAFE_METHODS:
        session = request.cookies[cookie_name(services.settings)]
        if not csrf.is_csrf_token(session, request.headers.get(csrf.HEADER)):
            raise ForbiddenError(f"{csrf.HEADER}: the csrf_token of /api/v1/me expected")


def _take(services: Services, limit: Limit, caller: Caller | None, address: str) -> Allowance:
    access = services.settings.access
    per_minute = {
        Limit.REQUESTS: access.requests_per_min,
        Limit.LOGINS: access.logins_per_min,
        Limit.COMPLAINTS: access.complaints_per_min,
    }[limit]
    is_by_name = caller is not None and limit is not Limit.LOGINS
    whose = ("caller", caller.name) if caller and is_by_name else ("address", address)
    allowance = services.limits.take((limit, whose), per_minute)
    if allowance.wait_s:
        raise TooManyRequestsError(f"{per_minute} a minute are allowed", allowance.headers)
    return allowance


def _is_open(opening: Opening, access: AccessSettings, address: str) -> bool:
    match opening:
        case Opening.ALWAYS:
            return True
        case Opening.LOOPBACK:
            return access.metrics_from_loopback and _is_loopback(address)
        case Opening.BY_KEY:
            return True
        case Opening.PUBLIC:
            return access.public_complaints
        case Opening.NEVER:
            return False


def address_of(request: Request) -> str:
    """Return where a request comes from; behind a proxy on this machine, what that says."""
    return request.client.host if request.client else ""


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
