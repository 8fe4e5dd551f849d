"""The tree of the index: what stands in tree.yaml, checked. Pure."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import ConfigError

IndicatorCode = Literal[
    "connection",
    "online_time",
    "valid_data",
    "closed",
    "on_time",
    "accepted_on_time",
    "recurrence",
    "complaints",
    "repeated",
]
Weight = Annotated[float, Field(gt=0, le=100)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Indicator(_Model):
    """A figure with its weight within its group; it scores 0 at ``worst`` and 100 at ``best``."""

    code: IndicatorCode
    name: str
    name_en: str
    weight: Weight
    worst: float
    best: float

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.worst == self.best:
            raise ValueError(f"{self.code}: worst and best must differ")
        return self


class Group(_Model):
    """Indicators of one concern, with the weight of the concern."""

    code: str
    name: str
    name_en: str
    weight: Weight
    indicators: Annotated[Sequence[Indicator], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _check_sum(self.code, [indicator.weight for indicator in self.indicators])
        return self


class Grade(_Model):
    """From which score on a grade is given."""

    grade: Annotated[str, Field(min_length=1, max_length=4)]
    at_least: float = Field(alias="from", ge=0, le=100)


class Tree(_Model):
    """One edition of the index."""

    version: str
    grades: Annotated[Sequence[Grade], Field(min_length=1)]
    groups: Annotated[Sequence[Group], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _check_sum("groups", [group.weight for group in self.groups])
        edges = [grade.at_least for grade in self.grades]
        if edges != sorted(set(edges), reverse=True) or edges[-1] != 0:
            raise ValueError("grades: from the best to the worst, the last one from 0")
        codes = [indicator.code for group in self.groups for indicator in group.indicators]
        if len(codes) != len(set(codes)):
            raise ValueError("an indicator stands in the tree once")
        return self

    def grade_of(self, score: float) -> str:
        """Return the grade of a score."""
        return next(grade.grade for grade in self.grades if score >= grade.at_least)


def parse_tree(text: str) -> Tree:
    """Return the tree of a file's text.

    Raises: ConfigError: it is none; the text says where.
    """
    try:
        return Tree.model_validate(yaml.safe_load(text))
    except (ValidationError, yaml.YAMLError) as error:
        raise ConfigError(f"town index: {error}") from None


@cache
def load_tree(path: Path | None = None) -> Tree:
    """Return the tree of a file, or the shipped one.

    Raises: ConfigError: the file is not there, or is none.
    """
    if path is None:
        return parse_tree(files(__package__).joinpath("tree.yaml").read_text("utf-8"))
    try:
        return parse_tree(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"town index: {path}: {error.strerror}") from None


def _check_sum(what: str, weights: Sequence[float]) -> None:
    if abs(sum(weights) - 100) > 1e-9:
        raise ValueError(f"{what}: weights add up to {sum(weights):g}, not 100")
