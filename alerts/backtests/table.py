"""A backtest as lines of text: a table, a chart by day, and where two sides differ. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

from alerts.backtests.comparison import Difference, Occurrence, by_period
from alerts.rules.parameters import SEVERITIES
from core.instant import from_us, to_us

_BARS = " ▁▂▃▄▅▆▇█"
_COLUMNS = 100

Sides = Mapping[str, Sequence[Occurrence]]


def table_lines(sides: Sides) -> Iterator[str]:
    """Yield a line for each rule and side: how many fired, were told, and of which severity."""
    width = max(map(len, sides))
    yield f"rule  {'':<{width}}  alerts  told  " + "  ".join(SEVERITIES)
    for code in _codes(sides):
        for name, found in sides.items():
            own = [occurrence for occurrence in found if occurrence.rule_code == code]
            told = sum(occurrence.is_told for occurrence in own)
            severities = Counter(occurrence.severity for occurrence in own)
            counts = "  ".join(f"{severities[s]:>{len(s)}}" for s in SEVERITIES)
            yield f"{code:<4}  {name:<{width}}  {len(own):>6}  {told:>4}  {counts}"


def chart_lines(sides: Sides, span_us: tuple[int, int], zone: tzinfo) -> Iterator[str]:
    """Yield a bar for each day (or so many days that it fits), by rule and side."""
    first = from_us(span_us[0]).astimezone(zone).date()
    days = (from_us(span_us[1]).astimezone(zone).date() - first).days + 1
    step = -(-days // _COLUMNS)
    starts_us = [
        to_us(datetime.combine(first + timedelta(days=day), time(), zone))
        for day in range(0, days, step)
    ]
    width = max(map(len, sides))
    unit = "a day" if step == 1 else f"{step} days"
    yield f"alerts by day from {first} on, {unit} a column; at the end what the tallest bar counts"
    for code in _codes(sides):
        counts = {
            name: by_period((o for o in found if o.rule_code == code), starts_us, span_us[1] + 1)
            for name, found in sides.items()
        }
        most = max(max(bars) for bars in counts.values())
        for name, bars in counts.items():
            drawn = "".join(_bar(count, most) for count in bars)
            yield f"{code:<4}  {name:<{width}}  |{drawn}| {most}"


def difference_lines(found: Sequence[Difference], before: str, after: str) -> Iterator[str]:
    """Yield a line for each difference, in local words of its two sides."""
    for difference in found:
        if difference.after is None and difference.before is not None:
            yield f"only {before}: {_words(difference.before)}"
        elif difference.before is None and difference.after is not None:
            yield f"only {after}: {_words(difference.after)}"
        elif difference.before is not None and difference.after is not None:
            yield f"{before}: {_words(difference.before)}"
            yield f"  {after}: {_words(difference.after)}"


def document(occurrence: Occurrence) -> dict[str, object]:
    """Return an alert as JSON has it."""
    ended_us = occurrence.ended_us
    return {
        "rule": occurrence.rule_code,
        "subject": occurrence.subject,
        "trap": occurrence.trap_code,
        "severity": occurrence.severity,
        "fired_at": _instant(occurrence.fired_us),
        "ended_at": None if ended_us is None else _instant(ended_us),
        "is_told": occurrence.is_told,
    }


def _codes(sides: Sides) -> list[str]:
    return sorted({occurrence.rule_code for found in sides.values() for occurrence in found})


def _bar(count: int, most: int) -> str:
    return _BARS[-(-count * (len(_BARS) - 1) // most)] if count else _BARS[0]


def _words(found: Occurrence) -> str:
    place = found.trap_code or found.subject
    end = "open" if found.ended_us is None else _instant(found.ended_us)
    told = "told" if found.is_told else "not told"
    return f"{found.rule_code} {place} {found.severity} {_instant(found.fired_us)} – {end}, {told}"


def _instant(at_us: int) -> str:
    return from_us(at_us).astimezone(UTC).isoformat(timespec="seconds")
