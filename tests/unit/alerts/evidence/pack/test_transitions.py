"""The verifier's table of the remediation loop is the product's; it was written from it."""

import os

from alerts.tickets.lifecycle import TRANSITIONS
from tests.verifier import VERIFY, load_verifier

BEGIN = "# BEGIN TRANSITIONS (written from alerts/tickets/lifecycle.py by its test)\n"
END = "# END TRANSITIONS\n"


def table() -> str:
    lines = ["TRANSITIONS: Dict[str, Tuple[str, Optional[str], str]] = {\n"]
    for transition in TRANSITIONS:
        sources = " ".join(sorted(transition.sources))
        target = "None" if transition.target is None else f'"{transition.target}"'
        roles = " ".join(sorted(transition.roles))
        lines.append(f'    "{transition.action}": (\n        "{sources}",\n')
        lines.append(f'        {target},\n        "{roles}",\n    ),\n')
    return "".join([*lines, "}\n"])


def test_the_tables_are_the_same() -> None:
    """With TRAPWATCH_TEST_WRITE_SNAPSHOT=1 the verifier's table is written anew."""
    source = VERIFY.read_text(encoding="utf-8")
    head, rest = source.split(BEGIN)
    tail = rest.split(END)[1]
    if os.environ.get("TRAPWATCH_TEST_WRITE_SNAPSHOT"):
        VERIFY.write_text(head + BEGIN + table() + END + tail, encoding="utf-8")
    stated = load_verifier().TRANSITIONS
    assert stated == {
        t.action: (
            " ".join(sorted(t.sources)),
            None if t.target is None else str(t.target),
            " ".join(sorted(t.roles)),
        )
        for t in TRANSITIONS
    }
