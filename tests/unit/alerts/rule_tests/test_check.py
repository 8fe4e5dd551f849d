"""`trapwatch rules check`: every contradiction is found, at its line, and sound rules pass."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerts.rule_tests import sources
from alerts.rule_tests.check import check
from trapwatch.cli import app

#: The example of the documentation, line by line (docs/rules-testing.md).
SHORT = """\
rules:
- id: grease-high
  match: {metric: fog_mm}
  levels: {warning: "value >= 75", critical: "value >= 90"}
  clear: "value < 65"
  for: 30m
  min_samples: 2
  clear_for: 2h
  max_gap: 45m
  on_stale: keep
  reopen_within: 2h
  schedule: {tz: Asia/Shanghai, active: always}
  ticket: {open_at: warning, type: clean_out}
"""
CATALOGUE_FORM = """\
code: X1
name: 高液位
name_en: High level
severity: yellow
kind: level
wording: 疑似
wording_en: Suspected
source: a test
parameters:
  raise_surcharge_mm: 100
  clear_surcharge_mm: 60
  hold_s: 600
  clear_hold_s: 600
"""


def problems(tmp_path: Path, text: str, interval_s: int = 300) -> list[str]:
    file = tmp_path / "rules.yaml"
    file.write_text(text, "utf-8")
    found = sources.read_rules([file])
    told = [*found.problems, *check(found.rules, {"R01", "R02"}, interval_s)]
    return [str(problem).removeprefix(f"{file}:") for problem in told]


def test_the_shipped_catalogue_is_sound() -> None:
    found = sources.read_rules(sources.catalogue_files())
    assert found.problems == []
    assert check(found.rules) == []


def test_the_short_form_is_a_threshold_rule(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(SHORT, "utf-8")
    (source,) = sources.read_rules([file]).rules
    definition = source.definition
    assert (definition.code, definition.kind, definition.severity) == (
        "grease-high", "threshold", "yellow",
    )  # fmt: skip
    assert definition.ticket_problem == "clean_out"
    assert definition.parameters == {
        "metric": "fog_mm",
        "levels": {"yellow": "value >= 75", "red": "value >= 90"},
        "clear": "value < 65",
        "hold_s": 1800.0, "samples_min": 2, "raise_hold_s": {}, "clear_hold_s": 7200.0,
        "clear_samples_min": 1, "reopen_s": 7200.0, "gap_intervals_max": 1.0, "gap_s_min": 2700.0,
    }  # fmt: skip
    assert problems(tmp_path, SHORT) == []
    assert problems(tmp_path, CATALOGUE_FORM) == []


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('"value < 65"', '"value < 80"', "5: clear: implies not the condition expected, but"),
        ('critical: "value >= 90"', 'critical: "value >= 70"', "4: levels: a higher severity"),
        ('"value >= 75"', '"value = 75"', "2: 'value = 75': 'value >= 75' or with"),
        ("fog_mm", "grease_pct", "3: metric: unknown metric; one of level_mm"),
        ("max_gap: 45m", "max_gap: 4m", "9: max_gap: 4m is shorter than the report interval (5m)"),
        ('"value >= 90"', '"value >= 6000"', "4: level red: 6000 is never reached (fog_mm)"),
        ('"value < 65"', '"value < 0"', "5: clear: below 0 is never reached (fog_mm)"),
        ("for: 30m", "for: soon", "6: for: 'soon': a duration such as 30m, 1h30m or 2d expected"),
        ("open_at: warning", "open_at: critical", "13: ticket.open_at: yellow expected"),
        ("active: always", "active: nights", "12: schedule.active: Input should be 'always'"),
        ("min_samples: 2", "min_sample: 2", "7: min_sample: Extra inputs are not permitted"),
        ("id: grease-high", "id: R01", "2: id: R01 is a shipped rule"),
        ("on_stale: keep", "inhibited_by: [R77]", "10: inhibited_by: there is no rule R77"),
        ("on_stale: keep", "for_raise: {orange: 5m}", "10: for_raise: there is no level orange"),
        ("on_stale: keep", "for_raise: {warning: 5m}", "10: for_raise: yellow is the lowest"),
        ("on_stale: keep", "wording: 疑似", "2: wording and wording_en: both or neither"),
        ("on_stale: keep", "match: {metric: level_mm}", "10: match: twice"),
        ("  for: 30m", "\tfor: 30m", "6: not YAML: found character '\\t'"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_short_form(tmp_path: Path, was: str, becomes: str, told: str) -> None:
    assert was in SHORT
    assert [p for p in problems(tmp_path, SHORT.replace(was, becomes)) if p.startswith(told)]


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("clear_surcharge_mm: 60", "clear_surcharge_mm: 160", "11: clear_surcharge_mm: at most"),
        ("raise_surcharge_mm: 100", "raise_surcharge_mm: 900", "9: level yellow: 2100 is never"),
        ("kind: level", "kind: levels", "5: kind: one of level"),
        ("name_en: High level", "name_en: 高液位", "3: name_en: English text expected"),
        ("wording: 疑似", "wording: Suspected", "6: wording: Chinese text expected"),
        ("kind: level", "kind: level\nlatched: true", "13: samples_min: the clock proves"),
        (
            "hold_s: 600\n",
            "hold_s: 600\n  gap_intervals_max: 0.5\n",
            "14: gap_intervals_max: 2m30s",
        ),
    ],
)
def test_a_mistake_in_a_definition(tmp_path: Path, was: str, becomes: str, told: str) -> None:
    text = CATALOGUE_FORM.replace("  hold_s", "  samples_min: 2\n  hold_s", 1)
    assert was in text
    found = problems(tmp_path, text.replace(was, becomes, 1))
    assert [p for p in found if p.startswith(told)], found


def test_what_every_value_reaches_is_no_level(tmp_path: Path) -> None:
    text = SHORT.replace("value >= 75", "value >= 0").replace('  clear: "value < 65"\n', "")
    assert problems(tmp_path, text) == [
        "4: level yellow: 0 is always reached (fog_mm)",
        "2: clear: below 0 is never reached (fog_mm): it would never resolve",
    ]


def test_a_code_stands_once(tmp_path: Path) -> None:
    twice = SHORT + SHORT.removeprefix("rules:\n")
    file = tmp_path / "rules.yaml"
    assert problems(tmp_path, twice) == [f"14: id: grease-high is already at {file}:2"]


def test_the_gap_is_judged_by_the_interval_given(tmp_path: Path) -> None:
    assert problems(tmp_path, SHORT, interval_s=2_700) == []
    assert len(problems(tmp_path, SHORT, interval_s=2_701)) == 1


def test_the_command_says_all_and_fails(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(SHORT.replace("fog_mm", "fat") + "- 7\n", "utf-8")
    result = CliRunner().invoke(app, ["rules", "check", str(file)])
    assert result.exit_code == 1
    assert [line.split(": ")[0] for line in result.stdout.splitlines()] == [
        f"{file}:3", f"{file}:14",
    ]  # fmt: skip
    assert CliRunner().invoke(app, ["rules", "check"]).exit_code == 0
    assert CliRunner().invoke(app, ["rules", "check", "--interval", "x"]).exit_code == 2
