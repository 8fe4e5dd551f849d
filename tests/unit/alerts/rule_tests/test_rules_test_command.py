"""`trapwatch rules test`: what fails, how it is told, and that a failure cannot hide."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner, Result

from alerts.machines.stored import StoredMachine
from trapwatch.cli import app

RULE = """\
rules:
- id: fat
  match: {metric: fog_mm}
  levels: {warning: "value >= 75"}
  clear: "value < 65"
  for: 10m
defaults: {interval: 5m}
tests:
"""
PASSES = """\
- name: it fires
  input: [{series: {metric: fog_mm}, values: "80x2 60"}]
  expect: [{at: 10m, rule: fat, alerts: [{state: firing, severity: warning}]}]
  notifications: [{at: 10m, type: alert.fired}, {at: 15m, type: alert.resolved}]
"""


def run(tmp_path: Path, tests: str, *options: str) -> Result:
    (tmp_path / "fat.yaml").write_text(RULE + tests, "utf-8")
    return CliRunner().invoke(app, ["rules", "test", str(tmp_path), *options])


def test_without_files_those_that_ship_are_run() -> None:
    result = CliRunner().invoke(app, ["rules", "test", "--run", "a foam spike is no overflow"])
    assert (result.exit_code, result.stdout) == (0, "1 tests, 0 failed\n")


def test_what_comes_as_expected_passes(tmp_path: Path) -> None:
    result = run(tmp_path, PASSES, "--metamorphic")
    assert (result.exit_code, result.stdout) == (0, "1 tests, 0 failed\n")


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("state: firing", "state: pending", "! state pending, severity yellow | state firing"),
        ("severity: warning", "severity: critical", "severity red | state firing, severity yellow"),
        ("alerts: [{state: firing, severity: warning}]", "alerts: []", "! -        | state firing"),
        (", {at: 15m, type: alert.resolved}", "", "! -                        | at 15m, type"),
        ("{at: 10m, type: alert.fired}, ", "", "| at 10m, type alert.fired\n      at 15m"),
        ("{at: 15m,", "{at: 16m,", "! at 16m, type alert.resolved | at 15m, type alert.resolved"),
        ("  notif", "  tickets: [{at: 10m, state: new}]\n  notif", "flags [], at 10m, state new"),
        ("  notif", "  episodes: [{started_at: 5m, status: firing}]\n  notif", "! started_at 5m"),
        ("rule: fat,", "rule: thin,", "there is no rule thin in this test"),
        ("rule: fat,", "rule: fat, site: S2,", "there is no site S2 in this test"),
        ("type: alert.resolved", "type: alert.resolved, device: D9", "there is no device D9 in"),
        ("  notif", "  actions: [{at: 1m, ack: {by: li}}]\n  notif", "at 1m: there is no open"),
        ("  notif", "  rules: [R99]\n  notif", "there is no rule R99"),
    ],
)
def test_what_comes_otherwise_fails(tmp_path: Path, was: str, becomes: str, told: str) -> None:
    assert was in PASSES
    result = run(tmp_path, PASSES.replace(was, becomes))
    assert result.exit_code == 1
    assert f"FAILED {tmp_path}/fat.yaml:9: it fires" in result.stdout
    assert told in result.stdout
    assert result.stdout.endswith("1 tests, 1 failed\n")


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("80x2 60", "80y2", ":10: tests.0.input.0.values: '80y2': a value, axn"),
        ("fog_mm}, values", "fat}, values", ":10: tests.0.input.0.series.metric: unknown metric"),
        ("state: firing", "stat: firing", ":11: tests.0.expect.0.alerts.0.stat"),
        ("at: 10m, rule", "at: ten, rule", ":11: tests.0.expect.0.at: 'ten': a duration such"),
        ("  notif", "  actions: [{at: 1m}]\n  notif", ":12: tests.0.actions.0: one act a moment"),
        ("  notif", "  notifs: 1\n  notif", ":12: tests.0.notifs: Extra inputs"),
        ("- name", "- nam", ":9: tests.0.name: Field required"),
    ],
)
def test_a_file_that_is_not_understood(tmp_path: Path, was: str, becomes: str, told: str) -> None:
    assert was in PASSES
    result = run(tmp_path, PASSES.replace(was, becomes))
    assert result.exit_code == 2
    assert f"fat.yaml{told}" in result.stderr


def test_names_choose_tests(tmp_path: Path) -> None:
    other = PASSES.replace("it fires", "another").replace("state: firing", "state: pending")
    assert run(tmp_path, PASSES + other, "--run", "^it").exit_code == 0
    assert run(tmp_path, PASSES + other, "--run", "anot").exit_code == 1
    assert run(tmp_path, PASSES + other, "--run", "none").exit_code == 2
    assert run(tmp_path, PASSES + other, "--run", "(").exit_code == 2


def test_a_difference_is_shown_unless_told_not_to(tmp_path: Path) -> None:
    failing = PASSES.replace("state: firing", "state: pending")
    assert "expected" in run(tmp_path, failing).stdout
    brief = run(tmp_path, failing, "--no-diff").stdout
    assert "fat at 10m: not as expected" in brief
    assert "observed" not in brief


def test_a_variation_that_changes_something_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A product that forgets its state over a restart."""
    monkeypatch.setattr(StoredMachine, "resume", lambda *_: None)
    assert run(tmp_path, PASSES).exit_code == 0
    result = run(tmp_path, PASSES, "--metamorphic")
    assert result.exit_code == 1
    assert "a restart after every event: notifications:" in result.stdout


