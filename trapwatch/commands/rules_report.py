"""How `trapwatch rules test` tells its results: differences side by side, coverage, JUnit's XML."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from unicodedata import east_asian_width
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from alerts.rule_tests.compare import Difference
    from alerts.rule_tests.coverage import Coverage
    from alerts.rule_tests.runner import Result

_WIDTH_MAX = 60
_NOTHING = "-"


def difference_lines(difference: "Difference") -> Iterator[str]:
    """Yield a table: what was expected, what was observed, and which lines differ."""
    rows = [(line.expected or _NOTHING, line.observed or _NOTHING) for line in difference.lines]
    width = min(max([len("expected"), *(_width(left) for left, _ in rows)]), _WIDTH_MAX)
    yield f"  {difference.subject}:"
    yield f"      {_pad('expected', width)}   observed"
    for line, (left, right) in zip(difference.lines, rows, strict=True):
        mark = " " if line.is_equal else "!"
        yield f"    {mark} {_pad(left, width)} | {right}"
    if not rows:
        yield "      (nothing)"


def result_lines(place: str, result: "Result", *, diff: bool) -> Iterator[str]:
    """Yield what is said about a test that failed."""
    yield f"FAILED {place}: {result.case.name}"
    for error in result.errors:
        yield f"  {error}"
    for difference in result.differences:
        if diff:
            yield from difference_lines(difference)
        else:
            yield f"  {difference.subject}: not as expected"


def coverage_lines(coverage: "Coverage") -> Iterator[str]:
    """Yield a table of rules and rows of the alert table, and limits seen from one side only."""
    from alerts.rule_tests.coverage import ROW_COUNT, possible_rows

    numbers = range(1, ROW_COUNT + 1)
    width = max([len("rule"), *map(len, coverage.rules)])
    yield f"{'rule':<{width}} " + " ".join(f"{n:>3}" for n in numbers)
    for code, rule in sorted(coverage.rules.items()):
        possible = set(possible_rows(rule))
        cells = (
            "yes" if n in coverage.rows[code] else "no" if n in possible else "" for n in numbers
        )
        yield f"{code:<{width}} " + " ".join(f"{cell:>3}" for cell in cells)
    for code in sorted(coverage.rules):
        yield from (f"{code}: {told}" for told in coverage.missing_sides(code))


def junit(results: Sequence[tuple[str, str, "Result"]], problems: Iterable[str]) -> bytes:
    """Return JUnit's XML of (file, place, result) and of files that could not be understood."""
    suites = ET.Element("testsuites", name="trapwatch rules test")
    by_file: dict[str, ET.Element] = {}
    for file, place, result in results:
        suite = by_file.get(file)
        if suite is None:
            suite = by_file[file] = ET.SubElement(suites, "testsuite", name=file)
        case = ET.SubElement(suite, "testcase", classname=file, name=result.case.name)
        if not result.passed:
            text = "\n".join(result_lines(place, result, diff=True))
            failure = ET.SubElement(case, "failure", message=f"{place}: not as expected")
            failure.text = _printable(text)
    for problem in problems:
        suite = ET.SubElement(suites, "testsuite", name=problem, tests="1", errors="1")
        case = ET.SubElement(suite, "testcase", classname="file", name=problem)
        ET.SubElement(case, "error", message=problem)
    for suite in by_file.values():
        cases = suite.findall("testcase")
        suite.set("tests", str(len(cases)))
        suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    return bytes(ET.tostring(suites, encoding="utf-8", xml_declaration=True))


def _printable(text: str) -> str:
    return "".join(c for c in text if c == "\n" or c.isprintable())


def _width(text: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, width: int) -> str:
    return text + " " * max(width - _width(text), 0)
