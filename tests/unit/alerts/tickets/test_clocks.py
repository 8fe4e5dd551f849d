"""Due times to the second, worked out by hand from the holiday notices of 2026.

Business hours are 08:30-12:00 and 13:30-17:30 in Shanghai: 7.5 h a working day. 2026: New Year is
off 1-3 January (Sunday 4 is worked), Spring Festival 15-23 February (Saturdays 14 and 28 are
worked).
"""

from dataclasses import replace
from datetime import date, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from alerts.tickets.sla.clocks import Clock, ClockState, Timekeeper
from alerts.tickets.sla.policy import ClockKind, Limit, load_policy, parse_policy
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
    terms = POLICY.terms_of("overflow", severity)
    terms = terms.model_copy(update={"limits": terms.limits.model_copy(update=limits)})
    return Timekeeper(terms, terms.working_time(), lenient)


def of(clocks: list[Clock], kind: ClockKind) -> Clock:
    return [clock for clock in clocks if clock.kind is kind][-1]


def run(time: Timekeeper, *acts: tuple[str, str]) -> list[Clock]:
    """Apply (wall time, action) in order; return the clocks."""
    clocks: list[Clock] = []
    closed: int | None = None
    for moment, action in acts:
        clocks, _ = time.wind(clocks, at(moment), action, closed)
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


def test_the_warning_after_a_suspension_comes_with_a_quarter_of_the_time_left() -> None:
    clocks = run(
        keeper("red"), ("2026-01-05 10:00", "dispatch"), ("2026-01-05 10:30", "suspend"),
        ("2026-01-10 02:00", "resume"),
    )  # fmt: skip
    respond = of(clocks, K.RESPOND)
    # 120 minutes, 90 of them left: due 03:30, warned 30 minutes before
    assert (wall(respond.due_us), wall(respond.step_us)) == ("2026-01-10 03:30", "2026-01-10 03:00")


def test_a_reopening_where_nothing_was_left_is_due_at_once() -> None:
    acts = [
        ("2026-01-05 10:00", "dispatch"), ("2026-01-08 17:30", "report"),
        ("2026-01-09 10:00", "close"), ("2026-01-19 10:00", "reopen"),
    ]  # fmt: skip
    resolve = of(run(keeper(), *acts), K.RESOLVE)
    assert (wall(resolve.due_us), resolve.breached_us) == ("2026-01-19 10:00", None)
    later = of(run(keeper(), *acts, ("2026-01-19 10:01", "report")), K.RESOLVE)
    assert wall(later.breached_us) == "2026-01-19 10:00"


def test_a_late_ticket_that_is_reopened_stays_late() -> None:
    acts = [
        ("2026-01-05 10:00", "dispatch"), ("2026-01-09 09:00", "report"),
        ("2026-01-09 10:00", "close"), ("2026-01-19 10:00", "reopen"),
        ("2026-01-19 11:00", "report"),
    ]  # fmt: skip
    resolve = of(run(keeper(), *acts), K.RESOLVE)
    assert wall(resolve.breached_us) == wall(resolve.due_us) == "2026-01-08 17:30"


def test_a_first_response_that_was_late_fails_for_good() -> None:
    clocks = run(
        keeper("red"), ("2026-01-05 10:00", "dispatch"), ("2026-01-05 13:00", "start"),
        ("2026-01-05 14:00", "report"), ("2026-01-05 15:00", "close"),
        ("2026-01-06 15:00", "reopen"),
    )  # fmt: skip
    respond = of(clocks, K.RESPOND)
    assert (respond.state, wall(respond.breached_us)) == (ClockState.STOPPED, "2026-01-05 12:00")
    assert [c.round for c in clocks if c.kind is K.RESPOND] == [1]


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
    # 4 h on the 7th and 7.5 h on the 8th were left: 7.5 h on Monday 19, 3.5 h and 0.5 h on Tuesday
    assert (reopened.round, wall(reopened.due_us)) == (1, "2026-01-20 14:00")
    assert [c.round for c in clocks if c.kind is K.VERIFY] == [1, 2]


def test_a_breach_is_written_once_and_later_success_does_not_erase_it() -> None:
    time = keeper("red")
    clocks = run(time, ("2026-01-05 10:00", "open"))
    due = clocks[0].due_us
    clocks, told = time.wind(clocks, at("2026-01-05 10:29"))
    assert [t.step for t in told] == [0]  # three quarters: 22.5 minutes
    clocks, told = time.wind(clocks, at("2026-01-05 10:30"))
    assert told == []  # the due time itself is in time
    clocks, told = time.wind(clocks, at("2026-01-05 10:30") + 1)
    assert ([t.step for t in told], clocks[0].breached_us) == ([1], due)
    clocks, told = time.wind(clocks, at("2026-01-05 10:46"))
    assert ([t.step for t in told], clocks[0].step_us) == ([2], None)
    clocks, told = time.wind(clocks, at("2026-01-05 11:00"), "accept")
    assert (told, clocks[0].state, clocks[0].breached_us) == ([], ClockState.STOPPED, due)


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


