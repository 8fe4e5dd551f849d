"""YAML that knows where everything stands, so that a problem can name its line. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from core.errors import InvalidRequestError

Key = str | int


@dataclass(frozen=True, slots=True)
class Located:
    """A document: its ``value``, and the line of every key in it. ``file`` names it."""

    file: str
    value: Any
    lines: dict[tuple[Key, ...], int]

    def line(self, path: Sequence[Key] = ()) -> int:
        """Return the line (from 1) of a key, or of the nearest one around it."""
        for end in range(len(path), -1, -1):
            found = self.lines.get(tuple(path[:end]))
            if found is not None:
                return found
        return 1

    def place(self, path: Sequence[Key] = ()) -> str:
        """Return ``file:line``."""
        return f"{self.file}:{self.line(path)}"


def parse(file: str, text: str) -> Located:
    """Return a YAML document.

    Raises: InvalidRequestError: it is not YAML, has a key twice, or an alias without end; the
        message begins with ``file:line``.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        lines: dict[tuple[Key, ...], int] = {}
        if root is not None:
            _visit(file, root, (), lines)
        return Located(file, yaml.safe_load(text), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        raise InvalidRequestError(f"{file}:{line}: not YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidRequestError(f"{file}:1: not YAML: {error}") from None


def _visit(
    file: str, node: yaml.Node, path: tuple[Key, ...], lines: dict[tuple[Key, ...], int]
) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _visit(file, item, (*path, number), lines)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            line = key.start_mark.line + 1
            if here in lines:  # YAML would keep the last one and say nothing
                raise InvalidRequestError(f"{file}:{line}: {key.value}: twice")
            lines[here] = line
            _visit(file, value, here, lines)
