"""A rule's shipped tests with other numbers; beside `alerts.rule_tests.suite` nothing is read."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alerts.rule_tests.runner import Result, run_case
from alerts.rule_tests.suite import Suite, read_suite, shipped_files
from alerts.rule_trials.model import (
    ComparedLine,
    RuleTestDifference,
    RuleTestOutcome,
    RuleTestReport,
)
from alerts.rules.compiled import RuleInForce
from alerts.rules.definition import RuleDefinition


def run_shipped_tests(
    rule: RuleInForce, parameters: Mapping[str, Any], candidate: Mapping[str, Any]
) -> RuleTestReport:
    """Run the tests that name the rule, with its numbers in the county or the candidate's."""
    numbers = {**parameters, **candidate}
    tried = rule.definition.model_copy(update={"parameters": numbers})
    outcomes = [_outcome(suite, result) for suite, result in _results(tried)]
    return RuleTestReport(
        rule_version=rule.version,
        parameters=dict(parameters),
        candidate=dict(candidate),
        tests=tuple(outcomes),
    )


def _results(rule: RuleDefinition) -> Iterator[tuple[Suite, Result]]:
    for suite in map(read_suite, shipped_files()):
        rules = [rule if one.code == rule.code else one for one in suite.rules]
        for case in suite.cases:
            if rule.code in (case.rules or suite.defaults.rules or ()):
                yield suite, run_case(case, rules, suite.defaults)


def _outcome(suite: Suite, result: Result) -> RuleTestOutcome:
    differences = tuple(
        RuleTestDifference(
            subject=difference.subject,
            lines=tuple(
                ComparedLine(expected=line.expected, observed=line.observed, is_equal=line.is_equal)
                for line in difference.lines
            ),
        )
        for difference in result.differences
    )
    return RuleTestOutcome(
        file=Path(suite.file).name,
        name=result.case.name,
        passed=result.passed,
        errors=tuple(result.errors),
        differences=differences,
    )
