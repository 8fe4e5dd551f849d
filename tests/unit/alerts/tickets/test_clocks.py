"""Due times to the second, worked out by hand from the holiday notices of 2026.

Business hours are 08:30-12:00 and 13:30-17:30 in Shanghai: 7.5 h a working day. 2026: New Year is
off 1-3 January (Sunday 4 is worked), Spring Festival 15-23 February (Saturdays 14 and 28 are
worked).
"""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from alerts.tickets.sla.clocks import Clock, ClockState, Timekeeper
from alerts.tickets.sla.policy import ClockKind, Limit, Limits, load_policy, parse_policy
from core.errors import UnknownCalendarYearError
from core.instant import MINUTE_US, from_us, to_us

ZONE = ZoneInfo("Asia/Shanghai")
POLICY = load_policy()
K = ClockKind


def at(text: str) -> int:
    """An instant of a Shanghai wall time."""
    return to_us(datetime.fromisoformat(text).replace(tzinfo=ZONE))


def wall(instant_us: int | None) -> str:
    assert instant_us is not None
    return from_us(instant_us).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def keeper(severity: str = "orange", *, lenient: bool = False, **limits: Limit) -> Timekeeper:
    chosen = POLICY.limits_of("overflow", severity).model_copy(update=limits)
    return Timekeeper(POLICY, chosen, POLICY.working_time(), lenient)


def of(clocks: list[Clock], kind: ClockKind) -> Clock:
    return [clock for clock in clocks if clock.kind is kind][-1]


def run(time: Timekeeper, *acts: tuple[str, str]) -> list[Clock]:
    """Apply (wall time, action) in order; return the clocks."""
    clocks: list[Clock] = []
    closed: int | None = None
    for moment, action in acts:
        clocks = time.apply(clocks, action, at(moment), closed)
        closed = at(moment) if action == "close" else closed
    return clocks


@pytest.mark.parametrize(
    ("limit", "start", "due"),
    [
        # minutes run day and night
        ({"minute": 30}, "2026-02-16 23:50", "2026-02-17 00:20"),
        # two working hours: over lunch, over night, over a weekend, from before opening
        ({"working_hour": 2}, "2026-01-05 09:00", "2026-01-05 11:00"),
        ({"working_hour": 2}, "2026-01-05 11:00", "2026-01-05 14:30"),
        ({"working_hour": 2}, "2026-01-05 16:30", "2026-01-06 09:30"),
        ({"working_hour": 2}, "2026-01-09 17:00", "2026-01-12 10:00"),
        ({"working_hour": 2}, "2026-01-05 03:00", "2026-01-05 10:30"),
        ({"working_hour": 2}, "2026-01-05 15:30", "2026-01-05 17:30"),
        # New Year: Thursday to Saturday off, the Sunday after is worked
        ({"working_hour": 2}, "2025-12-31 17:00", "2026-01-04 10:00"),
        ({"working_day": 1}, "2025-12-31 10:00", "2026-01-04 17:30"),
        # Spring Festival: Saturday 14 is worked, 15 to 23 are off, Saturday 28 is worked
        ({"working_day": 1}, "2026-02-13 16:00", "2026-02-14 17:30"),
        ({"working_day": 1}, "2026-02-14 09:00", "2026-02-24 17:30"),
        ({"working_day": 3}, "2026-02-13 09:00", "2026-02-25 17:30"),
        ({"working_day": 5}, "2026-02-24 09:00", "2026-03-02 17:30"),
        ({"working_hour": 15}, "2026-02-14 13:30", "2026-02-25 12:00"),
        # the day of the start never counts, at whatever hour
        ({"working_day": 1}, "2026-01-05 00:10", "2026-01-06 17:30"),
        ({"working_day": 1}, "2026-01-05 23:50", "2026-01-06 17:30"),
    ],
)
def test_golden_due_times(limit: dict[str, int], start: str, due: str) -> None:
    time = keeper(accept=Limit.model_validate(limit))
    assert wall(of(run(time, (start, "open")), K.ACCEPT).due_us) == due


