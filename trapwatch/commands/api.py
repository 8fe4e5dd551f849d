"""`trapwatch api`: the HTTP API and the pages."""

import gc
import logging

from core.errors import ConfigError
from trapwatch.commands.process import load_settings, outlive_signals, refuse

#: Objects that are made before garbage is looked for, and looks at the young before one at older.
_GARBAGE_COUNTS = (20_000, 20, 20)


def api() -> None:
    """Serve the HTTP API until told to stop; it also starts while the database is away."""
    from api.app import create_app
    from core.clock import SystemClock
    from core.db import open_pool
    from migrations.runner import load_migrations
    from trapwatch.commands.server import serve

    settings = load_settings()
    # uvicorn hands a signal on to whoever held it before: end with 0, like the other processes.
    outlive_signals()
    # The event feed says once that the database is away; the pool would say so every few seconds.
    logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())
    pool = open_pool(
        settings.database.url.get_secret_value(),
        "trapwatch-api",
        size_max=settings.database.pool_size_max,
    )
    try:
        app = create_app(
            settings,
            pool,
            SystemClock(),
            migrations={entry.name: entry.checksum for entry in load_migrations()},
        )
        # What is here now stays: looking through all of it again and again for garbage would hold
        # every request up for 0.15 s each time. What a request makes goes without being looked for.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_GARBAGE_COUNTS)
        feed = app.state.services.feed
        serve(app, settings.api.host, settings.api.port, feed.end_streams)
    except ConfigError as error:
        refuse(str(error))
    finally:
        pool.close()
