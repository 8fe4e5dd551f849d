"""Faults of water and people: blockages, leaks, dumps, covers. Pure; dice are passed in."""

from collections import defaultdict
from typing import Any

import numpy as np

from core.instant import DAY_US, HOUR_US, MINUTE_US, from_us
from simulators.festivals import is_public_holiday
from simulators.kitchen import KITCHEN_TYPES, LOCAL_OFFSET_US
from simulators.plan.cleaning import repair
from simulators.plan.model import Action, ActionKind, BackUp, Closure, Growth, Plan, Span
from simulators.plan.timetable import Timetable
from simulators.truth import Grade, TrueEpisode

_NIGHT_MARKET, _CANTEEN = KITCHEN_TYPES.index("night_market"), KITCHEN_TYPES.index("canteen")
_COVER = "cover_open|tilt_deg"
_BLOCKED_VISIBLY, _BLOCKED_CLEARLY, _SHUT = 0.5, 0.85, 0.97
#: Hours from the last water of a day until six in the morning.
_DRY_UNTIL_SIX_H = {"large": 7.5, "small": 8.0, "canteen": 10.0, "night_market": 4.0}
#: Three days on which it is open, and one to be sure.
_BYPASS_SEEN_D = 4
#: So many restaurants report that they are shut.
_SAYS_IT_IS_SHUT = 0.9
#: A night's fall that is beyond 60 mm whatever the sensor's noise.
_NIGHT_FALL_MM = 85.0


def local_day_us(at_us: int) -> int:
    """Return the local midnight at or before an instant."""
    return (at_us + LOCAL_OFFSET_US) // DAY_US * DAY_US - LOCAL_OFFSET_US


