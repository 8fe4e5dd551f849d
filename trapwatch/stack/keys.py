"""The keys of the embedded stack: made at its first start, kept with its data."""

import base64
import secrets
from pathlib import Path

from alerts.evidence.keys import make_key
from alerts.webhooks.sealing.keyring import KEY_BYTES
from core.settings import Settings
from trapwatch.stack.secret import kept_secret

_SIGNING_KEY = "evidence/signing-key.pem"
_WEBHOOK_KEY = "webhooks/secret-key"


def own_keys(settings: Settings, data_dir: Path) -> dict[str, str]:
    """Return variables that name the keys which ``settings`` leave open, made if need be."""
    if settings.evidence.signing_key is None:
        kept_secret(data_dir / _SIGNING_KEY, make_key)
    if settings.webhooks.secret_key is None:
        kept_secret(data_dir / _WEBHOOK_KEY, _make_webhook_key)
    return present_keys(settings, data_dir)


def present_keys(settings: Settings, data_dir: Path) -> dict[str, str]:
    """Return variables that name those keys in a data directory that exist there."""
    variables: dict[str, str] = {}
    signing, webhook = data_dir / _SIGNING_KEY, data_dir / _WEBHOOK_KEY
    if settings.evidence.signing_key is None and signing.exists():
        variables["TRAPWATCH_EVIDENCE__SIGNING_KEY_FILE"] = str(signing)
    if settings.webhooks.secret_key is None and webhook.exists():
        variables["TRAPWATCH_WEBHOOKS__SECRET_KEY_FILE"] = str(webhook)
    if "blob_dir" not in settings.evidence.model_fields_set:
        variables["TRAPWATCH_EVIDENCE__BLOB_DIR"] = str(data_dir / "evidence" / "blobs")
    return variables


def _make_webhook_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
