"""`trapwatch gateway`: accounts of gateways at the broker."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import ConfigError, TrapwatchError
from core.settings import Settings
from trapwatch.commands.process import load_settings_beside, refuse

if TYPE_CHECKING:
    from trapwatch.broker_accounts.control import BrokerAccounts

app = typer.Typer(
    no_args_is_help=True,
    help="Gateways' accounts at the broker; each may publish under its own id only.",
)
_SECRET_BYTES = 24

Id = Annotated[str, typer.Argument(help="The gateway's id, as in trapwatch/v1/ID/up.")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def add(
    gateway: Id,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Further topic pattern it may write, e.g. application/#; repeatable."),
    ] = None,
    read: Annotated[
        list[str] | None,
        typer.Option(help="Topic pattern it may read, e.g. spBv1.0/g/NCMD/edge; repeatable."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Create an account and print its secret, this once."""
    from secrets import token_urlsafe

    from trapwatch.broker_accounts.roles import gateway_acls

    settings = load_settings_beside()
    secret = token_urlsafe(_SECRET_BYTES)
    with _accounts(settings) as accounts:
        accounts.add(gateway, secret, gateway_acls(gateway, allow or [], read or []))
    _register(settings, gateway)
    _print_secret(gateway, secret, as_json)


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List gateways with an account, and what they may write."""
    with _accounts(load_settings_beside()) as accounts:
        found = accounts.list()
    for gateway, writes in found.items():
        line = {"gateway": gateway, "writes": writes}
        print(json.dumps(line, ensure_ascii=False) if as_json else f"{gateway}  {' '.join(writes)}")


@app.command()
def rotate(gateway: Id, as_json: AsJson = False) -> None:
    """Give a gateway a new secret, print it this once, and cut the old connection."""
    from secrets import token_urlsafe

    secret = token_urlsafe(_SECRET_BYTES)
    with _accounts(load_settings_beside()) as accounts:
        accounts.rotate(gateway, secret)
    _print_secret(gateway, secret, as_json)


@app.command()
def revoke(gateway: Id) -> None:
    """Delete a gateway's account and cut its connection; its readings stay."""
    with _accounts(load_settings_beside()) as accounts:
        accounts.revoke(gateway)
    print(f"{gateway}: revoked")


@app.command(name="init-file")
def init_file(
    file: Annotated[Path, typer.Argument(help="Where; a file that exists is left alone.")],
) -> None:
    """Write a broker's first dynamic-security.json: its worker and its administrator.

    Their secrets are those of TRAPWATCH_MQTT__URL and TRAPWATCH_MQTT__ADMIN_URL.
    """
    from secrets import token_bytes

    from core.broker_address import BrokerAddress
    from trapwatch.broker_accounts.initial import initial_file
    from trapwatch.broker_accounts.roles import ADMIN, WORKER

    settings = load_settings_beside()
    secret_of: dict[str, str] = {}
    for account, url in ((WORKER, settings.mqtt.url), (ADMIN, settings.mqtt.admin_url)):
        address = None if url is None else BrokerAddress.parse(url.get_secret_value())
        if address is None or address.username != account or not address.password:
            refuse(f"mqtt://{account}:SECRET@… expected as the address of {account}")
        secret_of[account] = address.password
    try:
        with open(file, "x", encoding="ascii", opener=_for_its_owner) as opened:
            opened.write(initial_file(secret_of[ADMIN], secret_of[WORKER], token_bytes))
    except FileExistsError:
        print(f"{file}: exists, left alone")
    except OSError as error:
        refuse(f"cannot write {file}: {error.strerror}")
    else:
        print(f"{file}: written")


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def _accounts(settings: Settings) -> "Iterator[BrokerAccounts]":
    from core.broker_address import BrokerAddress
    from trapwatch.broker_accounts.control import broker_accounts

    url = settings.mqtt.admin_url
    if url is None:
        refuse(
            "TRAPWATCH_MQTT__ADMIN_URL: the broker's administrator expected, "
            "mqtt[s]://trapwatch-admin:SECRET@host[:port]; a demo's broker has no accounts"
        )
    try:
        address = BrokerAddress.parse(url.get_secret_value(), settings.mqtt.tls_ca_file)
        with broker_accounts(address) as accounts:
            yield accounts
    except ConfigError as error:
        refuse(str(error))
    except TrapwatchError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _register(settings: Settings, gateway: str) -> None:
    """Let the gateway stand in the register before it is first heard."""
    from core.clock import SystemClock
    from core.db import connect, translated_errors
    from core.reading import normalise_uid
    from ingest import store

    try:
        url = settings.database.url.get_secret_value()
        with connect(url, "trapwatch-gateway") as connection, translated_errors():
            store.register_gateways(connection, [normalise_uid(gateway)], SystemClock().now())
    except TrapwatchError as error:
        print(f"trapwatch: not in the register until it is heard: {error}", file=sys.stderr)


def _print_secret(gateway: str, secret: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"username": gateway, "secret": secret}))
        return
    print(f"user    {gateway}\nsecret  {secret}\nIt is shown this once; `rotate` makes a new one.")
