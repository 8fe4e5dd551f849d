"""Roles and what they allow, in the terms of Mosquitto's dynamic-security plugin. Pure.

Source: Mosquitto 2.0, plugins/dynamic-security/README-dynsec.md. Everything that is not allowed is
denied. Mosquitto 2.0 has no %u in these patterns, so every gateway has a role of its own.
"""

from collections.abc import Sequence
from typing import TypedDict

from core.errors import ConfigError
from ingest.topics import UID_CHARS_MAX

ADMIN, WORKER = "trapwatch-admin", "trapwatch-worker"
GATEWAY_ROLE_PREFIX = "gateway-"
_CONTROL = "$CONTROL/dynamic-security/#"
#: What the worker writes: Sparkplug commands and host state, and the doctor's own messages.
_WORKER_WRITES = (
    "spBv1.0/+/NCMD/+",
    "spBv1.0/+/DCMD/+/+",
    "spBv1.0/STATE/+",
    "trapwatch/doctor/#",
)


class Acl(TypedDict):
    """One permission."""

    acltype: str
    topic: str
    allow: bool


def admin_acls() -> list[Acl]:
    """Return what the administrator of accounts may do: nothing but that."""
    return [_allow("publishClientSend", _CONTROL), *_reading(_CONTROL)]


def worker_acls() -> list[Acl]:
    """Return what ingest workers may do: read everything, write no reading."""
    reads = [acl for topic in ("#", "$SYS/#") for acl in _reading(topic)]
    return reads + [_allow("publishClientSend", topic) for topic in _WORKER_WRITES]


def gateway_acls(gateway_id: str, writes: Sequence[str], reads: Sequence[str]) -> list[Acl]:
    """Return what a gateway may do: write under its own id, and what it was allowed beside.

    Raises: ConfigError: an id or pattern that is none.
    """
    check_gateway_id(gateway_id)
    for pattern in (*writes, *reads):
        _check_pattern(pattern)
    own = [f"trapwatch/v1/{gateway_id}/#", *writes]
    granted = [_allow("publishClientSend", topic) for topic in own]
    return granted + [acl for topic in reads for acl in _reading(topic)]


def check_gateway_id(gateway_id: str) -> None:
    """Refuse an id that could not stand in a topic, or would be a pattern there.

    Raises: ConfigError.
    """
    fits = 0 < len(gateway_id) <= UID_CHARS_MAX and gateway_id.isprintable()
    if not fits or gateway_id != gateway_id.strip() or set("/+#") & set(gateway_id):
        raise ConfigError(
            f"gateway: 1..{UID_CHARS_MAX} printable characters without / + # expected, "
            f"{gateway_id[:80]!r} given"
        )
    if gateway_id in {ADMIN, WORKER}:
        raise ConfigError(f"gateway: {gateway_id} is an account of Trapwatch itself")


def _check_pattern(pattern: str) -> None:
    levels = pattern.split("/")
    fits = pattern and not pattern.startswith("$") and pattern.isprintable()
    wild = all(level in {"+", "#"} or not set("+#") & set(level) for level in levels)
    if not fits or not wild or "#" in levels[:-1] or pattern in {"#", "+"}:
        raise ConfigError(f"a topic pattern such as application/# expected, {pattern!r} given")
    if levels[0] == "trapwatch":
        raise ConfigError(f"{pattern}: topics under trapwatch/ belong to one gateway each")


def _reading(topic: str) -> list[Acl]:
    return [
        _allow("subscribePattern", topic),
        _allow("unsubscribePattern", topic),
        _allow("publishClientReceive", topic),
    ]


def _allow(acltype: str, topic: str) -> Acl:
    return {"acltype": acltype, "topic": topic, "allow": True}
