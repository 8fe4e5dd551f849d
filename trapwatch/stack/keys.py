"""The keys of the embedded stack: made at its first start, kept with its data."""

from pathlib import Path

from alerts.evidence.keys import make_key
from core.settings import Settings
from trapwatch.stack.secret import kept_secret

_SIGNING_KEY = "evidence/signing-key.pem"


def own_keys(settings: Settings, data_dir: Path) -> dict[str, str]:
    """Return variables that name the keys which ``settings`` leave open, made if need be."""
    if settings.evidence.signing_key is None:
        kept_secret(data_dir / _SIGNING_KEY, make_key)
    return present_keys(settings, data_dir)


def present_keys(settings: Settings, data_dir: Path) -> dict[str, str]:
    """Return variables that name those keys in a data directory that exist there."""
    variables: dict[str, str] = {}
    file = data_dir / _SIGNING_KEY
    if settings.evidence.signing_key is None and file.exists():
        variables["TRAPWATCH_EVIDENCE__SIGNING_KEY_FILE"] = str(file)
    if "blob_dir" not in settings.evidence.model_fields_set:
        variables["TRAPWATCH_EVIDENCE__BLOB_DIR"] = str(data_dir / "evidence" / "blobs")
    return variables
