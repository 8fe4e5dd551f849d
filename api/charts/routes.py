"""Charts over HTTP."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from alerts.rules.rulebook import RuleBook
from alerts.store import select_overrides, select_rules
from api.charts import store
from api.charts.columns import GAP_INTERVALS, open_spans, with_gaps
from api.charts.schemas import CoverSpan, Series, SpanCode, Threshold, TrapChart
from api.dependencies import NowDep, TransactionDep
from api.readings.store import select_trap_devices
from api.registry.store import select_traps
from api.routing import strict_router
from api.schemas import Id
from core.db import Connection
from core.errors import NotFoundError
from core.reading import Metric
from core.registry.model import DeviceEntry
from core.registry.store import select_devices

router = strict_router("charts")

SPANS: Mapping[SpanCode, timedelta] = {
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "1y": timedelta(days=365),
    "2y": timedelta(days=730),
}
_RAW_SPAN_MAX = timedelta(days=7)
_HOUR_S = 3_600
_INTERVAL_S_DEFAULT = 300


@router.get("/charts/traps/{trap_id}")
def get_trap_chart(
    *, connection: TransactionDep, now: NowDep, trap_id: Id, span: SpanCode = "7d"
) -> TrapChart:
    """One trap until now: readings as measured up to seven days, by the hour beyond."""
    traps = select_traps(connection, trap_id=trap_id)
    if not traps:
        raise NotFoundError(f"there is no trap {trap_id}")
    device_ids = select_trap_devices(connection, trap_id)
    devices = select_devices(connection, device_ids)
    window = store.Window(device_ids, now - SPANS[span], now)
    is_hourly = SPANS[span] > _RAW_SPAN_MAX
    pause_s = gap_s(devices, is_hourly=is_hourly)
    level, flow = (
        _series(store.select_points(connection, window, metric, is_hourly=is_hourly), pause_s)
        for metric in (Metric.LEVEL_MM, Metric.FLOW_LPS)
    )
    town_ids = [device.trap.town_id for device in devices if device.trap is not None]
    return TrapChart(
        trap_id=trap_id,
        code=traps[0].code,
        from_at=window.from_at,
        to_at=window.to_at,
        resolution="hourly" if is_hourly else "raw",
        gap_s=pause_s,
        outlet_invert_mm=traps[0].outlet_invert_mm,
        cover_mm=traps[0].cover_mm,
        level_mm=level,
        flow_lps=flow,
        thresholds=thresholds_of(connection, devices),
        cover_open=_cover_open(connection, window, is_hourly=is_hourly),
        rain=store.select_rain(connection, town_ids[0], window) if town_ids else [],
        events=store.select_events(connection, trap_id, window.from_at, window.to_at),
    )


def thresholds_of(connection: Connection, devices: Sequence[DeviceEntry]) -> list[Threshold]:
    """Return from which levels on rules fire, with what was overridden for this trap."""
    book = RuleBook(select_rules(connection), select_overrides(connection))
    found: dict[tuple[str, float], Threshold] = {}
    for device in devices:
        book.put(device)
        for compiled in book.rules_of(device.device_id, Metric.LEVEL_MM):
            definition = compiled.rule.definition
            if definition.kind != "level":
                continue
            for level in compiled.levels:
                found[definition.code, level.raise_at] = Threshold(
                    rule_code=definition.code,
                    name=definition.name,
                    name_en=definition.name_en,
                    severity=level.severity,
                    level_mm=level.raise_at,
                )
    return sorted(found.values(), key=lambda threshold: threshold.level_mm)


def gap_s(devices: Sequence[DeviceEntry], *, is_hourly: bool) -> float:
    """Return the pause between two readings of a trap, in s, beyond which there is a gap."""
    in_service = [device for device in devices if device.status != "retired"] or devices
    interval_s = max((d.report_interval_s for d in in_service), default=_INTERVAL_S_DEFAULT)
    late_s = GAP_INTERVALS * interval_s
    return max(late_s, 1.5 * _HOUR_S) if is_hourly else late_s


def _series(points: Sequence[store.Point], pause_s: float) -> Series:
    rows = [(p.at_s, (p.value_mean, p.value_min, p.value_max)) for p in points]
    times, columns = with_gaps(rows, pause_s)
    mean, low, high = columns or ([], [], [])
    return Series(at_s=times, mean=mean, min=low, max=high)


def _cover_open(
    connection: Connection, window: store.Window, *, is_hourly: bool
) -> list[CoverSpan]:
    before = store.select_latest(
        connection, window.device_ids, Metric.COVER_OPEN, before=window.from_at
    )
    states = [] if before is None else [(_s(window.from_at), before.value > 0)]
    if is_hourly:
        for hour in store.select_cover_hours(connection, window):
            states.append((hour.at_s, hour.was_open))
            states.append((hour.at_s + _HOUR_S, hour.stayed_open))
    else:
        points = store.select_points(connection, window, Metric.COVER_OPEN, is_hourly=False)
        states.extend((point.at_s, point.value_mean > 0) for point in points)
    return [CoverSpan(from_s=span.from_s, to_s=span.to_s) for span in open_spans(states)]


def _s(moment: datetime) -> int:
    return int(moment.timestamp())
