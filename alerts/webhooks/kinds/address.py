"""The address and the sign key of a robot: what must be in them, and what of them may be seen."""

from collections.abc import Callable
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

SIGN_KEY_CHARS_MAX = 200
#: So many characters at the end tell one robot from another, and no more than that.
_SHOWN_CHARS = 4


def query_has(name: str) -> Callable[[str], None]:
    """Return a check that a URL names a robot in a query parameter, on whatever host.

    Counties reach the vendors through relays of their own, so the host is not looked at.
    """

    def _check(url: str) -> None:
        if not any(parse_qs(urlsplit(url).query).get(name, [])):
            raise ValueError(f"a robot of this kind has {name}=… in its URL")

    return _check


def path_ends(name: str) -> Callable[[str], None]:
    """Return a check that a URL names a robot in its path after a segment ``name``."""

    def _check(url: str) -> None:
        *_, before, last = ("", "", *urlsplit(url).path.split("/"))
        if before != name or not last:
            raise ValueError(f"a robot of this kind has /{name}/… at the end of its URL")

    return _check


def sign_key(secret: str) -> None:
    """Accept a vendor's sign key, or '' where the robot has none.

    Raises: ValueError: it is no line of printable characters. The text never holds the key.
    """
    if len(secret) > SIGN_KEY_CHARS_MAX or not secret.isascii() or not secret.isprintable():
        raise ValueError(f"a sign key has at most {SIGN_KEY_CHARS_MAX} printable characters")


def no_secret(secret: str) -> None:
    """Refuse a sign key.

    Raises: ValueError: there is one.
    """
    if secret:
        raise ValueError("robots of this kind have no sign key: the key in the URL is the secret")


def names(url: str) -> tuple[str, ...]:
    """Return the parts of a robot's URL that say which one it is: parameters, or the path's end."""
    parts = urlsplit(url)
    values = tuple(value for _, value in parse_qsl(parts.query))
    return values or (parts.path.rpartition("/")[2],)


def redacted(url: str) -> str:
    """Return what may be seen of a robot's URL: scheme, host, and its last characters."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/***{url[-_SHOWN_CHARS:]}"


def with_query(url: str, query: tuple[tuple[str, str], ...]) -> str:
    """Return a URL with more query parameters; those that it has stay as they were written."""
    if not query:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}"


def reachable(public_url: str) -> str | None:
    """Return the address of our pages without a slash at its end; None: only this machine has it.

    A link to loopback would lead every reader of a chat to a machine of their own.
    """
    host = urlsplit(public_url).hostname or ""
    if host in {"localhost", "::1"} or host.startswith("127."):
        return None
    return public_url.rstrip("/")
