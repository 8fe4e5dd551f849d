"""Profiles as data: what their categories and columns make of real values."""

import pytest

from alerts.complaints.categories import CATEGORIES
from alerts.complaints.imports.profile import Profile, choose, load_profiles
from core.complaint_category import CATEGORIES as CODES
from core.errors import InvalidRequestError


def category(profile: str, type_: str, detail: str = "", text: str = "") -> str:
    known = load_profiles()[profile]
    fitting = (rule.category for rule in known.categories if rule.fits(type_, detail, text))
    return next(fitting, known.unlisted)


@pytest.mark.parametrize(
    ("type_", "detail", "expected"),
    [
        ("Sewer", "Sewer Backup (Use Comments) (SA)", "sewer_blockage"),
        ("Sewer Maintenance", "Backup", "sewer_blockage"),
        ("Sewer", "Catch Basin Clogged/Flooding (Use Comments) (SC)", "sewer_blockage"),
        ("Sewer", "Sewer Odor (SA2)", "odour"),
        ("Sewer", "Manhole Overflow (Use Comments) (SA1)", "sewage_overflow"),
        ("Sewer", "Manhole Cover Missing (Emergency) (SA3)", "cover"),
        ("Sewer", "Street Flooding (SJ)", "other"),
        ("Sewer", "RAIN GARDEN FLOODING (SRGFLD)", "skip"),
        ("Industrial Waste", "Grease In Sewer/Catch Basin (IDG)", "dumping"),
        ("Industrial Waste", "Odor In Sewer/Catch Basin (ICB)", "odour"),
        ("Industrial Waste", "Wastewater Into Catch Basin (IEB)", "direct_discharge"),
        ("Air Quality", "Air: Odor/Fumes, Restaurant (AD2)", "fume"),
        ("Air Quality", "Air: Odor/Fumes, Vehicle Idling (AD3)", "skip"),
        ("Noise - Residential", "Banging/Pounding", "skip"),
        ("Water System", "Hydrant Running Full (WA4)", "skip"),
    ],
)
def test_nyc(type_: str, detail: str, expected: str) -> None:
    assert category("nyc311", type_, detail) == expected


@pytest.mark.parametrize(
    ("service_name", "expected"),
    [
        ("WATS - Sewage Back-up", "sewer_blockage"),
        ("WATS - Sewer Odour", "odour"),
        ("WATS - Wastewater - Sewer Block", "sewer_blockage"),
        ("WATS - Manhole Concern", "cover"),
        ("Roads - Traffic Signal Timing Inquiry", "skip"),
        ("WATS - Water Main Break or Leak", "skip"),
        ("WRS - Commercial Collection Services", "skip"),
    ],
)
def test_calgary(service_name: str, expected: str) -> None:
    assert category("calgary311", service_name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("饭店后门污水外溢到马路上", "sewage_overflow"),
        ("隔油池满溢", "sewage_overflow"),
        ("下水道堵了", "sewer_blockage"),
        ("有人把油污倒入雨水口", "dumping"),
        ("污水直排河道", "direct_discharge"),
        ("窨井盖破损", "cover"),
        ("半夜清掏噪声扰民", "cleaning_nuisance"),
        ("烧烤店油烟太大", "fume"),
        ("隔油池旁恶臭", "odour"),
        ("隔油池没有装", "other"),
        ("公司拖欠工资", "skip"),
    ],
)
def test_12345(text: str, expected: str) -> None:
    assert category("12345", "环境保护", "", text) == expected


def test_our_own_names_are_all_known_in_both_languages() -> None:
    for code, known in CATEGORIES.items():
        assert category("own", code) == category("own", known.name) == code
    assert category("own", "noise") == "bad"
    assert list(CODES) == list(CATEGORIES)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (["Unique Key", "Created Date", "Complaint Type"], "nyc311"),
        (["unique_key", "created_date", "complaint_type"], "nyc311"),
        (['\ufeff"Unique Key"', "CREATED DATE "], "nyc311"),
        (["service_request_id", "requested_date", "service_name"], "calgary311"),
        (["Service Request Id", "Requested Date", "Service Name"], "calgary311"),
        (["工单编号", "受理时间"], "12345"),
        (["received_at", "category"], "own"),
    ],
)
def test_files_are_known_by_their_header(header: list[str], name: str) -> None:
    assert choose("auto", header).name == name


@pytest.mark.parametrize(
    "header", [["a", "b"], ["Unique Key", "Created Date", "received_at", "category"]]
)
def test_a_header_of_none_or_of_two(header: list[str]) -> None:
    with pytest.raises(InvalidRequestError, match="name one"):
        choose("auto", header)


@pytest.mark.parametrize("profile", load_profiles().values(), ids=lambda p: p.name)
def test_a_column_is_meant_for_one_field_alone(profile: Profile) -> None:
    names = [name for names in profile.columns.values() for name in names]
    assert len(set(names)) == len(names)
