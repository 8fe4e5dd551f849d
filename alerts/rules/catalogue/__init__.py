"""The shipped rules, one YAML file each."""

from importlib.resources import files

import yaml

from alerts.rules.definition import RuleDefinition
from alerts.rules.kinds import parse_parameters


def load_catalogue() -> list[RuleDefinition]:
    """Return the shipped rules by code.

    Raises: pydantic.ValidationError, InvalidRequestError: a shipped file is wrong (a test keeps
        them right).
    """
    rules = []
    for entry in files(__package__).iterdir():
        if entry.name.endswith(".yaml"):
            rule = RuleDefinition.model_validate(yaml.safe_load(entry.read_text("utf-8")))
            parse_parameters(rule.kind, rule.parameters)
            rules.append(rule)
    return sorted(rules, key=lambda rule: rule.code)
