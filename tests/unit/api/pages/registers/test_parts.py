from types import SimpleNamespace

import pytest
from starlette.datastructures import URL

from api.pages.registers import columns
from api.pages.registers.parts import Column, Control, Form, filtered, steps_of


def test_a_list_goes_on_and_back_by_the_way_it_came() -> None:
    first = URL("http://h/traps?town=xt")
    on = steps_of(first, "AA")
    assert on == (None, "/traps?town=xt&back=&after=AA")
    further = steps_of(URL(f"http://h{on.following}"), "BB")
    assert further.previous == "/traps?town=xt"
    assert further.following == "/traps?town=xt&back=&back=AA&after=BB"
    last = steps_of(URL(f"http://h{further.following}"), None)
    assert last == ("/traps?town=xt&back=&after=AA", None)


def test_a_page_that_was_come_to_by_itself_goes_back_to_the_first() -> None:
    assert steps_of(URL("http://h/traps?after=AA"), None).previous == "/traps"


def test_a_long_way_is_not_kept_whole() -> None:
    url = URL("http://h/traps")
    for page in range(60):
        following = steps_of(url, f"c{page}").following
        assert following is not None
        url = URL(f"http://h{following}")
    assert url.query.count("back=") == 20


@pytest.mark.parametrize(
    ("row", "target"),
    [
        ({"code": "T 1/2"}, "/traps/T%201%2F2"),
        ({"code": None}, None),
    ],
)
def test_a_link_is_quoted_and_needs_all_its_parts(row: dict[str, str], target: str | None) -> None:
    assert Column("code", address="/traps/{code}").target(SimpleNamespace(**row)) == target


def test_filters_that_are_not_set_stay_out_of_addresses() -> None:
    assert filtered("/x", {"town": None, "bom": True}) == "/x?bom=true"
    assert filtered("/x", {"town": None}) == "/x"


def test_a_form_of_hidden_controls_is_a_button() -> None:
    hidden = Control("decision", "hidden", "confirm")
    assert not Form("confirm", "decide_match", "post", "/x", (hidden,)).has_fields
    assert Form("confirm", "decide_match", "post", "/x", (hidden, Control("note"))).has_fields


def test_every_code_that_is_shown_says_where_its_words_are() -> None:
    for group in columns.ALL:
        for column in group:
            assert (column.kind == "code") == bool(column.context), column
