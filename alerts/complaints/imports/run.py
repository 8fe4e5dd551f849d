"""A file of complaints into the database: streamed, in one transaction, the same twice is once.

A dry run does everything and undoes it, so its report is exactly that of the real one.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import BinaryIO, NamedTuple

from alerts.complaints import intake
from alerts.complaints import store as complaints
from alerts.complaints.imports import store
from alerts.complaints.imports.profile import choose
from alerts.complaints.imports.report import ImportReport
from alerts.complaints.imports.rows import FileMapping, MappedRow, map_row
from alerts.complaints.matching import MatchState
from alerts.complaints.model import KnownComplaint, NewComplaint
from alerts.complaints.positions import CoordinateSystem
from alerts.complaints.towns import Town
from alerts.evidence import audit
from alerts.evidence.model import AuditEvent
from core.db import AdvisoryLock, Connection, wait_lock
from core.delimited import FileFacts, examine, finding, header, read
from core.errors import InvalidRequestError
from core.instant import format_rfc3339, to_us

_BATCH_ROWS = 1_000


class ImportOptions(NamedTuple):
    """How a file is taken in.

    ``is_strict``: one bad row refuses the whole file. ``town_code``: for rows that name no town.
    ``coordinate_system`` and ``encoding`` None: the profile's, and what the bytes look like.
    """

    profile: str = "auto"
    is_dry_run: bool = False
    is_strict: bool = False
    town_code: str | None = None
    coordinate_system: CoordinateSystem | None = None
    encoding: str | None = None
    window: timedelta = intake.WINDOW_DEFAULT
    bytes_max: int | None = None


class _UndoneError(Exception):
    """Ends the transaction of a dry run or of a refused file."""


def import_file(
    connection: Connection,
    file: BinaryIO,
    file_name: str,
    options: ImportOptions,
    *,
    actor: str,
    now: datetime,
    progress: Callable[[int], None] = lambda _count: None,
) -> ImportReport:
    """Take in a seekable file; return what became of its rows.

    ``progress`` is told how many rows have been read. One import at a time; the lock and the
    rows are held until the caller's transaction ends, if there is one.

    Raises: InvalidRequestError: it is no such file as a whole.
    """
    facts = examine(file, options.encoding, bytes_max=options.bytes_max)
    names = header(file, facts)
    profile = choose(options.profile, names)
    report = ImportReport(profile.name, file_name, facts.sha256, facts.encoding, options.is_dry_run)
    mapping = FileMapping(
        profile,
        profile.bind(names),
        options.coordinate_system or profile.coordinate_system,
        now,
    )
    try:
        with connection.transaction():
            wait_lock(connection, AdvisoryLock.COMPLAINT_IMPORT)
            run = _Run(connection, report, options, actor, now)
            batches = _batches(_mapped(file, facts, mapping, report, progress))
            for count, batch in enumerate(batches, 1):
                run.take(batch)
                if count & (count - 1) == 0:  # after 1, 2, 4, 8 … batches
                    store.analyze_complaints(connection)
            run.finish()
            report.is_refused = options.is_strict and report.bad > 0
            if report.is_dry_run or report.is_refused:
                raise _UndoneError
    except _UndoneError:
        report.import_id = None
    return report


class _Run:
    """One import's way through the database."""

    def __init__(
        self,
        connection: Connection,
        report: ImportReport,
        options: ImportOptions,
        actor: str,
        now: datetime,
    ) -> None:
        self._connection = connection
        self._report = report
        self._window = options.window
        self._actor = actor
        self._now = now
        self._towns = complaints.select_towns(connection)
        self._town_id = _town(self._towns, options.town_code)
        self._import_id = store.insert_import(
            connection, profile=report.profile, file_name=report.file_name,
            file_sha256=report.file_sha256, actor=actor, now=now,
        )  # fmt: skip

    def take(self, batch: Sequence[MappedRow]) -> None:
        """Store a batch whose complaints all have different numbers."""
        rows = self._with_restaurants(batch)
        if not rows:
            return
        new_of = {row.external_ref or "": row for row in rows}
        known = complaints.lock_known(self._connection, rows[0].source, list(new_of))
        changes = [
            changed
            for reference, before in known.items()
            if (changed := _changed(before, new_of[reference])) is not None
        ]
        self._update(changes, known)
        self._report.updated += len(changes)
        self._report.known += len(known) - len(changes)
        fresh = [row for reference, row in new_of.items() if reference not in known]
        fresh.sort(key=lambda row: row.received_at)
        taken = intake.take_in(
            self._connection, fresh, now=self._now, window=self._window, import_id=self._import_id,
            towns=self._towns, town_id_default=self._town_id,
        )  # fmt: skip
        states = [match.state for match in taken.matches.values()]
        self._report.new += len(taken.complaint_ids)
        self._report.known += len(fresh) - len(taken.complaint_ids)
        self._report.matched += states.count(MatchState.AUTOMATIC)
        self._report.suggested += states.count(MatchState.SUGGESTED)
        self._report.duplicates += taken.duplicate_count

    def finish(self) -> None:
        """Write the report and the audit row."""
        report = self._report
        report.import_id = self._import_id
        findings = report.findings
        for start in range(0, len(findings), _BATCH_ROWS):
            part = findings[start : start + _BATCH_ROWS]
            store.insert_findings(self._connection, self._import_id, start, part)
        store.finish_import(self._connection, self._import_id, report.counts())
        detail = {
            "profile": report.profile,
            "file_name": report.file_name,
            "file_sha256": report.file_sha256,
            **report.counts(),
        }
        event = AuditEvent(
            self._now,
            self._actor,
            "complaint.imported",
            "complaint_import",
            str(self._import_id),
            detail,
        )
        audit.record_all(self._connection, [event])

    def _with_restaurants(self, batch: Sequence[MappedRow]) -> list[NewComplaint]:
        """Return the batch's complaints with the restaurants that they name by number."""
        wanted = {row.register_no for row in batch if row.complaint and row.register_no}
        known = complaints.select_restaurants_by_no(self._connection, wanted) if wanted else {}
        found: list[NewComplaint] = []
        for row in batch:
            if row.complaint is None:
                continue
            if row.register_no and row.register_no not in known:
                reason = "no restaurant of this number in the register"
                self._report.findings.append(
                    finding(row.line, "register_no", row.register_no, reason)
                )
                self._report.bad += 1
                continue
            restaurant_id = known.get(row.register_no or "")
            complaint = row.complaint._replace(restaurant_id=restaurant_id)
            found.append(complaint)
        return found

    def _update(self, changes: Sequence[KnownComplaint], known: dict[str, KnownComplaint]) -> None:
        if not changes:
            return
        complaints.update_statuses(self._connection, changes, self._now)
        before = {entry.complaint_id: entry for entry in known.values()}
        audit.record_all(
            self._connection,
            [
                AuditEvent(
                    self._now,
                    self._actor,
                    "complaint.status_changed",
                    "complaint",
                    str(change.complaint_id),
                    {
                        "complaint_import_id": self._import_id,
                        "from": before[change.complaint_id].status,
                        "to": change.status,
                        "closed_at": change.closed_at and format_rfc3339(to_us(change.closed_at)),
                    },
                )
                for change in changes
            ],
        )


