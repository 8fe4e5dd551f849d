"""A scoring report as lines of text. Pure."""

from collections.abc import Iterator

from scoring.report import RuleFigures, ScoreReport

_HEADER = (
    "rule  precision  recall  alerts true/false  episodes found/missed  delay min  "
    "false a site-month"
)


def report_lines(report: ScoreReport) -> Iterator[str]:
    """Yield a table: one line a rule, then all of them, then what was raised before it spilled."""
    seeds = ", ".join(map(str, report.seeds))
    yield f"seeds {seeds}, {report.reporting}: {report.site_months:g} site-months"
    yield _HEADER
    for rule in report.rules:
        yield _rule_line(rule)
    raised, spilled = report.before_spill
    yield (
        f"all   {_ratio(report.precision):>9}  {_ratio(report.recall):>6}; "
        f"yellow and above: {report.false_a_site_month:.3f} false alarms a site-month"
    )
    share = _ratio(raised / spilled if spilled else None)
    yield f"raised before the first spill: {raised} of {spilled} floods that spilled ({share})"


def _rule_line(rule: RuleFigures) -> str:
    alerts = f"{rule.true_alerts}/{rule.false_alerts}"
    episodes = f"{rule.found}/{rule.missed}"
    delay = "-" if rule.delay_min is None else f"{rule.delay_min:.1f}"
    return (
        f"{rule.code:<5} {_ratio(rule.precision):>9}  {_ratio(rule.recall):>6}  {alerts:>17}  "
        f"{episodes:>21}  {delay:>9}  {rule.false_a_site_month:>18.4f}"
    )


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
