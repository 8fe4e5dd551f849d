"""`trapwatch webhooks`: the keys that webhook secrets are sealed with."""

import sys

import typer

from trapwatch.commands.process import load_settings_beside, refuse

app = typer.Typer(no_args_is_help=True, help="Webhook secrets in the database.")


@app.callback()
def _group() -> None:
    """Keep `rekey` a command of its own while it is the only one."""


@app.command()
def rekey() -> None:
    """Seal all endpoints' URLs and secrets with the first key; exit code 1 if one does not open.

    To change the key: put a new one before the old in TRAPWATCH_WEBHOOKS__SECRET_KEY of all
    processes, restart them, run this, then leave the old one out.
    """
    from alerts.webhooks.protection import protection_of
    from alerts.webhooks.sealing.rekey import rekey as seal_anew
    from core.db import connect
    from core.errors import ConfigError, TrapwatchError

    settings = load_settings_beside()
    try:
        keyring = protection_of(settings.webhooks).keyring
    except ConfigError as error:
        refuse(str(error))
    if keyring is None:
        refuse("TRAPWATCH_WEBHOOKS__SECRET_KEY is not set: `openssl rand -base64 32`")
    try:
        url = settings.database.url.get_secret_value()
        with connect(url, "trapwatch-rekey") as connection:
            done = seal_anew(connection, keyring)
    except TrapwatchError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    for endpoint_id, reason in done.unsealable:
        print(f"trapwatch: webhook endpoint {endpoint_id}: {reason}", file=sys.stderr)
    print(f"{done.endpoint_count} endpoints sealed with key {keyring.first_id}")
    if done.unsealable:
        raise SystemExit(1)
