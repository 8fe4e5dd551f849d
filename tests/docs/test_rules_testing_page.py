"""The page about rule tests shows what the tests really are, and knows every key."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from alerts.rule_tests import case
from alerts.rule_tests.short_form import ShortRule

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules-testing.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["example.yaml", "grease-high.rules.yaml"])
def test_the_examples_are_the_files(name: str) -> None:
    """Comments may differ: the page explains more."""
    text = (ROOT / "tests" / "rules" / name).read_text("utf-8")
    shown = {line.split("  #")[0].rstrip() for line in PAGE.splitlines()}
    lines = (line.split("  #")[0].rstrip() for line in text.splitlines() if line[:1] != "#")
    assert [line for line in lines if line and line not in shown] == []


@pytest.mark.parametrize(
    "model",
    [
        ShortRule, case.RuleTestFile, case.Defaults, case.Case, case.Series, case.SeriesName,
        case.TrapSpec, case.Delivery, case.Action, case.Acknowledge, case.Silence,
        case.Maintenance, case.Job,
        case.GatewayOffline, case.RuleEdit, case.ExpectedAlert, case.ExpectedNotification,
        case.ExpectedTicket, case.ExpectedEpisode,
    ],
)  # fmt: skip
def test_every_key_is_explained(model: type[BaseModel]) -> None:
    keys = [field.alias or name for name, field in model.model_fields.items()]
    assert [key for key in keys if key not in PAGE] == []
