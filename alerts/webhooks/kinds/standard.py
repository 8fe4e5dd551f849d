"""Standard Webhooks 1.0.0: the stored bytes, signed."""

from alerts.webhooks.kinds.posting import Posting, Request
from alerts.webhooks.signing import parse_secret, sign_with_each
from core.instant import SECOND_US


def render(posting: Posting) -> Request:
    """Return the message as it is.

    Raises: ValueError: a secret is malformed.
    """
    return signed(posting, "application/json", posting.body)


def signed(posting: Posting, content_type: str, body: bytes) -> Request:
    """Return a body under the three headers of Standard Webhooks.

    Raises: ValueError: a secret is malformed.
    """
    timestamp_s = posting.timestamp_us // SECOND_US
    signature = sign_with_each(posting.secrets, posting.message_uid, timestamp_s, body)
    headers = (
        ("content-type", content_type),
        ("webhook-id", posting.message_uid),
        ("webhook-timestamp", str(timestamp_s)),
        ("webhook-signature", signature),
    )
    return Request(headers, body)


def check_secret(secret: str) -> None:
    """Accept ``whsec_…``.

    Raises: ValueError.
    """
    parse_secret(secret)
