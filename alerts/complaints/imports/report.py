"""What an import did, row by row: what people correct their file by. Pure."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from core.delimited import Finding

#: So many types of skipped rows are told apart; the rest is summed up.
_TYPE_COUNT_MAX = 50


@dataclass(slots=True)
class ImportReport:
    """Counts of rows, and every finding. ``is_refused``: strict, and something was bad."""

    profile: str
    file_name: str
    file_sha256: str
    encoding: str
    is_dry_run: bool
    is_refused: bool = False
    import_id: int | None = None
    read: int = 0
    new: int = 0
    known: int = 0
    updated: int = 0
    skipped: int = 0
    bad: int = 0
    matched: int = 0
    suggested: int = 0
    duplicates: int = 0
    skipped_types: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def skip(self, type_: str) -> None:
        """Count a row that is not about what we watch."""
        self.skipped += 1
        is_known = type_ in self.skipped_types or len(self.skipped_types) < _TYPE_COUNT_MAX
        self.skipped_types[type_ if is_known else "…"] += 1

    def document(self) -> dict[str, Any]:
        """Return it as JSON; bad rows and rows that were taken with a remark stand apart."""
        return {
            "profile": self.profile,
            "file_name": self.file_name,
            "file_sha256": self.file_sha256,
            "encoding": self.encoding,
            "dry_run": self.is_dry_run,
            "refused": self.is_refused,
            "import_id": self.import_id,
            "counts": self.counts(),
            "matched": self.matched,
            "suggested": self.suggested,
            "duplicates": self.duplicates,
            "skipped_types": dict(self.skipped_types.most_common()),
            "problems": [_document(found) for found in self.findings if found.is_bad],
            "remarks": [_document(found) for found in self.findings if not found.is_bad],
        }

    def counts(self) -> dict[str, int]:
        """Return how many rows became what; they add up to ``read``."""
        return {
            name: getattr(self, name)
            for name in ("read", "new", "known", "updated", "skipped", "bad")
        }


def _document(found: Finding) -> dict[str, Any]:
    return {
        "line": found.line,
        "column": found.column,
        "value": found.value,
        "reason": found.reason,
    }
