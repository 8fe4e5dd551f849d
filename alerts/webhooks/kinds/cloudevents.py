"""CloudEvents 1.0.2, JSON format in structured mode; signed like a standard webhook.

Source: CloudEvents specification 1.0.2, "Required Attributes" (id, source, specversion, type) and
"Optional Attributes"; JSON Event Format 1.0.2. ``source`` and ``id`` (webhook-id) are unique.
"""

import orjson

from alerts.webhooks.kinds.posting import Posting, Request
from alerts.webhooks.kinds.standard import signed

TYPE_PREFIX = "io.trapwatch."
#: Used where no public address is known; a URI as the specification asks.
SOURCE_DEFAULT = "urn:trapwatch"

_CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
_SUBJECTS = (("episode_id", "alerts"), ("ticket_id", "tickets"), ("endpoint_id", "webhooks"))


def render(posting: Posting) -> Request:
    """Return the message as one event.

    Raises: ValueError: the message or a secret is malformed.
    """
    event = {
        "specversion": "1.0",
        "id": posting.message_uid,
        "source": posting.public_url or SOURCE_DEFAULT,
        "type": TYPE_PREFIX + posting.type,
        "time": posting.envelope["timestamp"],
        "datacontenttype": "application/json",
        "data": posting.data,
    }
    subject = _subject(posting)
    if subject is not None:
        event["subject"] = subject
    return signed(posting, _CONTENT_TYPE, orjson.dumps(event, option=orjson.OPT_SORT_KEYS))


def _subject(posting: Posting) -> str | None:
    for name, collection in _SUBJECTS:
        if posting.data.get(name) is not None:
            return f"{collection}/{posting.data[name]}"
    return None
