"""What the commands about rules share: reading rule files, writing a report as JSON."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trapwatch.commands.process import refuse

if TYPE_CHECKING:
    from alerts.rules.definition import RuleDefinition


def read_definitions(files: Sequence[Path]) -> "list[RuleDefinition]":
    """Return the rules of files; what is wrong with them ends the command with exit code 2."""
    from alerts.rule_tests import sources

    found = sources.read_rules(files)
    if found.problems:
        refuse("\n".join(map(str, found.problems)))
    return [source.definition for source in found.rules]


def write_report(path: Path | None, document: object) -> None:
    """Write a report as JSON, to standard output for ``-``; None: nowhere."""
    if path is None:
        return
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    if str(path) == "-":
        sys.stdout.write(text)
        return
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        refuse(f"--json {path}: {error.strerror}")
