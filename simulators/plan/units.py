"""Faults of units and links: stuck, cut, tampered with, silent. Pure; dice are passed in."""

import numpy as np

from core.instant import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from simulators.plan.faults import local_day_us
from simulators.plan.model import Plan, SensorFault, Span
from simulators.plan.rates import EpisodeRates
from simulators.plan.timetable import Timetable
from simulators.truth import Grade, TrueEpisode

_COVER = "cover_open|tilt_deg"
_CUTS_A_WEEK = 3


class UnitFaults:
    """Draws faults into a plan; each method one episode of its kind."""

    def __init__(self, plan: Plan, times: Timetable, rng: np.random.Generator) -> None:
        self._plan = plan
        self._times = times
        self._rng = rng
        fleet = plan.fleet
        #: Silence is noticed after three intervals or half an hour; one interval more is sure.
        self._missed_us = max(3 * plan.report_us, 30 * MINUTE_US) + plan.report_us
        self._all = list(range(len(fleet)))
        self._hydrostatic = np.flatnonzero(~fleet.ultrasonic).tolist()
        self._covered = np.flatnonzero(fleet.has_cover | fleet.has_tilt).tolist()

    def sensor_stuck(self) -> None:
        """A level that stays what it was for days."""
        length_us = int(self._rng.uniform(2.5, 6.0) * DAY_US)
        found = self._times.draw(length_us, self._all)
        if found is not None:
            place, start_us = found
            end_us = start_us + length_us
            self._plan.sensor_faults.append(SensorFault("stuck", place, start_us, end_us))
            self._plan.label("sensor_stuck", place, start_us, end_us, "level_mm")

    def cut_wire(self) -> None:
        """A 4-20 mA loop that is broken: level 0, or a sentinel."""
        length_us = int(self._rng.uniform(0.5, 4.0) * DAY_US)
        found = self._times.draw(length_us, self._hydrostatic)
        if found is not None:
            place, start_us = found
            end_us = start_us + length_us
            shows = ("zero", "sentinel", "nothing")[int(self._rng.integers(3))]
            value = {"zero": 0.0, "sentinel": 65_535.0, "nothing": np.nan}[shows]
            self._plan.sensor_faults.append(SensorFault("cut", place, start_us, end_us, value))
            self._plan.label("cut_wire", place, start_us, end_us, "level_mm", shows=shows)

    def tamper(self) -> None:
        """The cover is opened without an order and the sensor lifted, tilted or covered."""
        rng, plan = self._rng, self._plan
        length_us = int(rng.uniform(1.0, 4.0) * DAY_US)
        found = self._times.draw(length_us, self._covered)
        if found is None:
            return
        place, open_us = found
        shut_us = open_us + int(rng.uniform(3, 9) * MINUTE_US)
        plan.open_covers.append(Span(place, open_us, shut_us))
        touched_us = open_us + int(rng.uniform(0.3, 0.8) * (shut_us - open_us))
        end_us = open_us + length_us
        manner = "flat" if rng.random() < 0.35 else "step"
        step_mm = float(rng.uniform(120.0, 300.0)) * (1 if rng.random() < 0.25 else -1)
        fault = ("stuck", 0.0) if manner == "flat" else ("offset", step_mm)
        plan.sensor_faults.append(SensorFault(fault[0], place, touched_us, end_us, fault[1]))
        plan.label(
            "tamper",
            place,
            open_us,
            end_us,
            f"level_mm {_COVER}",
            touched_us=touched_us,
            manner=manner,
            step_mm=0 if manner == "flat" else round(step_mm),
        )

    def power_cuts(self) -> None:
        """Somebody switches the unit off in service hours, three times a week or more."""
        rng, plan = self._rng, self._plan
        found = self._times.draw(7 * DAY_US, self._all)
        if found is None:
            return
        place, first_us = found[0], local_day_us(found[1] + DAY_US)
        days = sorted(rng.permutation(5)[: int(rng.integers(3, 6))].tolist())
        spans = []
        for day in days:
            at_us = first_us + day * DAY_US + int(rng.uniform(17.0, 19.0) * HOUR_US)
            to_us = at_us + int(rng.uniform(0.7, 2.0) * HOUR_US)
            plan.silences.append(Span(place, at_us, to_us))
            spans.append((at_us, to_us))
        noticed = sum(to_us - at_us > self._missed_us for at_us, to_us in spans)
        grade: Grade = "certain" if noticed >= _CUTS_A_WEEK else "borderline"
        bounds = (spans[0][0], spans[-1][1])
        plan.label("power_cuts", place, *bounds, "level_mm", grade=grade, spans_us=spans)

    def device_offline(self) -> None:
        """A unit without battery or radio; some send afterwards what they kept."""
        rng, plan = self._rng, self._plan
        length_us = int(np.exp(rng.uniform(np.log(1.0), np.log(72.0))) * HOUR_US)
        found = self._times.draw(length_us, self._all)
        if found is not None:
            place, start_us = found
            end_us = start_us + length_us
            kept = float(rng.random() < 0.4)
            plan.silences.append(Span(place, start_us, end_us, kept))
            grade: Grade = "certain" if length_us > self._missed_us else "borderline"
            back = bool(kept)
            plan.label("device_offline", place, start_us, end_us, "", grade=grade, backfilled=back)

    def gateway_outages(self, rates: EpisodeRates, faults_from_us: int) -> None:
        """All units of a gateway silent at once; most gateways keep what they hear."""
        rng, plan = self._rng, self._plan
        devices = plan.fleet.county.devices
        months = max(plan.end_us - faults_from_us, 0) / (30 * DAY_US)
        for gateway in plan.fleet.county.gateways:
            members = [p for p, device in enumerate(devices) if device.gateway_uid == gateway.uid]
            for _ in range(int(rng.poisson(rates.gateway_outage * months))):
                room_us = plan.end_us - DAY_US - faults_from_us
                start_us = faults_from_us + int(rng.integers(max(room_us, 1)))
                end_us = start_us + int(rng.uniform(0.3, 6.0) * HOUR_US)
                kept = float(rng.random() < 0.8)
                plan.silences += [Span(place, start_us, end_us, kept) for place in members]
                detail = {"backfilled": bool(kept), "units": len(members)}
                plan.truth.append(
                    TrueEpisode(
                        "gateway_outage",
                        start_us,
                        end_us,
                        gateway_uid=gateway.uid,
                        grade="certain" if end_us - start_us > self._missed_us else "borderline",
                        detail=detail | {"metrics": [], "observable": True},
                    )
                )

    def nuisances(self, rates: EpisodeRates) -> None:
        """Drift, foam and traffic: never worth an alert."""
        rng, plan = self._rng, self._plan
        days = (plan.end_us - plan.start_us) / DAY_US
        for place in self._hydrostatic:
            if rng.random() < rates.drift_ratio:
                rate = float(rng.uniform(0.2, 0.5)) * (1 if rng.random() < 0.5 else -1)
                span = (place, plan.start_us, plan.end_us)
                plan.sensor_faults.append(SensorFault("drift", *span, rate))
                plan.label("drift", *span, "level_mm", mm_a_day=round(rate, 2))
        for place in np.flatnonzero(plan.fleet.ultrasonic).tolist():
            for at_us in self._moments(rates.foam * days):
                value = float(rng.uniform(80.0, 350.0)) * (1 if rng.random() < 0.7 else -1)
                to_us = at_us + plan.report_us
                plan.sensor_faults.append(SensorFault("foam", place, at_us, to_us, value))
                plan.label("foam", place, at_us, to_us, "level_mm", mm=round(value))
        for place in np.flatnonzero(plan.fleet.on_road).tolist():
            for at_us in self._moments(rates.traffic * days):
                to_us = at_us + int(rng.uniform(0.3, 1.9) * SECOND_US)
                plan.shocks.append(Span(place, at_us, to_us, float(rng.uniform(16, 35))))
                plan.label("traffic", place, at_us, to_us, _COVER)

    def _moments(self, expected: float) -> list[int]:
        count = int(self._rng.poisson(expected))
        drawn = self._rng.integers(self._plan.start_us, self._plan.end_us - HOUR_US, count)
        return [int(at_us) for at_us in np.sort(drawn)]
