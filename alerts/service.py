"""The alerts process: timers on a scheduler's threads, the webhook relay on the main thread.

Composition only. Any number of these processes may run: timers take a cluster-wide lock, relays
share the queue. None of them holds state that another one needs.
"""

from collections.abc import Callable
from datetime import UTC
from functools import partial
from importlib.metadata import version
from random import random
from threading import Event

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from prometheus_client.registry import Collector

from alerts.evidence.blobs import BlobDir
from alerts.evidence.keys import load_signer
from alerts.rule_trials.desk import SECONDS_MAX, TrialDesk
from alerts.schedules.wall_clock import zone_of
from alerts.tickets.sla.policy import load_policy
from alerts.timer_job import Timer, TimerJob, TimerMetrics
from alerts.timers import (
    ack_end,
    checkpoint,
    closing,
    cluster,
    coverage_day,
    coverage_present,
    device_offline,
    escalation,
    going_stale,
    grouping,
    latched_hold,
    late_data,
    repeat,
    retention,
    sealing,
    ticket_sla,
    town_index_month,
    webhook_endpoints,
    windowed,
    withheld,
)
from alerts.town_index.tree import load_tree
from alerts.webhooks.kinds.address import reachable
from alerts.webhooks.protection import Protection, deep_links_of, protection_of
from alerts.webhooks.relay import Relay
from alerts.webhooks.transport import HttpTransport
from alerts.windowed.indicator import Cadence
from core.backoff import Backoff
from core.clock import Clock
from core.database_link import ANSWER_S_MAX, DatabaseLink
from core.db import Connection
from core.errors import ConfigError
from core.instant import SECOND_US
from core.log import get_logger
from core.settings import EvidenceSettings, Settings

_log = get_logger("alerts.service")

_RETENTION_INTERVAL_S = 3_600.0
_FREEZE_INTERVAL_S = 60.0
_RECONNECT_S_MAX = 15.0
#: Longest pause between two looks whether a checkpoint is due.
_CHECKPOINT_LOOK_S = 60.0
#: A lease has to outlast an attempt by the time it takes to record it.
_RECORD_S = 5.0


class AlertsService:
    """One alerts process; ``run`` returns after ``stop`` is set and everything has come to its end.

    Raises: ConfigError: the settings contradict each other.
    """

    def __init__(self, settings: Settings, clock: Clock, stop: Event) -> None:
        webhooks = settings.webhooks
        if webhooks.lease_s < webhooks.timeout_s + _RECORD_S:
            raise ConfigError(
                f"TRAPWATCH_WEBHOOKS__LEASE_S ({webhooks.lease_s:g}) must be at least "
                f"{_RECORD_S:g} s more than TRAPWATCH_WEBHOOKS__TIMEOUT_S "
                f"({webhooks.timeout_s:g})"
            )
        self._clock = clock
        self._stop = stop
        self._url = settings.database.url.get_secret_value()
        protection = protection_of(webhooks)
        if protection.keyring is None:
            _log.warning("webhooks_unsealed", reason="TRAPWATCH_WEBHOOKS__SECRET_KEY is not set")
        self._transport = HttpTransport(
            clock,
            timeout_s=webhooks.timeout_s,
            guard=protection.guard,
            connection_count_max=webhooks.sender_count,
            resolve=protection.resolve,
        )
        self._relay = Relay(
            self._open_link,
            self._transport,
            clock,
            webhooks,
            protection,
            user_agent=f"Trapwatch/{version('trapwatch')}",
            random_ratio=random,
            public_url=reachable(settings.api.public_url),
            deep_links=deep_links_of(settings),
        )
        self._trials = TrialDesk(
            self._open_link("trapwatch-rule-trials", answer_s_max=SECONDS_MAX + ANSWER_S_MAX), clock
        )
        timer_metrics = TimerMetrics()
        self._jobs = [
            TimerJob(timer, self._open_link(f"trapwatch-{timer.name}"), clock, timer_metrics)
            for timer in timers(settings, clock, protection)
        ]
        self.collectors: list[Collector] = [
            *self._relay.metrics.collectors,
            *timer_metrics.collectors,
        ]

    def problems(self) -> list[str]:
        """Return why this process is not ready; empty means ready."""
        overdue = [problem for job in self._jobs if (problem := job.problem()) is not None]
        return [*self._relay.problems(), *overdue]

    def run(self) -> None:
        """Run timers and relay until told to stop; waits for the database as long as it takes."""
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(len(self._jobs))},
            # After a pause (a suspended machine, a slow run) one run makes up for all missed ones.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in self._jobs:
            scheduler.add_job(
                job.run,
                "interval",
                seconds=job.timer.interval_s,
                id=job.timer.name,
                next_run_time=self._clock.now(),
            )
        scheduler.start()
        self._trials.start()
        _log.info("alerts_started", timers=[job.timer.name for job in self._jobs])
        try:
            self._relay.run(self._stop)
        finally:
            self._trials.close()
            scheduler.shutdown(wait=True)
            self._relay.close()
            self._transport.close()
            for job in self._jobs:
                job.close()
            _log.info("alerts_stopped")

    def _open_link(
        self,
        application_name: str,
        prepare: Callable[[Connection], None] = lambda _connection: None,
        answer_s_max: float = ANSWER_S_MAX,
    ) -> DatabaseLink:
        return DatabaseLink(
            self._url,
            application_name,
            backoff=Backoff(_RECONNECT_S_MAX, random),
            log=_log,
            prepare=prepare,
            answer_s_max=answer_s_max,
        )