def newer(severity: str = "orange", **limits: Limit) -> Timekeeper:
    """A timekeeper by a later edition with other limits."""
    terms = keeper(severity, **limits).terms.model_copy(update={"version": "2027-01-01"})
    return Timekeeper(terms, terms.working_time())


def test_another_edition_of_the_policy_changes_only_what_is_computed_anew() -> None:
    clocks = run(keeper(), ("2026-01-05 09:00", "open"))
    later = newer(accept=Limit(minute=5))
    for action in ("suspend", "resume"):
        clocks, _ = later.wind(clocks, clocks[0].started_us, action)
    (before,) = clocks
    assert (wall(before.due_us), before.policy_version) == ("2026-01-05 11:00", POLICY.version)
    anew = later.recompute(before, at("2026-01-05 09:01"))
    assert (wall(anew.due_us), anew.policy_version) == ("2026-01-05 09:05", "2027-01-01")
    assert anew.limit == Limit(minute=5)


def test_computing_anew_leaves_the_time_of_a_suspension_uncounted() -> None:
    acts = [
        ("2026-01-05 10:00", "dispatch"), ("2026-01-06 14:30", "suspend"),
        ("2026-01-12 14:30", "resume"),
    ]  # fmt: skip
    resolve = of(run(keeper(), *acts), K.RESOLVE)
    assert wall(resolve.due_us) == "2026-01-14 17:30"
    longer = newer(resolve=Limit(working_day=5))  # 9 January without the suspension
    assert wall(longer.recompute(resolve, at("2026-01-13 09:00")).due_us) == "2026-01-16 17:30"
    shorter = newer(resolve=Limit(working_day=1))  # 13.5 h: 6, 4.5 before the pause, 3 after it
    assert wall(shorter.recompute(resolve, at("2026-01-13 09:00")).due_us) == "2026-01-12 17:30"
    minutes = newer(resolve=Limit(minute=60))  # cannot be told in minutes: from now
    assert wall(minutes.recompute(resolve, at("2026-01-13 09:00")).due_us) == "2026-01-13 10:00"


def test_computing_anew_by_the_same_terms_changes_nothing() -> None:
    acts = [("2026-01-05 10:00", "dispatch"), ("2026-01-06 14:30", "suspend")]
    for more in ([], [("2026-01-12 14:30", "resume")]):
        for clock in run(keeper(), *acts[: 1 + len(more)], *more):
            assert keeper().recompute(clock, at("2026-01-13 09:00")) == clock


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
    assert (clocks[0].state, clocks[0].due_us) == (ClockState.STOPPED, None)


def test_a_due_time_is_known_as_soon_as_its_year_is() -> None:
    blind = keeper("yellow", lenient=True)
    (clock,) = run(blind, ("2026-12-31 10:00", "open"))
    notice = frozenset({date(2027, 1, 1)})
    calendar = replace(
        blind.working.calendar,
        version="2027",
        sources={**blind.working.calendar.sources, 2027: "notice"},
        days_off=blind.working.calendar.days_off | notice,
    )
    seeing = replace(blind, working=replace(blind.working, calendar=calendar))
    ((known,), told) = seeing.wind([clock], at("2026-12-31 11:00"))
    assert (wall(known.due_us), known.calendar_version, told) == ("2027-01-04 17:30", "2027", [])


def test_what_was_left_of_an_unknown_time_is_all_of_it() -> None:
    blind = keeper("yellow", lenient=True)
    clocks = run(
        blind, ("2026-12-31 10:00", "open"), ("2026-12-31 11:00", "suspend"),
        ("2026-12-31 12:00", "resume"),
    )  # fmt: skip
    assert wall(clocks[0].started_us) == "2026-12-31 12:00"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("{minute: 30}", "{minute: 0}", "greater than 0"),
        ("{minute: 30}", "{minute: 1, working_day: 1}", "one unit"),
        ("- when: {}", "- when: {severity: blue}", "the last entry"),
        ("{at: 1.0, to: supervisor}", "{at: 1.1, to: supervisor}", r"1\.0"),
        ('from: "13:30"', 'from: "11:30"', "in order"),
        ("{at: 0.75, to: owner}", "{at: 1.2, to: owner}", "in order"),
        ("{at: 0.75, to: owner}", "{at: 0.75, to: nobody}", "owner"),
        ("severity: orange", "severity: purple", "orange"),
        ("accept: {minute: 30}", "accepts: {minute: 30}", "accept"),
        ("zone: Asia/Shanghai", "zone: Asia/Shangri-La", "time zone"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(old: str, new: str, why: str) -> None:
    text = files("alerts.tickets.sla").joinpath("policy.yaml").read_text("utf-8")
    assert old in text
    with pytest.raises(ValueError, match=why):
        parse_policy(text.replace(old, new))
