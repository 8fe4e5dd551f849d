"""`trapwatch stack`: the embedded services without the product, for tests and set-up."""

import os
import signal
import subprocess
import sys
from typing import Annotated

import typer

from core.errors import TrapwatchError
from trapwatch.commands.process import load_settings

app = typer.Typer(no_args_is_help=True, help="The embedded PostgreSQL and Mosquitto.")


@app.command()
def build() -> None:
    """Build the private Debian tree of the services, unless it is complete already."""
    from rich.console import Console

    from trapwatch.stack.local import data_dir_of
    from trapwatch.stack.mirror import find_mirror
    from trapwatch.stack.steps import Steps
    from trapwatch.stack.tree import Tree, build_tree

    path = data_dir_of(load_settings()) / "services"
    if Tree(path).is_current:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with Steps(Console(), 1).step("Service tree (PostgreSQL, TimescaleDB, Mosquitto)") as step:
            build_tree(path, find_mirror, step.report)
            step.result = f"present in {path}"
    except TrapwatchError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None


@app.command(
    "exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
def execute(
    command: Annotated[list[str], typer.Argument(help="The command and its arguments.")],
) -> None:
    """Run a command beside a PostgreSQL for tests; exit with the command's exit code.

    The command finds the superuser URL of the maintenance database in
    TRAPWATCH_TEST_DATABASE_URL and the service tree in TRAPWATCH_TEST_TREE.
    """
    from trapwatch.stack import testing
    from trapwatch.stack.local import data_dir_of
    from trapwatch.stack.tree import Tree

    data_dir = data_dir_of(load_settings())
    tree = Tree(data_dir / "services")
    try:
        postgres = testing.start_test_postgres(tree, data_dir)
    except TrapwatchError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    environment = {
        **os.environ,
        testing.DATABASE_URL_VARIABLE: postgres.url(),
        testing.TREE_VARIABLE: str(tree.path),
    }
    try:
        code = _run(command, environment)
    finally:
        postgres.stop()
    raise SystemExit(code)


@app.command()
def schema() -> None:
    """Print the schema that the migrations make, as migrations/schema.sql keeps it."""
    from migrations.runner import migrate
    from trapwatch.stack import testing
    from trapwatch.stack.local import data_dir_of
    from trapwatch.stack.schema import dump_schema
    from trapwatch.stack.tree import Tree

    data_dir = data_dir_of(load_settings())
    try:
        postgres = testing.start_test_postgres(Tree(data_dir / "services"), data_dir)
        try:
            url = postgres.ensure_database(f"{testing.DATABASE_PREFIX}schema")
            migrate(url)
            print(dump_schema(postgres.tree, url), end="")
        finally:
            postgres.stop()
    except TrapwatchError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _run(command: list[str], environment: dict[str, str]) -> int:
    """Run ``command`` in the foreground; it hears Ctrl-C itself, SIGTERM is passed on."""
    with subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "--", *command], env=environment
    ) as process:
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda number, _frame: process.send_signal(number))
        code = process.wait()
    return 128 - code if code < 0 else code
