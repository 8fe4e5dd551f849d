"""`trapwatch migrate`: bring the database to this version's schema and rule catalogue."""

import sys

from core.errors import TrapwatchError
from trapwatch.commands.process import load_settings


def migrate() -> None:
    """Apply the migrations that are missing, then the rule catalogue; safe to repeat."""
    from alerts.seed import seed_rules
    from core.clock import SystemClock
    from core.db import connect
    from migrations.runner import migrate as apply_migrations

    settings = load_settings()
    url = settings.database.url.get_secret_value()
    try:
        applied = apply_migrations(url, lambda name: print(f"applying {name}"))
        with connect(url, "trapwatch-migrate") as connection:
            seeded = seed_rules(connection, SystemClock().now())
    except TrapwatchError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    print(f"{len(applied)} migrations applied, {seeded} rules seeded")
