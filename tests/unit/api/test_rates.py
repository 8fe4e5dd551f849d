from api.coverage.rates import FORMULAS, rates_of
from api.coverage.schemas import Funnel


def funnel(*counts: int) -> Funnel:
    return Funnel(**dict(zip(Funnel.model_fields, counts, strict=True)))


def test_each_rate_divides_a_stage_by_its_whole() -> None:
    rates = {rate.code: rate for rate in rates_of(funnel(12, 10, 9, 8, 6, 2))}
    parts = {code: (rate.numerator, rate.denominator) for code, rate in rates.items()}
    assert parts == {
        "installation": (9, 10),
        "connection": (8, 10),
        "online": (6, 8),
        "good_data": (2, 8),
    }
    assert {code: rate.value for code, rate in rates.items()} == {
        "installation": 0.9,
        "connection": 0.8,
        "online": 0.75,
        "good_data": 0.25,
    }


def test_a_share_of_nothing_is_no_number() -> None:
    assert {rate.value for rate in rates_of(funnel(3, 0, 0, 0, 0, 0))} == {None}


def test_every_rate_says_how_it_is_computed_in_both_languages() -> None:
    assert [formula.name for formula in FORMULAS] == ["安装率", "接入率", "在线率", "有效数据率"]
    assert all("÷" in formula.formula and "/" in formula.formula_en for formula in FORMULAS)
