"""A process's metrics and their text for Prometheus.

Metrics belong to the objects that count; nothing is registered globally. Whoever composes a
process hands their collectors over, beside the process's own memory, CPU and garbage collection.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST


def new_registry(collectors: Iterable[Collector]) -> CollectorRegistry:
    """Return a registry of these collectors and of the process's own figures.

    Raises: ValueError: two collectors have a metric of the same name.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    for collector in collectors:
        registry.register(collector)
    return registry


def render(registry: CollectorRegistry) -> bytes:
    """Return the text of ``/metrics``; its type is CONTENT_TYPE."""
    return generate_latest(registry)