def test_a_return_gains_nobody_time() -> None:
    bounced = run(
        keeper(), ("2026-01-05 09:00", "open"), ("2026-01-05 09:10", "accept"),
        ("2026-01-05 09:20", "file"), ("2026-01-05 10:00", "dispatch"),
        ("2026-01-06 10:00", "return"), ("2026-01-07 10:00", "dispatch"),
    )  # fmt: skip
    resolve = of(bounced, K.RESOLVE)
    assert (resolve.round, wall(resolve.due_us)) == (1, "2026-01-08 17:30")
    respond = of(bounced, K.RESPOND)
    assert (respond.round, wall(respond.due_us)) == (1, "2026-01-06 17:30")
    first, second = (clock for clock in bounced if clock.kind is K.DISPATCH)
    assert (first.state, first.breached_us) == (ClockState.STOPPED, None)
    assert (second.round, wall(second.due_us)) == (2, "2026-01-06 12:00")
    assert second.breached_us == second.due_us  # given on a day later than two working hours


def test_what_was_left_at_the_suspension_is_left_at_the_resumption() -> None:
    acts = [("2026-01-05 10:00", "dispatch"), ("2026-01-06 14:30", "suspend")]
    paused = of(run(keeper(), *acts), K.RESOLVE)
    # 3 h on the 6th and twice 7.5 h
    assert (paused.state, paused.left_us) == (ClockState.PAUSED, 18 * 60 * MINUTE_US)
    assert paused.step_us is None
    # Friday 13 February, 09:00: 7 h that day, 7.5 h on Saturday 14, and 3.5 h after the festival
    resumed = of(run(keeper(), *acts, ("2026-02-13 09:00", "resume")), K.RESOLVE)
    assert wall(resumed.due_us) == "2026-02-24 12:00"
    assert resumed.left_us is None


def test_minutes_go_on_with_as_many_as_were_left() -> None:
    clocks = run(
        keeper("red"), ("2026-01-05 10:00", "dispatch"), ("2026-01-05 11:00", "suspend"),
        ("2026-01-10 02:00", "resume"),
    )  # fmt: skip
    assert wall(of(clocks, K.RESPOND).due_us) == "2026-01-10 03:00"
    assert wall(of(clocks, K.RESOLVE).due_us) == "2026-01-11 01:00"


def test_what_was_late_before_a_suspension_stays_late() -> None:
    clocks = run(
        keeper("red"), ("2026-01-05 10:00", "dispatch"), ("2026-01-05 12:30", "suspend"),
        ("2026-01-10 02:00", "resume"), ("2026-01-10 02:10", "start"),
    )  # fmt: skip
    respond = of(clocks, K.RESPOND)
    assert wall(respond.breached_us) == wall(respond.due_us) == "2026-01-05 12:00"


def test_rework_keeps_the_due_time_and_a_reopening_moves_it_by_the_time_closed() -> None:
    acts = [
        ("2026-01-05 10:00", "dispatch"), ("2026-01-05 11:00", "start"),
        ("2026-01-06 10:00", "report"), ("2026-01-07 10:00", "rework"),
    ]  # fmt: skip
    reworked = of(run(keeper(), *acts), K.RESOLVE)
    assert (reworked.state, wall(reworked.due_us)) == (ClockState.RUNNING, "2026-01-08 17:30")
    acts += [
        ("2026-01-07 11:00", "report"), ("2026-01-07 12:00", "close"),
        ("2026-01-17 12:00", "reopen"),
    ]  # fmt: skip
    clocks = run(keeper(), *acts)
    reopened = of(clocks, K.RESOLVE)
    assert (reopened.round, wall(reopened.due_us)) == (1, "2026-01-18 17:30")
    assert [c.round for c in clocks if c.kind is K.VERIFY] == [1, 2]


def test_a_breach_is_written_once_and_later_success_does_not_erase_it() -> None:
    time = keeper("red")
    (clock,) = run(time, ("2026-01-05 10:00", "open"))
    due = clock.due_us
    clock, steps = time.advance(clock, at("2026-01-05 10:29"))
    assert steps == [0]  # three quarters: 22.5 minutes
    clock, steps = time.advance(clock, at("2026-01-05 10:30"))
    assert (steps, clock.breached_us) == ([1], due)
    clock, steps = time.advance(clock, at("2026-01-05 10:45"))
    assert (steps, clock.step_us) == ([2], None)
    (clock, _) = time.apply([clock], "accept", at("2026-01-05 11:00"))
    assert (clock.state, clock.breached_us) == (ClockState.STOPPED, due)


