"""Which true episodes each rule has to find, and which explain an alert of it. A table."""

from typing import NamedTuple

from core.instant import DAY_US, HOUR_US, MINUTE_US

_FLOODS = ("surcharge", "overflow", "backup", "blockage_partial", "blockage_sudden")


class Expectation(NamedTuple):
    """``wanted`` kinds have to be found; ``accepted`` ones justify an alert without being asked for.

    An alert belongs to an episode if it fires between ``early_us`` before its start and
    ``late_us`` after its end, or is still open in it. ``level_min``: below that level of the
    rule an alert is a reminder. ``merged_by``: an alert of that rule on the branch stands for
    this one's. ``needs_sight``: an ultrasonic head that goes blind below the limit cannot see it.
    """

    wanted: tuple[str, ...]
    accepted: tuple[str, ...] = ()
    early_us: int = 30 * MINUTE_US
    late_us: int = HOUR_US
    level_min: int = 0
    merged_by: tuple[str, ...] = ()
    needs_sight: bool = False


EXPECTATIONS: dict[str, Expectation] = {
    "R01": Expectation(("surcharge",), _FLOODS, merged_by=("R05",)),
    "R02": Expectation(("overflow",), _FLOODS, merged_by=("R05",), needs_sight=True),
    "R03": Expectation(
        ("blockage_partial", "blockage_sudden"), ("backup", "surcharge"),
        late_us=DAY_US, merged_by=("R05",),
    ),
    "R04": Expectation(("fast_rise",), ("overflow", "spill"), merged_by=("R05",)),
    "R05": Expectation(("backup",), late_us=HOUR_US),
    "R06": Expectation(("grease",), early_us=6 * HOUR_US, late_us=6 * HOUR_US),
    "R07": Expectation(("overdue",), early_us=0, late_us=2 * DAY_US, level_min=1),
    "R08": Expectation(("draw_down",), late_us=27 * HOUR_US),
    "R09": Expectation(("pump_out_incomplete",), late_us=30 * HOUR_US),
    "R10": Expectation(("leak",), late_us=2 * DAY_US),
    "R11": Expectation(("bypass",), late_us=2 * DAY_US),
    "R12": Expectation(("night_dump",), late_us=DAY_US),
    "R13": Expectation(("over_flow",), ("hose",)),
    "R14": Expectation(
        ("device_offline", "gateway_outage"), ("power_cuts",), late_us=2 * HOUR_US
    ),
    "R15": Expectation(("sensor_stuck", "cut_wire"), ("tamper",), late_us=3 * HOUR_US),
    "R16": Expectation(
        ("cover_opened",), ("tamper", "draw_down", "night_dump", "pump_out", "cover_left_open"),
    ),
    "R17": Expectation(
        ("cover_left_open",), ("cover_opened", "pump_out"), early_us=HOUR_US,
    ),
    "R18": Expectation(("tamper", "power_cuts"), late_us=30 * HOUR_US),
}  # fmt: skip
