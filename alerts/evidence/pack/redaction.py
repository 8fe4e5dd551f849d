"""Hiding who is named: in documents of a pack by member name, in audit lines by their commitments.

Pure. A redacted pack still verifies: the ledger's leaves hold commitments to names and free texts,
so that leaving out salt and text changes no hash. Lines older than commitments are withheld whole.
"""

from typing import Any

from alerts.evidence.canonical import PERSONAL, SYSTEM

REDACTED = "[redacted]"
#: Beside those of audit details: columns of documents that name people.
_COLUMNS = PERSONAL | {"ack_note", "acked_by", "actor", "reviewed_by", "uploaded_by"}


def redact(value: Any) -> Any:
    """Return a JSON document without names and free texts."""
    if isinstance(value, dict):
        return {
            key: _hide(item) if key in _COLUMNS else redact(item) for key, item in value.items()
        }
    return [redact(item) for item in value] if isinstance(value, list) else value


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _hide(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hide(item) for item in value]
    is_text = isinstance(value, str) and value not in {"", SYSTEM}
    return REDACTED if is_text else value