class WaterFaults:
    """Draws faults into a plan; each method one episode of its kind."""

    def __init__(self, plan: Plan, times: Timetable, rng: np.random.Generator) -> None:
        self._plan = plan
        self._times = times
        self._rng = rng
        self._all = list(range(len(plan.fleet)))
        # No water runs in a canteen at week-ends, which would hide a short fault.
        self._daily = np.flatnonzero(plan.fleet.type_index != _CANTEEN).tolist()
        branches: defaultdict[str, list[int]] = defaultdict(list)
        for place, trap in enumerate(plan.fleet.traps):
            branches[trap.sewer_branch].append(place)
        self._branches = [(code, at) for code, at in sorted(branches.items()) if len(at) >= 3]

    def _hours(self, low: float, high: float) -> int:
        return int(self._rng.uniform(low, high) * HOUR_US)

    def _in_service_us(self, place: int, day_us: int) -> int:
        """Return a moment of the day after ``day_us`` at which the kitchen works."""
        night = self._plan.fleet.type_index[place] == _NIGHT_MARKET
        hours = self._hours(17.0, 23.0) if night else self._hours(10.5, 17.5)
        at_us = local_day_us(day_us) + hours
        return at_us if at_us >= day_us else at_us + DAY_US

    def _open_days(self, place: int, midnight_us: int, days: int) -> int:
        if self._plan.fleet.type_index[place] != _CANTEEN:
            return days
        dates = [
            from_us(midnight_us + LOCAL_OFFSET_US + day * DAY_US).date() for day in range(days)
        ]
        return sum(on.weekday() < 5 and not is_public_holiday(on) for on in dates)

    def blockage_partial(self) -> None:
        """A blockage that grows by 5-20 % a day, stands for a while, and is cleared."""
        rng, plan = self._rng, self._plan
        rate, peak = float(rng.uniform(0.05, 0.2)), float(rng.uniform(0.87, 0.97))
        growing_us = int(peak / rate * DAY_US)
        length_us = growing_us + self._hours(12, 60)
        found = self._times.draw(length_us, self._all)
        if found is None:
            return
        place, start_us = found
        clear_us = repair(plan, place, start_us + length_us, rng)
        plan.growths.append(Growth(place, start_us, rate, peak, clear_us))
        plan.actions.append(Action(clear_us, place, ActionKind.BLOCK, 0.0))
        half_us = start_us + int(_BLOCKED_VISIBLY / rate * DAY_US)
        clear_at_us = start_us + int(_BLOCKED_CLEARLY / rate * DAY_US)
        detail: dict[str, Any] = {
            "rate_a_day": round(rate, 3),
            "peak": round(peak, 3),
            "began_us": start_us,
        }
        kind, needs = "blockage_partial", "level_mm"
        plan.label(kind, place, half_us, clear_at_us, needs, grade="borderline", **detail)
        plan.label(kind, place, clear_at_us, clear_us, needs, **detail)

    def blockage_sudden(self) -> None:
        """An outlet that is shut, or nearly, from one moment to the next."""
        rng, plan = self._rng, self._plan
        blockage = 1.0 if rng.random() < 0.6 else float(rng.uniform(0.92, 1.0))
        length_us = self._hours(5, 20)
        found = self._times.draw(length_us + DAY_US, self._daily)
        if found is None:
            return
        place, start_us = found[0], self._in_service_us(*found)
        clear_us = repair(plan, place, start_us + length_us, rng)
        plan.actions += [
            Action(start_us, place, ActionKind.BLOCK, blockage),
            Action(clear_us, place, ActionKind.BLOCK, 0.0),
        ]
        # At 0.95 a small kitchen's water still gets away within minutes.
        grade: Grade = "certain" if blockage >= _SHUT else "borderline"
        detail: dict[str, Any] = {"blockage": round(blockage, 3)}
        plan.label("blockage_sudden", place, start_us, clear_us, "level_mm", grade=grade, **detail)

    def backup(self) -> None:
        """A sewer that backs up into all traps of its branch."""
        rng, plan = self._rng, self._plan
        for _ in range(20 if self._branches else 0):
            code, places = self._branches[int(rng.integers(len(self._branches)))]
            length_us = self._hours(1, 6)
            first_us, last_us = self._times.span_us
            start_us = first_us + int(rng.integers(max(last_us - first_us - length_us, 1)))
            if all(self._times.is_free(p, start_us, start_us + length_us) for p in places):
                break
        else:
            return
        for place in places:
            self._times.take(place, start_us, start_us + length_us)
        head_mm = float(rng.uniform(110.0, 320.0))
        rise_us, fall_us = int(rng.uniform(0.1, 0.3) * length_us), int(0.2 * length_us)
        end_us = start_us + length_us
        full_us, falling_us = start_us + rise_us, end_us - fall_us
        plan.back_ups.append(BackUp(tuple(places), start_us, full_us, falling_us, end_us, head_mm))
        grade: Grade = "certain" if head_mm >= 140.0 else "borderline"
        detail: dict[str, Any] = {
            "traps": [plan.fleet.traps[place].code for place in places],
            "head_mm": round(head_mm),
            "rain": bool(rng.random() < 0.6),
            "metrics": ["level_mm"],
            "observable": True,
        }
        plan.truth.append(
            TrueEpisode("backup", start_us, end_us, branch=code, grade=grade, detail=detail)
        )

    def leak(self) -> None:
        """A crack that loses 8-30 mm an hour below the outlet as well."""
        rng, plan = self._rng, self._plan
        length_us = self._hours(4 * 24, 9 * 24)
        found = self._times.draw(length_us, self._all)
        if found is None:
            return
        place, start_us = found
        rate = float(np.exp(rng.uniform(np.log(8.0), np.log(30.0))))
        end_us = repair(plan, place, start_us + length_us, rng)
        lps = rate / 3_600 * float(plan.fleet.area_m2[place])
        plan.actions += [
            Action(start_us, place, ActionKind.LEAK, lps),
            Action(end_us, place, ActionKind.LEAK, 0.0),
        ]
        fall_mm = rate * _DRY_UNTIL_SIX_H[KITCHEN_TYPES[plan.fleet.type_index[place]]]
        grade: Grade = "certain" if fall_mm >= _NIGHT_FALL_MM else "borderline"
        detail: dict[str, Any] = {"mm_an_hour": round(rate, 1), "by_six_mm": round(fall_mm)}
        plan.label("leak", place, start_us, end_us, "level_mm", grade=grade, **detail)

    def bypass(self) -> None:
        """The kitchen works, its water goes past the trap."""
        days = int(self._rng.integers(4, 11))
        found = self._times.draw((days + 1) * DAY_US, self._all)
        if found is not None:
            place, start_us = found[0], local_day_us(found[1] + DAY_US)
            end_us = start_us + days * DAY_US
            left = float(self._rng.uniform(0.0, 0.06))
            self._plan.dry.append(Span(place, start_us, end_us, left))
            open_days = self._open_days(place, start_us, days)
            grade: Grade = "certain" if open_days >= _BYPASS_SEEN_D else "borderline"
            detail: dict[str, Any] = {"left": round(left, 3), "open_days": open_days}
            self._plan.label("bypass", place, start_us, end_us, "volume_l", grade=grade, **detail)

    def closed(self) -> None:
        """The shop is shut for a few days; most say so, the register still says open."""
        days = int(self._rng.integers(3, 11))
        found = self._times.draw((days + 1) * DAY_US, self._all)
        if found is not None:
            place, start_us = found[0], local_day_us(found[1] + DAY_US)
            self._plan.dry.append(Span(place, start_us, start_us + days * DAY_US, 0.0))
            end_us = start_us + days * DAY_US
            said = bool(self._rng.random() < _SAYS_IT_IS_SHUT)
            if said:
                code = self._plan.fleet.traps[place].code
                self._plan.closures.append(Closure(code, start_us, end_us))
            self._plan.label("closed", place, start_us, end_us, "", reported=said)

    def night_dump(self) -> None:
        """Somebody pours waste in, between one and four, on several nights."""
        rng, plan = self._rng, self._plan
        nights = int(rng.integers(2, 5))
        found = self._times.draw((nights + 1) * DAY_US, self._all)
        if found is None:
            return
        place, midnight_us = found[0], local_day_us(found[1] + DAY_US)
        from_h = 2.7 if plan.fleet.type_index[place] == _NIGHT_MARKET else 1.0
        opens = bool(rng.random() < 0.4)
        litres, spans = [], []
        for night in range(nights):
            at_us = midnight_us + night * DAY_US + self._hours(from_h, 3.6)
            volume_l, minutes = float(rng.uniform(100, 600)), float(rng.uniform(12, 40))
            to_us = at_us + int(minutes * MINUTE_US)
            plan.inflows.append((place, at_us, to_us, volume_l / minutes / 60))
            if opens:
                plan.open_covers.append(Span(place, at_us - 3 * MINUTE_US, to_us + 2 * MINUTE_US))
            litres.append(round(volume_l))
            spans.append((at_us, to_us))
        grade: Grade = "certain" if sorted(litres)[-2] >= 130 else "borderline"
        detail: dict[str, Any] = {"litres": litres, "cover_open": opens, "spans_us": spans}
        start_us, end_us = spans[0][0], spans[-1][1]
        plan.label("night_dump", place, start_us, end_us, "flow_lps", grade=grade, **detail)

    def over_flow(self) -> None:
        """A hose left running or a banquet: more than the trap is rated for."""
        rng, plan = self._rng, self._plan
        found = self._times.draw(DAY_US, self._all)
        if found is None:
            return
        place = found[0]
        at_us = self._in_service_us(*found)
        to_us = at_us + int(rng.uniform(15, 40) * MINUTE_US)
        rate_lps = float(rng.uniform(1.2, 2.0)) * float(plan.fleet.rated_lps[place])
        plan.inflows.append((place, at_us, to_us, rate_lps))
        plan.label("hose", place, at_us, to_us, "flow_lps", lps=round(rate_lps, 2))

    def cover_opened(self) -> None:
        """Somebody lifts the cover without an order."""
        rng, plan = self._rng, self._plan
        length_us = int(np.exp(rng.uniform(np.log(2.0), np.log(180.0))) * MINUTE_US)
        found = self._times.draw(length_us, self._all)
        if found is not None:
            place, start_us = found
            plan.open_covers.append(Span(place, start_us, start_us + length_us))
            sure = plan.triggered or length_us > 2 * plan.report_us
            grade: Grade = "certain" if sure else "borderline"
            road = bool(plan.fleet.on_road[place])
            end_us = start_us + length_us
            plan.label("cover_opened", place, start_us, end_us, _COVER, grade=grade, on_road=road)
