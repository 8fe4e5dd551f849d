"""What a pack holds, and which of it the ledger's entry of the export vouches for. Pure."""

from collections.abc import Iterable, Mapping
from hashlib import new as new_hash
from hashlib import sha256
from typing import Any

import orjson

FORMAT = "trapwatch-evidence-pack/1"
MANIFEST = "manifest.json"
#: Made after the export was entered in the ledger; each is checked by what it proves.
LATER = frozenset(
    {
        "checkpoint.txt",
        "events.jsonl",
        "keys.txt",
        "proofs/consistency.json",
        "proofs/inclusion.json",
    }
)


def contents_sha256(files: Mapping[str, bytes]) -> str:
    """Return the hash that stands in the ledger: over ``sha256  path`` lines by path."""
    lines = (
        f"{sha256(content).hexdigest()}  {path}\n"
        for path, content in sorted(files.items())
        if path not in LATER
    )
    return sha256("".join(lines).encode()).hexdigest()


def lines_sha256(places: Iterable[int]) -> str:
    """Return the hash that stands in the ledger of which audit lines a pack holds."""
    return sha256("".join(f"{seq}\n" for seq in places).encode()).hexdigest()


def with_manifest(
    files: Mapping[str, bytes], ticket_id: int, *, is_redacted: bool
) -> dict[str, bytes]:
    """Return all files by path, after the manifest that lists them."""
    ordered = dict(sorted(files.items()))
    entries = [
        {
            "path": path,
            "bytes": len(content),
            "sha256": sha256(content).hexdigest(),
            "sm3": new_hash("sm3", content).hexdigest(),
        }
        for path, content in ordered.items()
    ]
    manifest = {
        "format": FORMAT, "ticket_id": ticket_id, "is_redacted": is_redacted, "files": entries,
    }  # fmt: skip
    return {MANIFEST: to_json(manifest), **ordered}


def to_json(document: Any) -> bytes:
    """Return a document as text for people: members sorted, indented, a line feed at the end."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(document, option=options)