def test_a_breach_that_no_timer_saw_is_noted_when_the_duty_is_done() -> None:
    clocks = run(keeper("red"), ("2026-01-05 10:00", "open"), ("2026-01-05 10:31", "accept"))
    assert wall(of(clocks, K.ACCEPT).breached_us) == "2026-01-05 10:30"
    on_time = run(keeper("red"), ("2026-01-05 10:00", "open"), ("2026-01-05 10:30", "accept"))
    assert of(on_time, K.ACCEPT).breached_us is None


def test_shares_of_working_time_are_counted_in_working_time() -> None:
    (clock,) = run(keeper(), ("2026-01-05 16:30", "open"))
    # due 09:30 on the 6th; three quarters of two working hours: 09:00 on the 6th
    assert wall(clock.step_us) == "2026-01-06 09:00"


def test_the_end_of_a_ticket_ends_every_clock() -> None:
    clocks = run(
        keeper(), ("2026-01-05 09:00", "open"), ("2026-01-05 09:10", "accept"),
        ("2026-01-05 10:00", "dispatch"), ("2026-01-05 11:00", "suspend"),
        ("2026-01-06 11:00", "cancel"),
    )  # fmt: skip
    assert {c.kind.value: c.state for c in clocks} == {
        "accept": ClockState.STOPPED,
        "dispatch": ClockState.STOPPED,
        "respond": ClockState.VOID,
        "resolve": ClockState.VOID,
    }


def test_another_edition_of_the_policy_changes_only_what_is_computed_anew() -> None:
    (before,) = run(keeper(), ("2026-01-05 09:00", "open"))
    text = POLICY.model_copy(update={"version": "2027-01-01"})
    limits = Limits.model_validate(
        {**POLICY.limits_of("x", "orange").model_dump(exclude_none=True), "accept": {"minute": 5}}
    )
    newer = Timekeeper(text, limits, POLICY.working_time())
    resumed = newer.apply(
        newer.apply([before], "suspend", before.started_us), "resume", before.started_us
    )
    assert resumed[0].due_us == before.due_us
    anew = newer.set_due(before)
    assert (wall(anew.due_us), anew.policy_version) == ("2026-01-05 09:05", "2027-01-01")


def test_a_year_without_a_notice_is_never_guessed() -> None:
    with pytest.raises(UnknownCalendarYearError, match="2027"):
        run(keeper("yellow"), ("2026-12-31 10:00", "open"))
    (open_ended,) = run(keeper("yellow", lenient=True), ("2026-12-31 10:00", "open"))
    assert (open_ended.due_us, open_ended.step_us) == (None, None)
    (minutes,) = run(keeper("red"), ("2026-12-31 23:50", "open"))
    assert wall(minutes.due_us) == "2027-01-01 00:20"


def test_a_clock_without_due_time_can_be_suspended_and_stopped() -> None:
    clocks = run(
        keeper("yellow", lenient=True), ("2026-12-31 10:00", "open"),
        ("2026-12-31 11:00", "suspend"), ("2026-12-31 12:00", "resume"),
        ("2026-12-31 12:30", "accept"),
    )  # fmt: skip
    assert replace(clocks[0]).state is ClockState.STOPPED


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("{minute: 30}", "{minute: 0}", "greater than 0"),
        ("{minute: 30}", "{minute: 1, working_day: 1}", "one unit"),
        ("- when: {}", "- when: {severity: blue}", "the last entry"),
        ("{at: 1.0, to: supervisor}", "{at: 1.1, to: supervisor}", r"1\.0"),
        ('from: "13:30"', 'from: "11:30"', "in order"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(old: str, new: str, why: str) -> None:
    from importlib.resources import files

    text = files("alerts.tickets.sla").joinpath("policy.yaml").read_text("utf-8")
    assert old in text
    with pytest.raises(ValueError, match=why):
        parse_policy(text.replace(old, new))
