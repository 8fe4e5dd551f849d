"""How often each kind of episode happens. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EpisodeRates:
    """Episodes a trap and month (30 days), by kind; a back-up counts once for its branch.

    By default 300 traps have 25-60 of each kind in 60 days. ``gateway_outage`` is a gateway's
    rate, ``foam`` and ``traffic`` are counted a day, on units and covers that can have them.
    Nothing but routine happens in the first ``quiet_days``: baselines need them.
    """

    blockage_partial: float = 0.09
    blockage_sudden: float = 0.10
    backup: float = 0.07
    leak: float = 0.13
    bypass: float = 0.08
    night_dump: float = 0.08
    draw_down: float = 0.08
    pump_out_late: float = 0.08
    pump_out_incomplete: float = 0.08
    overdue: float = 0.08
    over_flow: float = 0.08
    cover_opened: float = 0.10
    cover_left_open: float = 0.08
    sensor_stuck: float = 0.08
    cut_wire: float = 0.07
    tamper: float = 0.09
    power_cuts: float = 0.06
    device_offline: float = 0.10
    closed: float = 0.07
    gateway_outage: float = 2.0
    drift_ratio: float = 0.12
    foam: float = 0.05
    traffic: float = 0.05
    inspection: float = 0.1
    quiet_days: int = 10
