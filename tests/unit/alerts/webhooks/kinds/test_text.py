import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.webhooks.kinds.text import ELLIPSIS, cut, fit, harmless


@pytest.mark.parametrize(
    ("text", "bytes_max", "expected"),
    [
        ("油脂超限", 12, "油脂超限"),
        ("油脂超限", 11, "油脂…"),
        ("abcdef", 5, "ab…"),
        ("a😀b", 6, "a😀b"),
        ("a😀bc", 6, "a…"),
        ("e\u0301xyz", 4, "…"),  # the accent would not fit: the letter goes with it
        ("xe\u0301yz", 5, "x…"),
        ("x👩\u200d🚒yz", 10, "x…"),
    ],
)
def test_cuts_between_characters(text: str, bytes_max: int, expected: str) -> None:
    assert cut(text, bytes_max) == expected


@given(st.text(), st.integers(3, 60))
def test_a_cut_text_is_a_beginning_within_the_limit(text: str, bytes_max: int) -> None:
    made = cut(text, bytes_max)
    assert len(made.encode()) <= bytes_max
    assert made == text or text.startswith(made.removesuffix(ELLIPSIS))


def test_no_room_for_an_ellipsis() -> None:
    with pytest.raises(ValueError, match="2 bytes"):
        cut("油脂", 2)


def test_lines_go_whole_and_head_and_tail_stay() -> None:
    lines = [f"line {n}" for n in range(9)]
    made = fit(["head"], lines, ["tail"], 40)
    assert made.split("\n") == ["head", "line 0", "line 1", "line 2", ELLIPSIS, "tail"]
    assert len(made.encode()) <= 40
    assert fit(["head"], lines, ["tail"], 80) == "\n".join(["head", *lines, "tail"])


def test_harmless_text_is_one_line_in_full_width() -> None:
    assert harmless("a\n <b> [c](d) @e #f") == "a ＜b＞ ［c］(d) ＠e ＃f"