def _changed(before: KnownComplaint, row: NewComplaint) -> KnownComplaint | None:
    """Return what a row says later about a complaint; None: nothing else than before."""
    after = KnownComplaint(before.complaint_id, row.status, row.closed_at, row.status_note)
    return None if after == before else after


def _town(towns: Sequence[Town], code: str | None) -> int | None:
    if code is None:
        return None
    for town in towns:
        if town.code == code:
            return town.town_id
    raise InvalidRequestError(f"town: there is no town {code!r}")


def _mapped(
    file: BinaryIO,
    facts: FileFacts,
    mapping: FileMapping,
    report: ImportReport,
    progress: Callable[[int], None],
) -> Iterator[MappedRow]:
    """Yield the rows that became complaints; count the others and keep every finding."""
    for row in read(file, facts):
        mapped = map_row(row, mapping)
        report.read += 1
        report.findings.extend(mapped.findings)
        if mapped.skipped is not None:
            report.skip(mapped.skipped)
        elif mapped.complaint is None:
            report.bad += 1
        else:
            yield mapped
        if report.read % _BATCH_ROWS == 0:
            progress(report.read)
    progress(report.read)


def _batches(rows: Iterator[MappedRow]) -> Iterator[list[MappedRow]]:
    """Yield rows by the thousand; one that repeats a number of its batch begins the next one."""
    batch: list[MappedRow] = []
    references: set[str | None] = set()
    for row in rows:
        assert row.complaint is not None, "only complaints are batched"
        reference = row.complaint.external_ref
        if len(batch) == _BATCH_ROWS or reference in references:
            yield batch
            batch, references = [], set()
        batch.append(row)
        references.add(reference)
    if batch:
        yield batch
