"""The login page, the login, the logout, and the way over an identity provider."""

from collections.abc import Mapping
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Annotated, Any, NamedTuple
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse

from api.access.cookies import cookie_name, drop_cookie, set_cookie
from api.access.guard import GuardedRoute, address_of
from api.dependencies import NowDep, OwnTransactionDep, Services, ServicesDep, WhoDep
from api.login import attempts
from api.login.attempts import Attempt, Refused
from api.login.oidc import Handshake, IdentityProvider, ProviderUnavailableError
from api.login.oidc_accounts import find_account
from api.login.store import LoginRow
from api.pages.templates import page
from core.db import Connection
from core.errors import ForbiddenError, NotFoundError
from core.log import get_logger

_log = get_logger("api.login")

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, route_class=GuardedRoute
)

#: The cookie that carries a login to the identity provider and back; and where to go afterwards.
_HANDSHAKE, _NEXT = "trapwatch-login", "trapwatch-next"


class _ProviderRefusal(NamedTuple):
    """Why a login over the identity provider comes to nothing."""

    why: str


@router.get("/login")
def show_login(
    request: Request,
    services: ServicesDep,
    target: Annotated[str, Query(alias="next")] = "/",
) -> Response:
    """The form."""
    return _page(request, services, target)


@router.post("/login")
def log_in(
    *,
    request: Request,
    services: ServicesDep,
    connection: OwnTransactionDep,
    now: NowDep,
    name: Annotated[str, Form(max_length=60)],
    password: Annotated[str, Form(max_length=200)],
    target: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Come in by password; what is wrong with it is not said, and every failure is counted."""
    attempt = Attempt(name.strip(), password, address_of(request))
    outcome = attempts.try_password(connection, attempt, now)
    if isinstance(outcome, Refused):
        problem, status = ("wait", 429) if outcome.wait_s else ("refused", 401)
        answer = _page(request, services, target, problem=problem, status=status)
        if outcome.wait_s:
            answer.headers["Retry-After"] = str(outcome.wait_s)
        return answer
    return _let_in(request, services, connection, outcome, target, by="password")


@router.post("/logout")
def log_out(
    *, services: ServicesDep, connection: OwnTransactionDep, who: WhoDep, now: NowDep
) -> Response:
    """End the session."""
    answer = RedirectResponse("/login", 303)
    if who.session_hash is not None:
        attempts.end_session(connection, who.session_hash, who.name, now)
    drop_cookie(answer, services.settings)
    return answer


@router.get("/login/oidc")
def start_oidc_login(
    request: Request, services: ServicesDep, target: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """Send the browser to the identity provider."""
    provider = _provider(services)
    handshake = Handshake.make(lambda: token_urlsafe(32))
    try:
        answer = RedirectResponse(provider.login_url(handshake), 303)
    except ProviderUnavailableError as error:
        _log.warning("identity_provider_unavailable", error=str(error))
        return _page(request, services, target, problem="oidc_refused", status=401)
    set_cookie(answer, services.settings, str(handshake), _HANDSHAKE)
    set_cookie(answer, services.settings, _inside(target), _NEXT)
    return answer


def _redeemed(
    request: Request, services: ServicesDep, code: str = "", state: str = ""
) -> Mapping[str, Any] | _ProviderRefusal:
    """Return what the provider vouches for, or why it does not; it may take its time."""
    cookie = request.cookies.get(cookie_name(services.settings, _HANDSHAKE), "")
    handshake = Handshake.parse(cookie)
    if handshake is None or not code or not _same(handshake.state, state):
        return _ProviderRefusal("this login did not begin here")
    try:
        return _provider(services).redeem(code, handshake)
    except (ForbiddenError, ProviderUnavailableError) as error:
        return _ProviderRefusal(str(error))


@router.get("/login/oidc/callback")
def finish_oidc_login(
    *,
    request: Request,
    services: ServicesDep,
    # Before the transaction: no connection waits for the provider.
    claims: Annotated[Mapping[str, Any] | _ProviderRefusal, Depends(_redeemed)],
    connection: OwnTransactionDep,
    now: NowDep,
) -> Response:
    """Take the browser back, with the code for which the provider gives the ID token."""
    target = request.cookies.get(cookie_name(services.settings, _NEXT), "/")
    try:
        if isinstance(claims, _ProviderRefusal):
            raise ForbiddenError(claims.why)
        account = find_account(connection, claims, services.settings.access, now)
    except ForbiddenError as error:
        attempts.record_provider_refusal(connection, str(error), address_of(request), now)
        answer = _page(request, services, target, problem="oidc_refused", status=401)
    else:
        answer = _let_in(request, services, connection, account, target, by="oidc")
    for name in (_HANDSHAKE, _NEXT):
        drop_cookie(answer, services.settings, name)
    return answer


def _let_in(
    request: Request,
    services: Services,
    connection: Connection,
    account: LoginRow,
    target: str,
    *,
    by: str,
) -> Response:
    session = attempts.begin_session(
        connection,
        account,
        s_max=services.settings.access.session_s_max,
        by=by,
        address=address_of(request),
        old=request.cookies.get(cookie_name(services.settings)),
        now=services.clock.now(),
    )
    answer = RedirectResponse(_inside(target), 303)
    set_cookie(answer, services.settings, session)
    return answer


def _provider(services: Services) -> IdentityProvider:
    if services.provider is None:
        raise NotFoundError("no identity provider is configured")
    return services.provider


def _inside(target: str) -> str:
    """Return where to go after a login: only ever a page of ours."""
    is_ours = target.startswith("/") and not unquote(target).startswith(("//", "/\\"))
    return target if is_ours and target.isascii() and target.isprintable() else "/"


def _same(one: str, other: str) -> bool:
    return compare_digest(one.encode(), other.encode())


def _page(
    request: Request, services: Services, target: str, *, problem: str = "", status: int = 200
) -> Response:
    return page(
        request,
        "login.html",
        status=status,
        mode="",
        next=_inside(target),
        problem=problem,
        has_oidc=services.provider is not None,
    )
