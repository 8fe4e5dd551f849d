"""Test files: reading them, and the rules they are about; beside ``sources`` the one that reads."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from alerts.rule_tests import located, sources
from alerts.rule_tests.case import Case, Defaults, RuleTestFile
from alerts.rule_tests.sources import Problem, RuleSources
from alerts.rules.definition import RuleDefinition
from core.errors import InvalidRequestError

#: In ``rule_files``: the shipped rules.
CATALOGUE = "catalogue"
_SHIPPED = "alerts.rules.catalogue_tests"


@dataclass(slots=True)
class Suite:
    """The tests of one file, or why it cannot be run. ``places``: file:line of each test."""

    file: str
    rules: list[RuleDefinition] = field(default_factory=list)
    defaults: Defaults = field(default_factory=Defaults)
    cases: list[Case] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Return the files themselves and all tests in folders, each once.

    In folders, ``*.rules.yaml`` are rules, and other YAML files tests.
    """
    found: dict[Path, None] = {}
    for path in paths:
        inside = [p for p in sorted(path.rglob("*.yaml")) if not p.name.endswith(".rules.yaml")]
        found.update(dict.fromkeys(inside if path.is_dir() else [path]))
    return list(found)


def shipped_files() -> list[Path]:
    """Return the tests that ship with the rules."""
    return files_in([Path(str(files(_SHIPPED)))])


def read_suite(path: Path) -> Suite:
    """Return what a test file holds; problems instead where it cannot be understood."""
    suite = Suite(str(path))
    try:
        document = located.parse(str(path), path.read_text("utf-8"))
        parsed = RuleTestFile.model_validate(document.value)
    except (OSError, UnicodeDecodeError) as error:
        suite.problems.append(Problem(str(path), f"cannot be read: {error}"))
        return suite
    except InvalidRequestError as error:
        place, _, message = str(error).partition(": ")
        suite.problems.append(Problem(place, message))
        return suite
    except ValidationError as error:
        for item in error.errors(include_url=False, include_input=False):
            name = ".".join(str(part) for part in item["loc"])
            told = f"{name}: {item['msg'].removeprefix('Value error, ')}"
            suite.problems.append(Problem(document.place(item["loc"]), told))
        return suite
    suite.defaults, suite.cases = parsed.defaults, list(parsed.tests)
    suite.places = [document.place(("tests", n)) for n in range(len(suite.cases))]
    found = _rules(path, parsed, document)
    suite.problems += found.problems
    # A file of one's own wins over the catalogue's rule of the same code.
    suite.rules = list({s.definition.code: s.definition for s in found.rules}.values())
    return suite


def _rules(path: Path, parsed: RuleTestFile, document: located.Located) -> RuleSources:
    names = parsed.rule_files or (() if parsed.rules else (CATALOGUE,))
    files: list[Path] = []
    problems: list[Problem] = []
    for number, name in enumerate(names):
        try:
            own = sorted(path.parent.glob(name))
        except (NotImplementedError, ValueError):  # not relative, or empty
            own = []
        inside = sources.catalogue_files() if name == CATALOGUE else own
        files += inside
        if not inside:
            place = document.place(("rule_files", number))
            problems.append(Problem(place, f"rule_files: there is no file {name}"))
    found = sources.read_rules(files)
    here = sources.rules_of(document, ("rules",)) if parsed.rules else RuleSources([], [])
    return RuleSources([*found.rules, *here.rules], [*problems, *found.problems, *here.problems])
