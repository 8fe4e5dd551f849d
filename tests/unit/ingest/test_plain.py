"""Names and units as devices without a model of ours write them."""

import math

import pytest

from core.errors import DecodeError
from core.reading import METRIC_BY_LABEL, Metric, Quality
from ingest.codecs.plain import UNITS, plain_of, plain_value, plain_values


def said(name: str, raw: object, unit: str = "") -> tuple[str, float] | None:
    plain = plain_of(name)
    found = None if plain is None else plain_value(plain, raw, unit)
    return None if found is None else (found[0].label, round(found[1].number, 6))


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("level", 612, ("level_mm", 612)),
        ("liquid_level", 612, ("level_mm", 612)),
        ("distance", 1_500.5, ("distance_mm", 1_500.5)),
        ("flow", 0.2, ("flow_lps", 0.2)),
        ("flow_rate", 0.2, ("flow_lps", 0.2)),
        ("volume", 12, ("volume_l", 12)),
        ("temp", -3.5, ("temperature_c", -3.5)),
        ("temperature", 21, ("temperature_c", 21)),
        ("battery", 88, ("battery_pct", 88)),
        ("voltage", 3.6, ("battery_v", 3.6)),
        ("tilt", -7, ("tilt_deg", 7)),
        ("angle", 90, ("tilt_deg", 90)),
        ("cover", True, ("cover_open", 1)),
        ("cover", "closed", ("cover_open", 0)),
        ("rssi", -101, ("rssi_dbm", -101)),
        ("snr", 7.5, ("snr_db", 7.5)),
    ],
)
def test_a_bare_name_means_one_unit(name: str, raw: object, expected: tuple[str, float]) -> None:
    assert said(name, raw) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("level_cm", ("level_mm", 20)),
        ("water_level_m", ("level_mm", 2_000)),
        ("depth_mm", ("level_mm", 2)),
        ("distance_m", ("distance_mm", 2_000)),
        ("flow_lpm", ("flow_lps", 0.033333)),
        ("flow_lph", ("flow_lps", 0.000556)),
        ("flow_m3h", ("flow_lps", 0.555556)),
        ("volume_m3", ("volume_l", 2_000)),
        ("bat_v", ("battery_v", 2)),
        ("bat_mv", ("battery_v", 0.002)),
        ("battery_pct", ("battery_pct", 2)),
        ("battery_v", ("battery_v", 2)),
        ("tilt_rad", ("tilt_deg", 114.591559)),
        ("BatV", ("battery_v", 2)),
        ("waterLevel_cm", ("level_mm", 20)),
        ("flow-rate", ("flow_lps", 2)),
    ],
)
def test_a_name_may_end_in_its_unit(name: str, expected: tuple[str, float]) -> None:
    assert said(name, 2) == expected


@pytest.mark.parametrize(
    ("name", "raw", "unit", "expected"),
    [
        ("level", 1.5, "m", ("level_mm", 1_500)),
        ("depth", 61, "cm", ("level_mm", 610)),
        ("flow", 3.6, "m3/h", ("flow_lps", 1)),
        ("flow", 3.6, "m³/h", ("flow_lps", 1)),
        ("flow", 0.001, "m3/s", ("flow_lps", 1)),
        ("flow", 60, "L/min", ("flow_lps", 1)),
        ("battery", 3_600, "mV", ("battery_v", 3.6)),
        ("battery", 0.5, "/", ("battery_pct", 50)),
        ("battery", 50, "%EL", ("battery_pct", 50)),
        ("battery", 50, "/100", ("battery_pct", 50)),
        ("temp", 21, "Cel", ("temperature_c", 21)),
        ("temp", 21, "°C", ("temperature_c", 21)),
        ("level_mm", 2, "m", ("level_mm", 2_000)),
        ("level", "61 cm", "", ("level_mm", 610)),
        ("battery", "3.6 V", "", ("battery_v", 3.6)),
        ("level_cm", "61", "", ("level_mm", 610)),
    ],
)
def test_a_stated_unit_decides(
    name: str, raw: object, unit: str, expected: tuple[str, float]
) -> None:
    assert said(name, raw, unit) == expected


@pytest.mark.parametrize("name", ["depth", "water_level", "bat"])
def test_a_name_whose_unit_differs_by_sender_says_nothing_without_one(name: str) -> None:
    assert said(name, 2) is None
    assert said(name, "2") is None
    assert said(name, 2, next(iter(UNITS[Metric(plain_of(name).metrics[0])]))) is not None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "name", ["", "_", "humidity", "level_kg", "level" * 10_000, "_mm", "angle_x", "level_mm_x"]
)
def test_other_names_are_unknown(name: str) -> None:
    assert plain_of(name) is None


@pytest.mark.parametrize("raw", [None, True, [], {}, b"1"])
def test_what_is_no_number_says_nothing(raw: object) -> None:
    assert said("level", raw) is None


@pytest.mark.parametrize("raw", ["No Sensor", "61 kg", 10**40])
def test_what_cannot_be_a_number_is_a_fault(raw: object) -> None:
    ((metric, value),) = plain_values({"level": raw})
    assert metric is Metric.LEVEL_MM
    assert math.isnan(value.number)
    assert value.quality is Quality.SENSOR_FAULT


def test_a_stated_unit_that_does_not_fit_is_refused_with_those_that_do() -> None:
    with pytest.raises(DecodeError, match="unit of level: one of mm, cm, m expected, 'Cel' seen"):
        said("level", 1, "Cel")


def test_every_metric_has_its_own_name_and_units() -> None:
    assert set(UNITS) == set(Metric)
    for label, metric in METRIC_BY_LABEL.items():
        assert said(label, 1) == (metric.label, 1.0)


def test_each_metric_once_and_our_own_name_wins() -> None:
    found = plain_values({"temp": 1, "level": 5, "level_mm": 6, "liquid_level": 7, "x": 1})
    assert [(metric, value.number) for metric, value in found] == [
        (Metric.LEVEL_MM, 6.0),
        (Metric.TEMPERATURE_C, 1.0),
    ]
