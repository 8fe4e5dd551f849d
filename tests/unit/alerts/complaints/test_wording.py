import pytest

from alerts.complaints import wording


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("人民大道12号", "人民大道１２號"),
        ("浙江省嘉兴市嘉善县魏塘街道人民大道12号", "魏塘街道 人民大道 12 号"),
        ("8102 3rd Avenue", "8102 3 AVE."),
        ("123 East 42nd Street", "123 E 42 ST"),
        ("老灶（人民路店）", "老灶(人民路店)"),
        ("Joe's Restaurant", "JOES"),
        ("Ｋ＆Ｆ Diner", "K & F diner"),
    ],
)
def test_ways_of_writing_one_thing(one: str, other: str) -> None:
    assert wording.key(one) == wording.key(other)


def test_numbers_have_no_leading_zeros() -> None:
    assert wording.numbers("人民大道００12号2幢") == {"12", "2"}
    assert wording.numbers("后门") == frozenset()


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("", "", 0, 0),
        ("老灶饭店", "老灶饭店", 1, 1),
        ("老灶饭店", "老灶", 0.4, 0.6),
        ("老灶饭店", "全好面馆", 0, 0),
        ("a", "b", 0, 0),
    ],
)
def test_similarity(one: str, other: str, least: float, most: float) -> None:
    assert least <= wording.similarity(one, other) <= most
    assert wording.similarity(one, other) == wording.similarity(other, one)
