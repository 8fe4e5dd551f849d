"""The plugin's file that a broker begins with: administrator, worker, all else denied. Pure.

Source: Mosquitto 2.0, plugins/dynamic-security (config.c, auth.c): PBKDF2-HMAC-SHA512 over a
random salt of 12 bytes, both in base64.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from hashlib import pbkdf2_hmac

from trapwatch.broker_accounts.roles import ADMIN, WORKER, admin_acls, worker_acls

#: Mosquitto's own number; our secrets are random, so that there is nothing to guess.
_ITERATIONS = 101
_SALT_BYTES = 12
_HASH_BYTES = 64


def initial_file(
    admin_secret: str, worker_secret: str, random_bytes: Callable[[int], bytes]
) -> str:
    """Return the JSON text of dynamic-security.json."""
    accounts = ((ADMIN, admin_secret), (WORKER, worker_secret))
    document = {
        "defaultACLAccess": {
            "publishClientSend": False,
            "publishClientReceive": False,
            "subscribe": False,
            "unsubscribe": False,
        },
        "clients": [
            {
                "username": name,
                "textname": "Trapwatch",
                "roles": [{"rolename": name}],
                **_hashed(secret, random_bytes(_SALT_BYTES)),
            }
            for name, secret in accounts
        ],
        "groups": [],
        "roles": [
            {"rolename": ADMIN, "acls": admin_acls()},
            {"rolename": WORKER, "acls": worker_acls()},
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _hashed(secret: str, salt: bytes) -> dict[str, str | int]:
    digest = pbkdf2_hmac("sha512", secret.encode(), salt, _ITERATIONS, _HASH_BYTES)
    return {
        "password": b64encode(digest).decode(),
        "salt": b64encode(salt).decode(),
        "iterations": _ITERATIONS,
    }
