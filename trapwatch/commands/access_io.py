"""What the commands about accounts and tokens share: their transaction, and who acts."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from core.errors import RequestError, TrapwatchError
from trapwatch.commands.process import load_settings_beside, refuse

if TYPE_CHECKING:
    from core.db import Connection


@contextmanager
def transaction() -> "Iterator[tuple[Connection, datetime]]":
    """Yield a connection and the time; what was done is committed if the block ends well.

    A refusal ends the command with exit code 2, a database that is away with 1.
    """
    from core.clock import SystemClock
    from core.db import connect, translated_errors

    url = load_settings_beside().database.url.get_secret_value()
    try:
        with connect(url, "trapwatch-access") as connection, translated_errors():
            yield connection, SystemClock().now()
    except RequestError as error:
        refuse(str(error))
    except TrapwatchError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def operator() -> str:
    """Return who runs the command, as the audit trail names them."""
    return f"cli:{getpass.getuser()}"
