"""Messages as the outbox writes them, on their way to endpoints of every kind."""

from typing import Any

import orjson

from alerts.webhooks.kinds.posting import Posting

#: 2026-01-05 09:00 in Shanghai.
NOW_US = 1_767_574_800_000_000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
UID = "msg_2f6c0f3a9e"

BLOCKAGE: dict[str, Any] = {
    "episode_id": 17, "seq": 1, "rule_id": "R03", "rule_version": 1, "rule_name": "疑似堵塞",
    "rule_name_en": "Blockage suspected",
    "wording": "疑似堵塞：停止排水后液位不回落，或同流量下液位升高",
    "wording_en": "Suspected blockage: the level does not recede",
    "severity": "orange", "status": "firing", "reason": None, "is_delayed": False,
    "is_flapping": False, "escalated_to": None,
    "site": {
        "restaurant_id": 5, "register_no": "JS-0005", "name": "王家小馆", "address": "解放路 8 号",
        "town": "魏塘街道", "lon_deg": 120.92, "lat_deg": 30.84,
    },
    "trap": "T5", "device": "dev-5", "gateway": None, "metric": "level_mm", "value": 812.0,
    "peak_value": 820.0, "threshold": 780.0, "started_at": "2026-01-05T00:10:00Z",
    "fired_at": "2026-01-05T01:00:00Z", "ended_at": None, "ticket_id": 9,
    "url": "/api/v1/alerts/17",
}  # fmt: skip


def message(
    event_type: str = "alert.fired", data: dict[str, Any] | None = None, **changes: Any
) -> bytes:
    """The bytes of a message; by default of a blockage."""
    document = {
        "type": event_type,
        "timestamp": "2026-01-05T01:00:00Z",
        "data": (BLOCKAGE if data is None else data) | changes,
    }
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def posting(body: bytes | None = None, **fields: Any) -> Posting:
    """A message on its way, by default that of a blockage."""
    chosen: dict[str, Any] = {"secrets": (SECRET,), "timestamp_us": NOW_US, **fields}
    return Posting(UID, message() if body is None else body, **chosen)
