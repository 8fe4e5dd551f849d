"""Tallies are exact whatever is changed, and writers do not wait for each other at them."""

from random import Random

from core.db import Connection, connect

COUNTED = (
    "SELECT date_trunc('month', received_at AT TIME ZONE 'Asia/Shanghai')::date, town_id, category,"
    " count(*), count(*) FILTER (WHERE duplicate_of IS NULL) FROM complaint GROUP BY 1, 2, 3"
)
TALLIED = (
    "SELECT month, town_id, category, sum(complaint_count), sum(first_count) FROM complaint_tally"
    " GROUP BY 1, 2, 3 HAVING sum(complaint_count) <> 0 OR sum(first_count) <> 0"
)
COUNTED_BY_DAY = (
    "SELECT (received_at AT TIME ZONE 'Asia/Shanghai')::date, category,"
    " count(*), count(*) FILTER (WHERE duplicate_of IS NULL) FROM complaint GROUP BY 1, 2"
)
TALLIED_BY_DAY = (
    "SELECT day, category, sum(complaint_count), sum(first_count) FROM complaint_day_tally"
    " GROUP BY 1, 2 HAVING sum(complaint_count) <> 0 OR sum(first_count) <> 0"
)
RESTAURANTS = "SELECT town_id, status, count(*) FROM restaurant GROUP BY 1, 2"
RESTAURANTS_TALLIED = (
    "SELECT town_id, status, sum(restaurant_count) FROM restaurant_tally"
    " GROUP BY 1, 2 HAVING sum(restaurant_count) <> 0"
)
ENTER = (
    "INSERT INTO complaint (received_at, channel, category, town_id, duplicate_of, created_at)"
    " VALUES (%(at)s::timestamptz + %(days)s * INTERVAL '1 day', '12345', %(category)s, %(town)s,"
    " %(first)s, now()) RETURNING complaint_id"
)


def rows(connection: Connection, query: str) -> set[tuple[object, ...]]:
    return set(connection.execute(query.encode()).fetchall())


def enter(connection: Connection, **columns: object) -> int:
    defaults = {"at": "2026-01-31T15:59:59.999999Z", "days": 0, "category": "odour", "town": 1}
    row = connection.execute(ENTER, defaults | {"first": None} | columns).fetchone()
    assert row is not None
    return int(row[0])


def test_a_tally_is_what_counting_would_say(register: Connection) -> None:
    register.execute("INSERT INTO town (code, name, name_en) VALUES ('t2', '西塘', 'Xitang')")
    random = Random(7)
    numbers: list[int] = []
    for _ in range(300):
        act = random.random()
        if act < 0.5 or not numbers:
            numbers.append(
                enter(
                    register,
                    days=random.randint(0, 60),
                    category=random.choice(["odour", "fume", "cover"]),
                    town=random.choice([1, 2, None]),
                    first=random.choice([None, *numbers[:3]]),
                )
            )
        elif act < 0.6 and len(numbers) > 3:
            number = numbers.pop()
            register.execute("DELETE FROM complaint WHERE complaint_id = %s", (number,))
        else:
            register.execute(
                "UPDATE complaint SET town_id = %s, category = %s, received_at = received_at + %s"
                " * INTERVAL '1 day', duplicate_of = NULL WHERE complaint_id = %s",
                (
                    random.choice([1, 2, None]),
                    random.choice(["odour", "fume"]),
                    random.randint(-40, 40),
                    random.choice(numbers),
                ),
            )
    register.execute("UPDATE restaurant SET status = 'suspended' WHERE restaurant_id = 1")
    register.execute("UPDATE restaurant SET town_id = 2 WHERE restaurant_id <= 2")
    assert rows(register, TALLIED) == rows(register, COUNTED)
    assert rows(register, TALLIED_BY_DAY) == rows(register, COUNTED_BY_DAY)
    assert rows(register, RESTAURANTS_TALLIED) == rows(register, RESTAURANTS)
    register.execute("SELECT recount_tallies()")
    assert rows(register, TALLIED) == rows(register, COUNTED)
    assert rows(register, TALLIED_BY_DAY) == rows(register, COUNTED_BY_DAY)


def test_months_and_days_end_at_midnight_in_shanghai(register: Connection) -> None:
    enter(register)
    enter(register, at="2026-01-31T16:00:00Z")
    assert {str(row[0]) for row in rows(register, TALLIED)} == {"2026-01-01", "2026-02-01"}
    assert {str(row[0]) for row in rows(register, TALLIED_BY_DAY)} == {"2026-01-31", "2026-02-01"}


def test_a_long_import_holds_nobody_up(register: Connection, database_url: str) -> None:
    enter(register)
    with connect(database_url, "import") as importing:
        enter(importing)
        register.execute("SET lock_timeout = '1s'")
        enter(register)  # would wait for the import, were there one row of this month
        importing.rollback()
    assert rows(register, TALLIED) == rows(register, COUNTED)
    assert rows(register, TALLIED_BY_DAY) == rows(register, COUNTED_BY_DAY)
    assert [row[3] for row in rows(register, TALLIED)] == [2]
