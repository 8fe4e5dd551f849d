"""`trapwatch rules backtest`: rules replayed on stored history, beside what was raised then."""

import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import TrapwatchError
from trapwatch.commands.process import load_settings_beside, refuse
from trapwatch.commands.rules_io import read_definitions, write_report

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from alerts.backtests.comparison import Occurrence

_RECORDED, _IN_FORCE, _CANDIDATE = "recorded", "in force", "candidate"


def backtest(
    from_: Annotated[str, typer.Option("--from", help="First day, e.g. 2026-03-01.")],
    to: Annotated[str, typer.Option(help="Last day, included.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Rule files to compare with the rules in force; none: the records."),
    ] = None,
    traps: Annotated[str | None, typer.Option(help="Only these traps' codes, by comma.")] = None,
    *,
    chart: Annotated[bool, typer.Option(help="Draw alerts by day.")] = True,
    report_file: Annotated[
        Path | None, typer.Option("--json", help="Write all alerts there; - for standard output.")
    ] = None,
) -> None:
    """Replay rules on stored readings; compare with the rules in force and the records."""
    from rich.progress import Progress

    from alerts.backtests import run as backtests
    from alerts.backtests.table import document
    from alerts.rules.rulebook import RuleBook
    from alerts.schedules.opening import ZONE_DEFAULT
    from alerts.schedules.wall_clock import zone_of
    from alerts.store import select_overrides, select_rules
    from core.clock import SystemClock
    from core.db import connect

    zone = zone_of(ZONE_DEFAULT)
    definitions = read_definitions(files or [])
    now_us = SystemClock().now_us()
    span_us = (_midnight_us(from_, zone, "--from"), _midnight_us(to, zone, "--to", days=1) - 1)
    span_us = (span_us[0], min(span_us[1], now_us))
    if span_us[0] >= span_us[1]:
        refuse("--from: a day before --to and not in the future expected")
    codes = frozenset(filter(None, (traps or "").split(",")))
    try:
        url = load_settings_beside().database.url.get_secret_value()
        with connect(url, "trapwatch-backtest", autocommit=True) as connection:
            rules = select_rules(connection)
            overrides = select_overrides(connection)
            books = {_IN_FORCE: RuleBook(rules, overrides)}
            if definitions:
                books[_CANDIDATE] = RuleBook(backtests.candidates(rules, definitions), overrides)
            with Progress(transient=True, disable=not sys.stderr.isatty()) as bar:
                task = bar.add_task("replay", total=1.0)
                found = backtests.run(
                    connection, books, span_us, codes, lambda part: bar.update(task, completed=part)
                )
            recorded = backtests.select_recorded(connection, span_us, codes)
    except TrapwatchError as error:
        refuse(str(error))
    sides = {_RECORDED: recorded, **found.by_side}
    write_report(report_file, {name: [document(o) for o in own] for name, own in sides.items()})
    if str(report_file) != "-":
        print(f"{found.device_count} devices, {found.reading_count} readings with the lead-in")
        _print(sides, span_us if chart else None, zone)


def _print(
    sides: "dict[str, list[Occurrence]]", chart_us: tuple[int, int] | None, zone: "ZoneInfo"
) -> None:
    from alerts.backtests.comparison import differences
    from alerts.backtests.table import chart_lines, difference_lines, table_lines

    if not any(sides.values()):
        print("no alerts on any side")
        return
    print("\n".join(table_lines(sides)))
    if chart_us is not None:
        print("\n" + "\n".join(chart_lines(sides, chart_us, zone)))
    before, after = list(sides)[-2:]
    found = differences(sides[before], sides[after])
    print(f"\n{before} and {after} differ in {len(found)} alerts")
    for line in difference_lines(found, before, after):
        print(line)


def _midnight_us(text: str, zone: "ZoneInfo", option: str, *, days: int = 0) -> int:
    from core.instant import to_us

    try:
        day = date.fromisoformat(text) + timedelta(days=days)
        return to_us(datetime.combine(day, time(), zone))
    except (ValueError, OverflowError):
        refuse(f"{option}: a day such as 2026-03-01 expected, {text} given")
