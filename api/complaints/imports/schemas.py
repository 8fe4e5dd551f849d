"""What the import routes answer."""

from datetime import datetime

from pydantic import Field

from api.schemas import Answer


class ImportCounts(Answer):
    """Rows; the others add up to ``read``."""

    read: int
    new: int
    known: int = Field(description="there already, and nothing changed")
    updated: int = Field(description="there already, with another status now")
    skipped: int = Field(description="not about sewers, grease, odour or fume")
    bad: int


class ImportFinding(Answer):
    """What is wrong with a row, or doubtful about one that was taken."""

    line: int = Field(description="where the row begins; the header is line 1")
    column: str | None = Field(description="null: the whole row")
    value: str
    reason: str


class ComplaintImport(Answer):
    """A file that was taken in."""

    import_id: int
    profile: str
    file_name: str
    file_sha256: str
    actor: str
    imported_at: datetime
    counts: ImportCounts


class ComplaintImportWithFindings(ComplaintImport):
    """A file with what was found in it."""

    problems: list[ImportFinding]
    remarks: list[ImportFinding]


class ImportReport(Answer):
    """What became of a file, or would become of it."""

    profile: str
    file_name: str
    file_sha256: str
    encoding: str
    dry_run: bool = Field(description="nothing was stored")
    refused: bool = Field(description="strict, and a row was bad: nothing was stored")
    import_id: int | None
    counts: ImportCounts
    matched: int = Field(description="restaurants that were found")
    suggested: int = Field(description="complaints that wait for a person to choose")
    duplicates: int = Field(description="complaints that repeat an earlier one")
    skipped_types: dict[str, int]
    problems: list[ImportFinding] = Field(description="of bad rows; one row may have several")
    remarks: list[ImportFinding] = Field(description="of rows that were taken nevertheless")
