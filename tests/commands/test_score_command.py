"""`trapwatch rules score` from the command line, on a small past."""

import json

import pytest
from typer.testing import CliRunner

from trapwatch.commands.rules import app

SMALL = ["score", "--seed", "1", "--traps", "6", "--days", "8"]


def test_a_report_for_machines_has_every_rule_and_adds_up() -> None:
    result = CliRunner().invoke(app, [*SMALL, "--seed", "2", "--json", "-", "--no-targets"])
    assert result.exit_code == 0, result.output
    first, second, both = json.loads(result.stdout)
    assert [rule["code"] for rule in both["rules"]] == [f"R{n:02}" for n in range(1, 19)]
    assert both["seeds"] == [1, 2]
    assert both["site_months"] == first["site_months"] * 2
    for one, other, together in zip(first["rules"], second["rules"], both["rules"], strict=True):
        for name in ("true_alerts", "false_alerts", "found", "missed"):
            assert one[name] + other[name] == together[name]
    assert sum(rule["true_alerts"] for rule in both["rules"]) > 0


def test_rules_that_miss_the_targets_end_with_1_and_say_which() -> None:
    result = CliRunner().invoke(app, [*SMALL, "--reporting", "20min"])
    missed = [line for line in result.output.splitlines() if line.startswith("target missed")]
    assert result.exit_code == (1 if missed else 0)
    assert "raised before the first spill" in result.output


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--reporting", "weekly"], "weekly"),
        (["--json", "/nowhere/at/all.json"], "--json /nowhere/at/all.json"),
    ],
)
def test_what_cannot_be_is_refused(options: list[str], complaint: str) -> None:
    result = CliRunner().invoke(app, [*SMALL, *options])
    assert result.exit_code == 2
    assert complaint in result.output
