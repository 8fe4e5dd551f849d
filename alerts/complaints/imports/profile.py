"""How a source's columns are read: profiles as data (``profiles/*.yaml``), checked. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from alerts.complaints.positions import CoordinateSystem
from core.complaint_category import Category
from core.delimited import column_key
from core.errors import InvalidRequestError

FieldName = Literal[
    "external_ref", "received_at", "closed_at", "status", "status_note", "type", "detail",
    "description", "channel", "restaurant_name", "register_no", "town", "address", "lon_deg",
    "lat_deg", "point", "position_kind", "reporter_name", "reporter_phone", "reporter_email",
]  # fmt: skip


def _pattern(text: str) -> str:
    re.compile(text)
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CategoryRule(_Model):
    """What makes a row one of a category; every pattern that is given must be found.

    ``type`` and ``detail`` are searched in those columns, ``text`` in both and the description.
    """

    type: Pattern | None = None
    detail: Pattern | None = None
    text: Pattern | None = None
    category: Category | Literal["skip"]

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.type is None and self.detail is None and self.text is None:
            raise ValueError("type, detail or text expected")
        return self

    def fits(self, type_: str, detail: str, text: str) -> bool:
        """Return whether a row is meant."""
        given = (
            (self.type, type_),
            (self.detail, detail),
            (self.text, f"{type_}\n{detail}\n{text}"),
        )
        return all(
            re.search(pattern, value, re.IGNORECASE)
            for pattern, value in given
            if pattern is not None
        )


class Profile(_Model):
    """One kind of file. ``unlisted``: what a row is that no category rule fits.

    ``columns`` maps our fields to the names they may have; ``area_kinds`` are values of
    ``position_kind`` that mean the middle of an area.
    """

    name: str
    title: str
    source: str
    channel: str
    zone: str
    time_formats: tuple[str, ...]
    coordinate_system: CoordinateSystem
    columns: Mapping[FieldName, tuple[str, ...]]
    required: tuple[FieldName, ...]
    identifying: tuple[str, ...]
    open_statuses: tuple[str, ...] = ()
    closed_statuses: tuple[str, ...] = ()
    area_kinds: tuple[str, ...] = ()
    channels: Mapping[str, str] = Field(default_factory=dict)
    categories: tuple[CategoryRule, ...]
    unlisted: Category | Literal["skip", "bad"]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        ZoneInfo(self.zone)
        missing = set(self.required) - set(self.columns)
        if missing:
            raise ValueError(f"required without a column: {', '.join(sorted(missing))}")
        return self

    @cached_property
    def zone_info(self) -> ZoneInfo:
        """The zone of the source's local times."""
        return ZoneInfo(self.zone)

    def bind(self, header: Sequence[str]) -> dict[FieldName, str]:
        """Return which column of a file holds which field, by normalised name.

        Raises: InvalidRequestError: a required field has no column, or a column stands twice.
        """
        present = [column_key(name) for name in header]
        bound: dict[FieldName, str] = {}
        for field, names in self.columns.items():
            found = next((key for key in map(column_key, names) if key in present), None)
            if found is None:
                continue
            if present.count(found) > 1:
                raise InvalidRequestError(f"column {found} stands twice in the header")
            bound[field] = found
        missing = [
            f"{field} ({' or '.join(self.columns[field])})"
            for field in self.required
            if field not in bound
        ]
        if missing:
            raise InvalidRequestError(f"profile {self.name}: no column for {', '.join(missing)}")
        return bound

    def fits(self, header: Iterable[str]) -> bool:
        """Return whether a file's columns show that it is of this kind."""
        present = {column_key(name) for name in header}
        return all(column_key(name) in present for name in self.identifying)


@cache
def load_profiles() -> Mapping[str, Profile]:
    """Return the profiles by name."""
    found: dict[str, Profile] = {}
    folder = files("alerts.complaints.imports").joinpath("profiles")
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            document: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
            profile = Profile.model_validate(document)
            found[profile.name] = profile
    return found


def choose(name: str, header: Sequence[str]) -> Profile:
    """Return the profile of a name; ``auto``: the one whose columns the file has.

    Raises: InvalidRequestError: there is none, or several fit.
    """
    profiles = load_profiles()
    known = ", ".join(profiles)
    if name != "auto":
        if name not in profiles:
            raise InvalidRequestError(f"profile: auto, {known} expected")
        return profiles[name]
    fitting = [profile for profile in profiles.values() if profile.fits(header)]
    if len(fitting) != 1:
        what = "fits none" if not fitting else f"fits {', '.join(p.name for p in fitting)}"
        raise InvalidRequestError(f"the header {what} of the profiles {known}: name one")
    return fitting[0]
