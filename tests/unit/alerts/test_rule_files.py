"""The tests of rules that operators can read, ours and those that ship, in all variations."""

from pathlib import Path

import pytest

from alerts.rule_tests.case import Case
from alerts.rule_tests.coverage import Coverage
from alerts.rule_tests.runner import run_case
from alerts.rule_tests.suite import Suite, files_in, read_suite
from trapwatch.commands.rules_report import result_lines

ROOT = Path(__file__).parents[3]
FOLDERS = [ROOT / "tests" / "rules", ROOT / "alerts" / "rules" / "catalogue_tests"]
SUITES = [read_suite(path) for path in files_in(FOLDERS)]
CASES = [
    pytest.param(suite, place, case, id=f"{Path(suite.file).stem}: {case.name}")
    for suite in SUITES
    for place, case in zip(suite.places, suite.cases, strict=True)
]


def test_all_files_are_understood() -> None:
    assert [str(problem) for suite in SUITES for problem in suite.problems] == []


@pytest.mark.parametrize(("suite", "place", "case"), CASES)
def test_rule_file(suite: Suite, place: str, case: Case) -> None:
    result = run_case(case, suite.rules, suite.defaults, metamorphic=True)
    assert result.passed, "\n".join(result_lines(place, result, diff=True))


def test_every_row_and_both_sides_of_every_limit_are_tried() -> None:
    covered = Coverage()
    for suite in SUITES:
        for case in suite.cases:
            covered.add(run_case(case, suite.rules, suite.defaults).coverage)
    for code in ("R01", "R02", "R16", "R17"):
        assert (covered.missing_rows(code), covered.missing_sides(code)) == ([], []), code
