"""Which timers an alerts process has, and what the settings tell them."""

from functools import partial

from alerts.service import timers
from core.clock import ManualClock
from core.instant import SECOND_US
from core.settings import AlertsSettings, Settings
from tests.webhooks import PROTECTION


def test_what_timers_may_tell_is_as_fresh_as_the_settings_say() -> None:
    settings = Settings(alerts=AlertsSettings(notify_age_s_max=60))
    found = timers(settings, ManualClock(0), PROTECTION)
    fresh = {
        timer.name: timer.run_once.keywords["notify_age_us"]
        for timer in found
        if isinstance(timer.run_once, partial) and "notify_age_us" in timer.run_once.keywords
    }
    assert fresh == dict.fromkeys(
        ["latched_hold", "cluster", "windowed_frequent", "windowed_hourly", "windowed_daily",
         "withheld"],
        60 * SECOND_US,
    )  # fmt: skip


def test_every_timer_has_a_name_of_its_own() -> None:
    names = [timer.name for timer in timers(Settings(), ManualClock(0), PROTECTION)]
    assert len(names) == len(set(names))
