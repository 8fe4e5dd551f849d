"""`trapwatch up`: the whole product on one machine, from one command."""

import os
import sys
from typing import Annotated

import typer

from core.errors import TrapwatchError
from trapwatch.commands.process import load_settings


def up(
    demo: Annotated[
        bool, typer.Option("--demo", help="Add a simulated county that publishes readings.")
    ] = False,
    speed: Annotated[
        float | None,
        typer.Option(min=0.1, max=3600, help="Run the simulated county N times real time."),
    ] = None,
) -> None:
    """Start database, broker and all processes; print their addresses; stop on Ctrl-C.

    TRAPWATCH_DATABASE__URL and TRAPWATCH_MQTT__URL name existing services to use instead of the
    embedded ones.
    """
    from rich.console import Console

    from trapwatch.stack.interrupt import Interrupts, StopRequested
    from trapwatch.stack.local import LocalStack

    settings = load_settings()
    console = Console()
    try:
        interrupts = Interrupts()
        LocalStack(settings, os.environ, console, demo=demo, speed=speed).run(interrupts)
    except StopRequested:
        return
    except TrapwatchError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None
