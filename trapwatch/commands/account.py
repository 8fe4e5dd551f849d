"""`trapwatch account`: people who may use the API and the pages."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from trapwatch.commands.access_io import operator, transaction
from trapwatch.commands.process import refuse

if TYPE_CHECKING:
    from api.access.records import AccountFields

app = typer.Typer(
    no_args_is_help=True, help="People's accounts; docs/access.md says what each role may."
)

Name = Annotated[str, typer.Argument(help="The account's name.")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]
Stdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role", help="viewer, inspector, dispatcher, verifier, supervisor, admin; repeatable."
    ),
]
Towns = Annotated[
    list[str] | None,
    typer.Option("--town", help="Code of a town it is limited to; repeatable; none: the county."),
]
Unit = Annotated[str | None, typer.Option(help="Code of the unit whose tickets an inspector has.")]


@app.command()
def add(
    *,
    name: Name,
    role: Roles,
    town: Towns = None,
    unit: Unit = None,
    display_name: Annotated[str, typer.Option(help="As people read it.")] = "",
    password_stdin: Stdin = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="For the identity provider only.")
    ] = False,
) -> None:
    """Make an account; its password is asked for."""
    from pydantic import TypeAdapter, ValidationError

    from api.access import accounts
    from api.access.records import Name as AccountName

    try:
        name = TypeAdapter(AccountName).validate_python(name)
    except ValidationError:
        refuse("name: 1 to 60 characters without blanks, / and : expected")
    fields = _fields(role, town, unit, display_name)
    password = None if no_password else _password(password_stdin)
    with transaction() as (connection, now):
        accounts.add_account(connection, name, fields, password=password, actor=operator(), now=now)
    print(f"{name}: made")


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List accounts."""
    from api.access.store import select_accounts

    with transaction() as (connection, _):
        found = select_accounts(connection)
    for account in found:
        if as_json:
            print(account.model_dump_json())
            continue
        where = " ".join(account.towns) or "county"
        state = "" if account.is_active else "  disabled"
        print(f"{account.name}  {' '.join(account.roles)}  {where}  {account.unit or '-'}{state}")


@app.command()
def disable(name: Name) -> None:
    """Keep somebody out from now on; their sessions end, their name stays in the audit trail."""
    from api.access import accounts
    from api.access.records import AccountFields

    with transaction() as (connection, now):
        account = accounts.named(connection, name)
        fields = AccountFields.model_validate(
            {**account.model_dump(include=set(AccountFields.model_fields)), "is_active": False}
        )
        accounts.change_account(connection, account.account_id, fields, actor=operator(), now=now)
    print(f"{name}: disabled")


@app.command()
def password(name: Name, password_stdin: Stdin = False) -> None:
    """Give somebody another password; their sessions end."""
    from api.access import accounts

    secret = _password(password_stdin)
    with transaction() as (connection, now):
        account = accounts.named(connection, name)
        accounts.set_password(connection, account.account_id, secret, actor=operator(), now=now)
    print(f"{name}: password set")


def _fields(
    roles: list[str], towns: list[str] | None, unit: str | None, display_name: str
) -> "AccountFields":
    from pydantic import ValidationError

    from api.access.records import AccountFields

    try:
        return AccountFields.model_validate(
            {"roles": roles, "towns": towns or [], "unit": unit, "display_name": display_name}
        )
    except ValidationError as error:
        refuse(json.dumps([item["msg"] for item in error.errors(include_input=False)]))


def _password(from_stdin: bool) -> str:
    """Return a password, which never stands among arguments: every user can read those."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    secret: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return secret
