from alerts.visits.model import Duty, Item, Outcome
from alerts.visits.settlement import (
    CAME_UP,
    DeviceWork,
    Entry,
    LeftOpen,
    TicketWork,
    find_problems,
    unsettled,
)


def item(duty: Duty, number: int) -> Item:
    return Item(f"{duty}:{number}", duty, 1, None, None, "x", None, None, False)


TICKET, DEVICE, CHECK = item(Duty.TICKET, 1), item(Duty.DEVICE, 2), item(Duty.CHECK, 3)


def by_key(*items: Item) -> dict[str, Item]:
    return {one.key: one for one in items}


def test_all_that_is_still_due_is_accounted_for() -> None:
    listed = by_key(TICKET, DEVICE)
    entries = [Entry("ticket:1", TicketWork(3, (("start", {}),))), Entry("device:2", LeftOpen("-"))]
    assert find_problems(entries, listed, listed) == []
    (missing,) = find_problems(entries[:1], listed, listed)
    assert (missing.pointer, "device:2" in missing.detail) == ("#/items", True)


def test_what_is_gone_needs_no_entry_and_what_came_up_may_have_one() -> None:
    listed, present = by_key(TICKET), by_key(CHECK)
    assert find_problems([], listed, present) == []
    assert find_problems([Entry("check:3", LeftOpen("-"))], listed, present) == []
    assert find_problems([Entry("ticket:1", LeftOpen("-"))], listed, present) == []
    gone, came_up = unsettled((), listed, present)
    assert (gone.item, gone.outcome) == (TICKET, Outcome.GONE)
    assert (came_up.item, came_up.outcome, came_up.note) == (CHECK, Outcome.LEFT_OPEN, CAME_UP)
    assert unsettled({"ticket:1", "check:3"}, listed, present) == []


def test_wrong_entries_are_named_by_where_they_stand() -> None:
    listed = by_key(TICKET, DEVICE)
    entries = [
        Entry("ticket:1", DeviceWork("repaired", "")),
        Entry("device:2", DeviceWork("repaired", "")),
        Entry("device:2", LeftOpen("-")),
        Entry("check:9", LeftOpen("-")),
    ]
    problems = find_problems(entries, listed, listed)
    assert [problem.pointer for problem in problems] == [
        "#/items/0",
        "#/items/2/key",
        "#/items/3/key",
    ]
    assert "twice" in problems[1].detail
