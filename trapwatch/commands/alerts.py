"""`trapwatch alerts`: timers, and the relay that delivers webhooks."""

from core.errors import ConfigError
from trapwatch.commands.process import load_settings, refuse, stop_on_signals


def alerts() -> None:
    """Run the timers and deliver webhooks until told to stop."""
    from alerts.service import AlertsService
    from core.clock import SystemClock
    from core.health import serve_health

    settings = load_settings()
    try:
        service = AlertsService(settings, SystemClock(), stop_on_signals())
        with serve_health(settings.alerts.metrics_port, service.problems, service.collectors):
            service.run()
    except ConfigError as error:
        refuse(str(error))
