"""The law of the engine in memory: what readings sorted by time must have meant. Pure."""

from alerts.episode import Episode, Gate, Machine, Sample
from alerts.rules.rulebook import RuleBook
from core.reading_batch import ReadingBatch
from core.registry.model import Registry


def group_by_series(batch: ReadingBatch) -> dict[tuple[int, int], list[Sample]]:
    """Return the samples of each (device, metric), in the batch's order."""
    series: dict[tuple[int, int], list[Sample]] = {}
    for device_id, metric, at_us, value, received_at_us in zip(
        batch.device_id.tolist(),
        batch.metric.tolist(),
        batch.measured_at_us.tolist(),
        batch.value.tolist(),
        batch.received_at_us.tolist(),
        strict=True,
    ):
        series.setdefault((device_id, metric), []).append(Sample(at_us, value, received_at_us))
    return series


def replay(
    rulebook: RuleBook, registry: Registry, readings: ReadingBatch, gate: Gate
) -> list[Episode]:
    """Return all episodes of good readings in event-time order, by dedup key and start."""
    episodes: list[Episode] = []
    for (device_id, metric), samples in group_by_series(readings).items():
        device = registry.by_id(device_id)
        if device is None:
            continue
        for rule in rulebook.rules_of(device_id, metric):
            machine = Machine(rule, device)
            machine.follow(samples, gate)
            episodes += machine.ended
            if machine.episode is not None:
                episodes.append(machine.episode)
    return sorted(episodes, key=lambda episode: (episode.dedup_key, episode.started_at_us))
