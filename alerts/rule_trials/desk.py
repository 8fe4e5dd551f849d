"""Carries trials out one after the other, in a thread beside the timers."""

from collections.abc import Callable
from datetime import timedelta

from alerts.rule_trials import store
from alerts.rule_trials.history import InForce, run_backtest
from alerts.rule_trials.model import Report, Trial
from alerts.rule_trials.shipped import run_shipped_tests
from alerts.rules.rulebook import RuleBook
from alerts.store import select_overrides, select_rules
from core.clock import Clock
from core.database_link import UNAVAILABLE, DatabaseLink
from core.db import Connection
from core.errors import RequestError
from core.link_thread import LinkThread
from core.log import get_logger

#: A trial that nobody has said anything about for so long was left behind by a process that died.
SILENT = timedelta(seconds=180)
ATTEMPT_COUNT_MAX = 2
#: A backtest that takes longer has too much history for the alerts process.
SECONDS_MAX = 600.0

_log = get_logger("alerts.rule_trials")


class _StoppedError(Exception):
    """The process ends."""


class TrialDesk:
    """``start`` and ``close`` once each; ``link`` is its own."""

    def __init__(self, link: DatabaseLink, clock: Clock) -> None:
        self._clock = clock
        self._thread = LinkThread("rule-trials", link, self.run_once, _log)

    def start(self) -> None:
        """Begin to look; returns at once, also while the database is away."""
        self._thread.start()

    def close(self) -> None:
        """End; what is being tried goes back into the queue."""
        self._thread.close()

    def run_once(self, connection: Connection) -> bool:
        """Carry out the oldest trial that waits, on an autocommit connection; False: there is none.

        Raises: TransientError, MisconfiguredDatabaseError: it stays as it is and is left behind.
        """
        now = self._clock.now()
        trial = store.claim_trial(connection, now, now - SILENT, ATTEMPT_COUNT_MAX)
        if trial is None:
            problem = f"its process ended {ATTEMPT_COUNT_MAX} times while at it"
            store.give_up_trials(connection, now, now - SILENT, ATTEMPT_COUNT_MAX, problem)
            return False
        try:
            report = self._carry_out(connection, trial)
        except _StoppedError:
            store.put_back(connection, trial.rule_trial_id)
            return False
        except UNAVAILABLE:
            raise
        except RequestError as error:
            self._fail(connection, trial, str(error))
        except Exception as error:
            _log.exception("trial_failed", trial=trial.rule_trial_id)
            self._fail(connection, trial, f"a defect: {type(error).__name__}: {error}")
        else:
            store.finish(connection, trial.rule_trial_id, report, self._clock.now())
        return True

    def _fail(self, connection: Connection, trial: Trial, problem: str) -> None:
        store.fail(connection, trial.rule_trial_id, problem, self._clock.now())

    def _carry_out(self, connection: Connection, trial: Trial) -> Report:
        rules, overrides = select_rules(connection), select_overrides(connection)
        rule = next((one for one in rules if one.definition.code == trial.rule_code), None)
        if rule is None:
            raise RequestError(f"rule {trial.rule_code} is no longer in force")
        if trial.days is None:
            parameters = RuleBook(rules, overrides).county_parameters(rule)
            return run_shipped_tests(rule, parameters, trial.candidate)
        now = self._clock.now()
        return run_backtest(
            connection,
            InForce(rules, overrides),
            rule,
            candidate=trial.candidate,
            span=(now - timedelta(days=trial.days), now),
            progress=self._watch(connection, trial),
        )

    def _watch(self, connection: Connection, trial: Trial) -> Callable[[float], None]:
        """Return what is called between groups of traps with the share that is done."""
        deadline_s = self._clock.monotonic_s() + SECONDS_MAX

        def watch(share: float) -> None:
            if self._thread.is_closing:
                raise _StoppedError
            if share < 1.0 and self._clock.monotonic_s() > deadline_s:
                raise RequestError(
                    f"after {SECONDS_MAX:g} s {share:.0%} of the traps had been replayed: "
                    "ask for fewer days, or use trapwatch rules backtest"
                )
            store.keep_alive(connection, trial.rule_trial_id, self._clock.now())

        return watch
