"""Secrets that are made once and kept in a file of their owner."""

import secrets
from collections.abc import Callable
from pathlib import Path


def kept_secret(file: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(18)) -> str:
    """Return the secret in ``file``, made at the first use."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        partial.touch(mode=0o600)
        partial.chmod(0o600)
        partial.write_text(make(), "ascii")
        partial.rename(file)
    return file.read_text("ascii").strip()
