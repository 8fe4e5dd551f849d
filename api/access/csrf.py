"""The proof that a change comes from our own page, not from another site's form or script.

Pure. A cookie comes with every request of a browser, whoever made the browser send it. So a
change by cookie must also carry ``X-CSRF-Token``, which only our pages can read: an HMAC under the
session's secret, bound to that session, with nothing to store (OWASP, "signed double submit").
"""

import hmac
from base64 import urlsafe_b64encode

HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token(session: str) -> str:
    """Return the token that belongs to a session's secret."""
    digest = hmac.digest(session.encode(), b"csrf", "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def is_csrf_token(session: str, given: str | None) -> bool:
    """Return whether ``given`` belongs to the session."""
    return given is not None and hmac.compare_digest(csrf_token(session).encode(), given.encode())
