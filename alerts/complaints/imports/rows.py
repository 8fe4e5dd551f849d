"""One row of a file to one complaint, by a profile. Pure.

Everything that is wrong with a row is found, not the first thing only.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from alerts.complaints.imports.profile import FieldName, Profile
from alerts.complaints.imports.times import read_time
from alerts.complaints.model import NewComplaint, Reporter, Status
from alerts.complaints.positions import CoordinateSystem, Position, to_wgs84
from core.delimited import DelimitedRow, Finding, finding

_CLOCK_AHEAD = timedelta(minutes=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT_CHARS_MAX = 4_000
_LINE_CHARS_MAX = 200
_PAIR = re.compile(r"\(?\s*(-?\d+\.?\d*)\s*,\s*(-?\d+\.?\d*)\s*\)?")
_POINT = re.compile(r"POINT\s*\(\s*(-?\d+\.?\d*)\s+(-?\d+\.?\d*)\s*\)", re.IGNORECASE)
_REPORTER = ("reporter_name", "reporter_phone", "reporter_email")
_EMPTY = frozenset({"", "n/a", "na", "null", "none", "无", "/", "-", "--", "unspecified"})


class MappedRow(NamedTuple):
    """What became of a row: a complaint, or the type that was passed over, and the findings.

    ``register_no`` names a restaurant of the register.
    """

    line: int
    complaint: NewComplaint | None
    skipped: str | None
    register_no: str | None
    findings: list[Finding]


class FileMapping(NamedTuple):
    """What stays the same for all rows of a file: its profile, its columns, and when it is now."""

    profile: Profile
    bound: Mapping[FieldName, str]
    coordinate_system: CoordinateSystem
    now: datetime


def map_row(row: DelimitedRow, mapping: FileMapping) -> MappedRow:
    """Return what a row says; a row that is not about what we watch is passed over first."""
    if row.finding is not None:
        return MappedRow(row.line, None, None, None, [row.finding])
    reading = _Reading(row, mapping)
    category = reading.category()
    if category == "skip":
        return MappedRow(row.line, None, reading.value("type") or "?", None, [])
    complaint = reading.complaint(category)
    is_bad = any(found.is_bad for found in reading.findings)
    register_no = reading.value("register_no") or None
    return MappedRow(row.line, None if is_bad else complaint, None, register_no, reading.findings)


class _Reading:
    """The reading of one row; collects what it finds."""

    def __init__(self, row: DelimitedRow, mapping: FileMapping) -> None:
        self.findings: list[Finding] = []
        self._row = row
        self._profile, self._bound, self._system, self._now = mapping

    def value(self, field: FieldName) -> str:
        """Return a field's cell; "" where the file has no such column or nothing in it."""
        column = self._bound.get(field)
        cell = "" if column is None else self._row.cells.get(column, "")
        return "" if cell.casefold() in _EMPTY else cell

    def category(self) -> str:
        """Return the category, or ``skip``."""
        type_, detail, description = (
            self.value("type"),
            self.value("detail"),
            self.value("description"),
        )
        for rule in self._profile.categories:
            if rule.fits(type_, detail, description):
                return rule.category
        if self._profile.unlisted == "bad":
            self._find("type", type_, "no category of ours")
            return "other"
        return self._profile.unlisted

    def complaint(self, category: str) -> NewComplaint:
        """Return the complaint; it counts only if nothing bad was found."""
        for field in self._profile.required:
            if not self.value(field):
                self._find(field, "", "a value is needed")
        received_at = self._received_at()
        status, closed_at = self._status(received_at)
        parts = [self.value("type"), self.value("detail")]
        return NewComplaint(
            source=self._profile.source,
            external_ref=self._line("external_ref") or self._content_ref(),
            received_at=received_at,
            channel=self._channel(),
            category=category,
            description=self._description(),
            restaurant_name=self._line("restaurant_name") or None,
            town_text=self.value("town"),
            address=self._text("address") or None,
            position=self._position(),
            is_position_area=self._is_area(),
            status=status,
            closed_at=closed_at,
            status_note=self._text("status_note"),
            service_code=" / ".join(filter(None, parts))[:_LINE_CHARS_MAX] or None,
            payload=self._payload(),
            reporter=self._reporter(),
        )

    def _received_at(self) -> datetime:
        given = self._time("received_at")
        if given is None:
            return self._now
        if given > self._now + _CLOCK_AHEAD:
            self._find("received_at", self.value("received_at"), "in the future")
        elif given < _EPOCH:
            self._find("received_at", self.value("received_at"), "before 1970")
        return min(given, self._now)

    def _status(self, received_at: datetime) -> tuple[Status, datetime | None]:
        text = self.value("status")
        closed_at = self._time("closed_at")
        known = text.casefold()
        if known in map(str.casefold, self._profile.closed_statuses):
            is_closed = True
        elif known in map(str.casefold, self._profile.open_statuses):
            is_closed = False
        else:
            is_closed = closed_at is not None
            if text:
                read_as = "closed" if is_closed else "open"
                self._remark("status", text, f"unknown status, read as {read_as}")
        if closed_at is None or not is_closed:
            return ("closed" if is_closed else "open"), None
        # Dates without a time of day are midnight: closed the same day is not before it came in.
        if not received_at.date() <= closed_at.date() or closed_at > self._now + _CLOCK_AHEAD:
            shown = self.value("closed_at")
            self._remark("closed_at", shown, "before it was received or in the future: left out")
            return "closed", None
        return "closed", max(closed_at, received_at)

    def _time(self, field: FieldName) -> datetime | None:
        text = self.value(field)
        if not text:
            return None
        try:
            at, remark = read_time(text, self._profile.time_formats, self._profile.zone_info)
        except (ValueError, OverflowError) as error:
            self._find(field, text, str(error))
            return None
        if remark:
            self._remark(field, text, remark)
        return at

    def _position(self) -> Position | None:
        lon, lat, point = self.value("lon_deg"), self.value("lat_deg"), self.value("point")
        if not lon and not lat:
            if not point:
                return None
            if found := _POINT.search(point):
                lon, lat = found.groups()
            elif found := _PAIR.fullmatch(point):
                lat, lon = found.groups()
            else:
                self._find("point", point, "POINT (lon lat) or (lat, lon) expected")
                return None
        lon_deg = self._degrees("lon_deg", lon, 180)
        lat_deg = self._degrees("lat_deg", lat, 90)
        if lon_deg is None or lat_deg is None:
            return None
        if lon_deg == 0 and lat_deg == 0:
            self._find("lat_deg", f"{lat}, {lon}", "0, 0 lies in the sea: nobody's position")
            return None
        return to_wgs84(Position(lon_deg, lat_deg), self._system)

    def _degrees(self, field: FieldName, text: str, most: float) -> float | None:
        try:
            number = float(text)
        except ValueError:
            self._find(field, text, "degrees such as 120.9213 expected")
            return None
        if not -most <= number <= most:
            self._find(field, text, f"from {-most:g} to {most:g} expected")
            return None
        return number

    def _is_area(self) -> bool:
        kinds = map(str.casefold, self._profile.area_kinds)
        column = self._bound.get("position_kind")
        return column is not None and self._row.cells[column].casefold() in kinds

    def _channel(self) -> str:
        given = self._line("channel")
        return self._profile.channels.get(given, given.casefold()) or self._profile.channel

    def _description(self) -> str:
        own = self._text("description")
        detail = self._text("detail")
        return "\n".join(filter(None, (detail, own)))[:_TEXT_CHARS_MAX]

    def _reporter(self) -> Reporter | None:
        reporter = Reporter(*(self._line(field) or None for field in _REPORTER))  # type: ignore[arg-type]  # names of fields
        return reporter if any(reporter) else None

    def _payload(self) -> dict[str, str]:
        personal = {self._bound.get(field) for field in _REPORTER}  # type: ignore[call-overload]  # names of fields
        cells = self._row.cells.items()
        return {name: cell for name, cell in cells if cell and name not in personal}

    def _content_ref(self) -> str:
        """Return what stands for the number that a source did not give: the same row, the same."""
        text = "\x1f".join(f"{name}\x1e{cell}" for name, cell in sorted(self._row.cells.items()))
        return "row:" + sha256(text.encode()).hexdigest()[:32]

    def _line(self, field: FieldName) -> str:
        return self._bounded(field, _LINE_CHARS_MAX)

    def _text(self, field: FieldName) -> str:
        return self._bounded(field, _TEXT_CHARS_MAX)

    def _bounded(self, field: FieldName, chars_max: int) -> str:
        value = self.value(field)
        if "\0" in value:
            self._find(field, value, "NUL characters cannot be stored")
            return ""
        if len(value) > chars_max:
            self._remark(field, value, f"cut to {chars_max} characters")
        return value[:chars_max]

    def _find(self, field: FieldName, value: str, reason: str) -> None:
        self._keep(field, value, reason, is_bad=True)

    def _remark(self, field: FieldName, value: str, reason: str) -> None:
        self._keep(field, value, reason, is_bad=False)

    def _keep(self, field: FieldName, value: str, reason: str, *, is_bad: bool) -> None:
        shown = "" if field in _REPORTER else value
        found = finding(self._row.line, self._name(field), shown, reason, is_bad=is_bad)
        self.findings.append(found)

    def _name(self, field: FieldName) -> str:
        return self._bound.get(field, field)
