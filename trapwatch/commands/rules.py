"""`trapwatch rules`: check rules, test them, score them, replay them on stored history."""

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from trapwatch.commands import rules_backtest, rules_score
from trapwatch.commands.process import refuse

app = typer.Typer(
    no_args_is_help=True, help="Check, test and score rules; replay them on stored history."
)
app.command()(rules_score.score)
app.command()(rules_backtest.backtest)


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Rule files; none: the shipped catalogue.")
    ] = None,
    interval: Annotated[
        str, typer.Option(help="The devices' report interval, e.g. 5m or 1h.")
    ] = "5m",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a problem.")] = False,
) -> None:
    """Say what is wrong with rules, as file:line; exit code 1 if anything is."""
    from alerts.rule_tests import sources
    from alerts.rule_tests.check import check as check_rules
    from alerts.rule_tests.duration import parse_s

    try:
        interval_s = round(parse_s(interval))
    except ValueError as error:
        refuse(f"--interval: {error}")
    if interval_s < 1:
        refuse("--interval: 1s or more expected")
    shipped = {path.resolve() for path in sources.catalogue_files()}
    asked = files or sorted(shipped)
    others = shipped - {path.resolve() for path in asked}
    known = {source.definition.code for source in sources.read_rules(sorted(others)).rules}
    found = sources.read_rules(asked)
    problems = [*found.problems, *check_rules(found.rules, known, interval_s)]
    problems.sort(key=lambda problem: problem.order)
    for problem in problems:
        print(json.dumps(problem._asdict(), ensure_ascii=False) if as_json else problem)
    if problems:
        raise SystemExit(1)
    if not as_json:
        print(f"{len(found.rules)} rules, no problems")


@app.command(name="test")
def run_tests(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Test files, or folders of them; none: those of the shipped rules."),
    ] = None,
    run: Annotated[str | None, typer.Option(help="Only tests whose name matches.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit's XML there.")] = None,
    *,
    diff: Annotated[bool, typer.Option(help="Show expected and observed side by side.")] = True,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Show which rows of the table were taken.")
    ] = False,
    metamorphic: Annotated[
        bool,
        typer.Option("--metamorphic", help="Repeat with restarts, copies, other orders, splits."),
    ] = False,
) -> None:
    """Run tests of rules (docs/rules-testing.md); exit code 1 where one fails, 2 for bad files."""
    from alerts.rule_tests.coverage import Coverage
    from alerts.rule_tests.runner import run_case
    from alerts.rule_tests.suite import files_in, read_suite, shipped_files
    from trapwatch.commands import rules_report

    wanted = _pattern(run)
    suites = [read_suite(path) for path in (files_in(paths) if paths else shipped_files())]
    problems = [str(problem) for suite in suites for problem in suite.problems]
    results, covered = [], Coverage()
    for suite in suites:
        for place, case in zip(suite.places, suite.cases, strict=True):
            if suite.problems or not wanted.search(case.name):
                continue
            result = run_case(case, suite.rules, suite.defaults, metamorphic=metamorphic)
            results.append((suite.file, place, result))
            covered.add(result.coverage)
            if not result.passed:
                print("\n".join(rules_report.result_lines(place, result, diff=diff)))
    if junit is not None:
        try:
            junit.write_bytes(rules_report.junit(results, problems))
        except OSError as error:
            refuse(f"--junit {junit}: {error.strerror}")
    if coverage:
        print("\n".join(rules_report.coverage_lines(covered)))
    failed = sum(not result.passed for _, _, result in results)
    print(f"{len(results)} tests, {failed} failed")
    if problems or not results:
        refuse("\n".join(problems) if problems else "there is no such test")
    if failed:
        raise SystemExit(1)


def _pattern(text: str | None) -> re.Pattern[str]:
    try:
        return re.compile(text or "")
    except re.error as error:
        refuse(f"--run {text}: {error}")
