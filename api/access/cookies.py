"""The cookie that carries a session: what it is called, how it is set, what it proves."""

from starlette.requests import Request
from starlette.responses import Response

from api.access.csrf import csrf_token
from core.settings import Settings

COOKIE = "trapwatch"


def is_https(settings: Settings) -> bool:
    """Return whether people reach the pages by TLS, as the public address says."""
    return settings.api.public_url.startswith("https://")


def cookie_name(settings: Settings, of: str = COOKIE) -> str:
    """Return a cookie's name: with TLS one that no other host and no plain page can set."""
    return f"__Host-{of}" if is_https(settings) else of


def set_cookie(response: Response, settings: Settings, value: str, of: str = COOKIE) -> None:
    """Give a browser a cookie for as long as it is open; the session's end is kept here."""
    response.set_cookie(
        cookie_name(settings, of),
        value,
        secure=is_https(settings),
        httponly=True,
        samesite="lax",
        path="/",
    )


def drop_cookie(response: Response, settings: Settings, of: str = COOKIE) -> None:
    """Take the cookie away again."""
    response.delete_cookie(
        cookie_name(settings, of),
        secure=is_https(settings),
        httponly=True,
        samesite="lax",
        path="/",
    )


def csrf_token_of(request: Request, settings: Settings) -> str | None:
    """Return what our pages must send along with a change; None without a session."""
    session = request.cookies.get(cookie_name(settings))
    return None if session is None else csrf_token(session)
