"""`trapwatch ingest`: one worker that turns MQTT deliveries into committed rows."""

from core.errors import ConfigError
from trapwatch.commands.process import load_settings, refuse, stop_on_signals


def ingest() -> None:
    """Take readings from the broker until told to stop."""
    settings = load_settings()
    from core.clock import SystemClock
    from core.health import serve_health
    from ingest.worker import Worker

    try:
        worker = Worker(settings, SystemClock(), stop_on_signals())
    except ConfigError as error:
        refuse(str(error))
    with serve_health(settings.ingest.metrics_port, worker.problems, [worker.ledger]):
        worker.run()
