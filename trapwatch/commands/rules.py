"""`trapwatch rules`: check rules and test them, without a database."""

import json
from pathlib import Path
from typing import Annotated

import typer

from trapwatch.commands.process import refuse

app = typer.Typer(no_args_is_help=True, help="Check rules and test them; no database is needed.")


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