def test_junit(tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    other = PASSES.replace("it fires", "another <&>").replace("state: firing", "state: pending")
    (tmp_path / "bad.yaml").write_text("tests: 7\n", "utf-8")
    assert run(tmp_path, PASSES + other, "--junit", str(report)).exit_code == 2
    suites = ET.parse(report).getroot()  # our own file
    assert [(s.get("tests"), s.get("failures"), s.get("errors")) for s in suites] == [
        ("2", "1", None), ("1", None, "1"),
    ]  # fmt: skip
    (failure,) = suites.iter("failure")
    assert "state pending" in (failure.text or "")
    assert [case.get("name") for case in suites[0]] == ["it fires", "another <&>"]


def test_coverage_shows_what_was_never_tried(tmp_path: Path) -> None:
    lines = run(tmp_path, PASSES, "--coverage").stdout.splitlines()
    assert lines[0].split() == ["rule", *map(str, range(1, 13))]
    cells = [lines[1][4:][4 * n : 4 * n + 4].strip() for n in range(12)]
    assert cells == ["", "yes", "no", "no", "yes", "", "", "", "yes", "no", "no", "no"]
    below = PASSES.replace('"80x2 60"', '"80x2 70"').replace(
        ", {at: 15m, type: alert.resolved}", ""
    )
    assert "fat: fog_mm clear: never below" in run(tmp_path, below, "--coverage").stdout


def test_rules_come_from_files_and_from_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "own.rules.yaml").write_text(RULE[: RULE.index("defaults")], "utf-8")
    text = 'rule_files: ["*.rules.yaml", catalogue]\ntests:\n' + PASSES.replace(
        "  input", "  rules: [fat, R01]\n  input"
    )
    file = tmp_path / "other.yaml"
    file.write_text(text, "utf-8")
    assert CliRunner().invoke(app, ["rules", "test", str(tmp_path)]).exit_code == 0
    for gone in ("gone.yaml", "/gone.yaml"):
        file.write_text(text.replace("catalogue", gone), "utf-8")
        result = CliRunner().invoke(app, ["rules", "test", str(file)])
        assert result.exit_code == 2
        assert f"rule_files: there is no file {gone}" in result.stderr
