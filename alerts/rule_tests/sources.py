"""Rules where they are written: the shipped catalogue and operators' files; the one that reads.

A file holds one definition in the catalogue's form, or ``rules:`` with a list of rules in either
form.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from alerts.rule_tests import located
from alerts.rule_tests.located import Key, Located
from alerts.rule_tests.short_form import ShortRule
from alerts.rules.definition import RuleDefinition
from core.errors import InvalidRequestError

_SHORT_KEYS = {"id", "match", "levels"}
#: Where the short form has what a definition has elsewhere.
_WHERE: dict[tuple[Key, ...], tuple[Key, ...]] = {("metric",): ("match", "metric")}


class Problem(NamedTuple):
    """Something wrong with a rule: where, and what was expected."""

    place: str
    message: str

    def __str__(self) -> str:
        """Return it as compilers do."""
        return f"{self.place}: {self.message}"

    @property
    def order(self) -> tuple[str, int]:
        """What to sort by: file, then line."""
        file, _, line = self.place.rpartition(":")
        return (file, int(line)) if file and line.isdecimal() else (self.place, 0)


@dataclass(frozen=True, slots=True)
class RuleSource:
    """A definition and where it stands; ``path`` leads to it inside the document."""

    definition: RuleDefinition
    document: Located
    path: tuple[Key, ...] = ()
    is_short: bool = False

    def place(self, *keys: Key) -> str:
        """Return ``file:line`` of a key of the rule."""
        return self.document.place((*self.path, *keys))


@dataclass(frozen=True, slots=True)
class RuleSources:
    """What was read: rules, and problems of those that could not be."""

    rules: list[RuleSource]
    problems: list[Problem]


def catalogue_files() -> list[Path]:
    """Return the files of the shipped rules, by name."""
    folder = Path(str(files("alerts.rules.catalogue")))
    return sorted(folder.glob("*.yaml"))


def read_rules(paths: Iterable[Path]) -> RuleSources:
    """Return the rules of files; one that cannot be read is a problem."""
    found = RuleSources([], [])
    for path in paths:
        try:
            document = located.parse(str(path), path.read_text("utf-8"))
        except OSError as error:
            found.problems.append(Problem(str(path), f"cannot be read: {error.strerror}"))
            continue
        except UnicodeDecodeError:
            found.problems.append(Problem(str(path), "not UTF-8"))
            continue
        except InvalidRequestError as error:
            place, _, message = str(error).partition(": ")
            found.problems.append(Problem(place, message))
            continue
        one = rules_of(document)
        found.rules.extend(one.rules)
        found.problems.extend(one.problems)
    return found


def rules_of(document: Located, path: tuple[Key, ...] = ()) -> RuleSources:
    """Return the rules of a document, or of the list at ``path`` within it."""
    value: Any = document.value
    for key in path:
        value = value[key]
    if isinstance(value, dict) and "rules" in value and not path:
        value, path = value["rules"], ("rules",)
    items: Sequence[tuple[Any, tuple[Key, ...]]] = [(value, path)]
    if isinstance(value, list):
        items = [(item, (*path, number)) for number, item in enumerate(value)]
    found = RuleSources([], [])
    for item, here in items:
        _take(found, document, item, here)
    return found


def _take(found: RuleSources, document: Located, item: Any, path: tuple[Key, ...]) -> None:
    if not isinstance(item, dict):
        found.problems.append(Problem(document.place(path), "a rule expected (a mapping)"))
        return
    is_short = bool(_SHORT_KEYS & set(item)) and "kind" not in item
    try:
        definition = (
            ShortRule.model_validate(item).definition()
            if is_short
            else RuleDefinition.model_validate(item)
        )
    except ValidationError as error:
        found.problems.extend(_problems(document, path, error))
    else:
        found.rules.append(RuleSource(definition, document, path, is_short))


def _problems(
    document: Located, path: tuple[Key, ...], error: ValidationError
) -> Iterable[Problem]:
    for item in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in item["loc"])
        text = item["msg"].removeprefix("Value error, ")
        # What is wrong with several keys at once names the one to look at first.
        keys = item["loc"] or tuple(text.partition(":")[0].split("."))
        place = document.place((*path, *_WHERE.get(keys, keys)))
        yield Problem(place, f"{name}: {text}" if name else text)