def timers(settings: Settings, clock: Clock, protection: Protection) -> list[Timer]:
    """Return the timers of an alerts process."""
    alerts = settings.alerts
    age_us = alerts.notify_age_s_max * SECOND_US
    return [
        Timer("device_offline", alerts.device_offline_interval_s, device_offline.run_once),
        Timer(
            "latched_hold",
            alerts.latched_hold_interval_s,
            partial(latched_hold.run_once, notify_age_us=age_us),
        ),
        Timer("ack_end", alerts.escalation_interval_s, ack_end.run_once),
        Timer("escalation", alerts.escalation_interval_s, escalation.run_once),
        Timer("late_data", alerts.staleness_interval_s, late_data.run_once),
        Timer("grouping", alerts.grouping_interval_s, grouping.run_once),
        Timer("repeat", alerts.escalation_interval_s, repeat.run_once),
        Timer("going_stale", alerts.staleness_interval_s, going_stale.run_once),
        Timer("closing", alerts.staleness_interval_s, closing.run_once),
        Timer(
            "cluster", alerts.cluster_interval_s, partial(cluster.run_once, notify_age_us=age_us)
        ),
        *(
            Timer(
                f"windowed_{cadence.value}",
                alerts.windowed_interval_s,
                partial(windowed.run_once, cadence=cadence, notify_age_us=age_us),
            )
            for cadence in Cadence
        ),
        Timer(
            "withheld", alerts.withheld_interval_s, partial(withheld.run_once, notify_age_us=age_us)
        ),
        Timer("ticket_sla", alerts.escalation_interval_s, ticket_sla.run_once),
        Timer(
            "webhook_endpoints",
            alerts.endpoints_interval_s,
            partial(
                webhook_endpoints.run_once,
                keyring=protection.keyring,
                disable_after_s=settings.webhooks.disable_after_s,
            ),
        ),
        *_checkpoint_timer(settings.evidence),
        _sealing_timer(settings.evidence),
        Timer(
            "coverage_present",
            alerts.coverage_interval_s,
            partial(
                coverage_present.run_once,
                interval_s=alerts.coverage_interval_s,
                monotonic_s=clock.monotonic_s,
            ),
        ),
        Timer(
            "coverage_day",
            _FREEZE_INTERVAL_S,
            partial(coverage_day.run_once, grace_s=alerts.coverage_day_grace_s),
        ),
        Timer(
            "town_index_month",
            _FREEZE_INTERVAL_S,
            partial(town_index_month.run_once, tree=load_tree(alerts.town_index_file)),
        ),
        Timer(
            "retention",
            _RETENTION_INTERVAL_S,
            partial(retention.run_once, retention_days=alerts.retention_days),
        ),
    ]


def _checkpoint_timer(evidence: EvidenceSettings) -> list[Timer]:
    if evidence.signing_key is None:
        _log.warning("no_checkpoints", reason="TRAPWATCH_EVIDENCE__SIGNING_KEY is not set")
        return []
    run_once = partial(
        checkpoint.run_once,
        signer=load_signer(evidence.origin, evidence.signing_key.get_secret_value()),
        interval_s=evidence.checkpoint_interval_s,
    )
    return [Timer("checkpoint", min(evidence.checkpoint_interval_s, _CHECKPOINT_LOOK_S), run_once)]


def _sealing_timer(evidence: EvidenceSettings) -> Timer:
    run_once = partial(
        sealing.run_once,
        blobs=BlobDir(evidence.blob_dir),
        zone=zone_of(load_policy().zone),
        grace_s=evidence.seal_grace_s,
        late_days=evidence.seal_late_days,
    )
    return Timer("sealing", evidence.seal_interval_s, run_once)
