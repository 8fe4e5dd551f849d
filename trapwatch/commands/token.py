"""`trapwatch token`: programs that may use the API."""

import json
from datetime import timedelta
from typing import Annotated

import typer

from trapwatch.commands.access_io import operator, transaction
from trapwatch.commands.process import refuse

app = typer.Typer(
    no_args_is_help=True, help="Machine tokens of the API; docs/access.md says what a scope may."
)

AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def create(
    *,
    name: Annotated[str, typer.Argument(help="What stands in the audit trail.")],
    scope: Annotated[list[str], typer.Option(help="E.g. read; repeatable.")],
    town: Annotated[
        list[str] | None,
        typer.Option(help="Code of a town it is limited to; repeatable; none: the county."),
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Code of the unit it acts for.")] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=3_650, help="Good for so long; none: until revoked.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it, this once."""
    from secrets import token_bytes

    from pydantic import ValidationError

    from api.access import tokens
    from api.access.records import TokenFields
    from api.access.token_format import RANDOM_BYTES

    with transaction() as (connection, now):
        expires_at = None if days is None else now + timedelta(days=days)
        try:
            fields = TokenFields.model_validate(
                {
                    "name": name, "scopes": scope, "towns": town or [], "unit": unit,
                    "expires_at": expires_at,
                }
            )  # fmt: skip
        except ValidationError as error:
            refuse("; ".join(item["msg"] for item in error.errors(include_input=False)))
        token, secret = tokens.create_token(
            connection,
            fields,
            random_bytes=token_bytes(RANDOM_BYTES),
            actor=operator(),
            now=now,
        )
    if as_json:
        print(json.dumps({"token": token.model_dump(mode="json"), "secret": secret}))
    else:
        print(f"{secret}\nIt is shown this once; send it as Authorization: Bearer …")


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List tokens, those that are over included."""
    from api.access.store import select_tokens

    with transaction() as (connection, now):
        found = select_tokens(connection)
    for token in found:
        if as_json:
            print(token.model_dump_json())
            continue
        is_expired = token.expires_at is not None and token.expires_at <= now
        state = "revoked" if token.revoked_at else "expired" if is_expired else "good"
        used = f"{token.last_used_at:%Y-%m-%d %H:%MZ}" if token.last_used_at else "never used"
        where = " ".join(token.towns) or "county"
        print(f"{token.token_id}  {token.name}  {state}  {where}  {used}  {' '.join(token.scopes)}")


@app.command()
def revoke(name: Annotated[str, typer.Argument(help="The token's name.")]) -> None:
    """End a token for good, from its next request on."""
    from api.access import store, tokens
    from core.errors import NotFoundError

    with transaction() as (connection, now):
        token_id = store.select_token_id(connection, name)
        if token_id is None:
            raise NotFoundError(f"there is no token {name!r}")
        tokens.revoke_token(connection, token_id, actor=operator(), now=now)
    print(f"{name}: revoked")
