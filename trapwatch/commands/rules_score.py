"""`trapwatch rules score`: precision and recall of the rules on simulated, labelled physics."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from core.errors import ConfigError
from trapwatch.commands.process import refuse
from trapwatch.commands.rules_io import read_definitions, write_report


def score(
    seed: Annotated[list[int], typer.Option(min=0, help="Seed of a past; may be repeated.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="Rule files; none: the shipped catalogue.")
    ] = None,
    traps: Annotated[int, typer.Option(min=1, max=5_000, help="How many traps.")] = 300,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days.")] = 60,
    reporting: Annotated[
        str, typer.Option(help="5min: also at once where something happens; 20min: polled.")
    ] = "5min",
    *,
    report_file: Annotated[
        Path | None, typer.Option("--json", help="Write the report there; - for standard output.")
    ] = None,
    targets: Annotated[bool, typer.Option(help="Exit with 1 where a target is missed.")] = True,
) -> None:
    """Simulate, replay and compare with the truth: each seed, then all together."""
    from rich.progress import Progress

    from alerts.rule_tests import sources
    from scoring.report import make_report
    from scoring.run import Sample, score
    from scoring.table import report_lines

    rules = read_definitions(files or sources.catalogue_files())
    site_months = traps * days / 30
    reports, runs = [], []
    try:
        for number in seed:
            with Progress(transient=True, disable=not sys.stderr.isatty()) as bar:
                task = bar.add_task(f"seed {number}", total=1.0)
                sample = Sample(number, traps, days, reporting)
                run = score(rules, sample, lambda part: bar.update(task, completed=part))  # noqa: B023
            runs.append(run)
            reports.append(make_report([number], reporting, site_months, [run]))
    except ConfigError as error:
        refuse(str(error))
    together = make_report(seed, reporting, site_months * len(seed), runs)
    if len(seed) > 1:
        reports.append(together)
    write_report(report_file, [report.document() for report in reports])
    if str(report_file) != "-":
        print("\n\n".join("\n".join(report_lines(report)) for report in reports))
    misses = together.misses()
    for miss in misses:
        print(f"target missed: {miss}", file=sys.stderr)
    if misses and targets:
        raise SystemExit(1)
