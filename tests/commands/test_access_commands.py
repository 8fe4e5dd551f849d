"""`trapwatch account` and `trapwatch token` against a database."""

import json

import pytest
from typer.testing import CliRunner

from api.access.passwords import is_password
from api.access.token_format import is_token
from core.db import connect
from trapwatch.cli import app


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("TRAPWATCH_DATABASE__URL", database_url)
    return CliRunner()


def test_an_account_is_made_listed_changed_and_disabled(run: CliRunner, database_url: str) -> None:
    add = ["account", "add", "li", "--role", "inspector", "--role", "verifier", "--password-stdin"]
    assert run.invoke(app, add, input="too short\n").exit_code == 2
    made = run.invoke(app, add, input="correct horse battery\n")
    assert made.exit_code == 0, made.output
    assert run.invoke(app, add, input="correct horse battery\n").exit_code == 2, "taken"
    listed = json.loads(run.invoke(app, ["account", "list", "--json"]).stdout)
    assert (listed["name"], listed["roles"]) == ("li", ["inspector", "verifier"])
    assert "horse" not in json.dumps(listed)
    changed = run.invoke(app, ["account", "password", "li", "--password-stdin"], input="x" * 20)
    assert changed.exit_code == 0, changed.output
    assert run.invoke(app, ["account", "disable", "li"]).exit_code == 0
    assert "disabled" in run.invoke(app, ["account", "list"]).stdout
    with connect(database_url, "test") as connection:
        row = connection.execute("SELECT password_hash, is_active FROM account").fetchone()
        assert row is not None
        assert is_password(row[0], "x" * 20)
        assert row[1] is False
        actions = connection.execute("SELECT action, actor FROM audit_event ORDER BY 1").fetchall()
    assert [action for action, _ in actions] == [
        "account.changed", "account.created", "account.password_set",
    ]  # fmt: skip
    assert all(actor.startswith("cli:") for _, actor in actions)


@pytest.mark.parametrize(
    "arguments",
    [
        ["account", "add", "li", "--role", "god", "--no-password"],
        ["account", "add", "a b", "--role", "viewer", "--no-password"],
        ["account", "add", "li", "--role", "viewer", "--town", "xx", "--no-password"],
        ["account", "disable", "nobody"],
        ["token", "create", "t", "--scope", "everything"],
        ["token", "revoke", "nothing"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_refused(run: CliRunner, arguments: list[str]) -> None:
    refused = run.invoke(app, arguments)
    assert refused.exit_code == 2, refused.output
    assert refused.stderr.startswith("trapwatch: ")


def test_a_token_is_made_listed_and_revoked(run: CliRunner) -> None:
    create = ["token", "create", "meter", "--scope", "read", "--days", "7", "--json"]
    made = json.loads(run.invoke(app, create).stdout)
    assert is_token(made["secret"])
    assert made["token"]["scopes"] == ["read"]
    listed = run.invoke(app, ["token", "list"]).stdout
    assert "meter  good  county  never used  read" in listed
    assert made["secret"] not in listed
    assert run.invoke(app, ["token", "revoke", "meter"]).exit_code == 0
    assert "meter  revoked" in run.invoke(app, ["token", "list"]).stdout
    assert run.invoke(app, ["token", "revoke", "meter"]).exit_code == 2
