"""The `trapwatch` command: one Typer application, one module a command."""

import typer

from trapwatch.commands import (
    account,
    alerts,
    api,
    bench,
    claim,
    deadletter,
    decode,
    doctor,
    evidence,
    gateway,
    handover,
    hj212,
    import_,
    ingest,
    migrate,
    rules,
    settings,
    simulate,
    stack,
    token,
    up,
    webhooks,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Trapwatch watches restaurant grease traps (隔油池).",
)
app.command()(up.up)
app.command()(ingest.ingest)
app.command()(alerts.alerts)
app.command()(api.api)
app.command()(migrate.migrate)
app.command()(decode.decode)
app.command()(hj212.hj212)
app.command()(doctor.doctor)
app.command()(settings.settings)
app.command()(bench.bench)
app.add_typer(account.app, name="account")
app.add_typer(claim.app, name="claim")
app.add_typer(deadletter.app, name="deadletter")
app.add_typer(evidence.app, name="evidence")
app.add_typer(gateway.app, name="gateway")
app.add_typer(handover.app, name="handover")
app.add_typer(import_.app, name="import")
app.add_typer(rules.app, name="rules")
app.add_typer(simulate.app, name="simulate")
app.add_typer(stack.app, name="stack")
app.add_typer(token.app, name="token")
app.add_typer(webhooks.app, name="webhooks")


def main() -> None:
    """Run the command line."""
    app()
