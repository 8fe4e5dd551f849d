"""What complaints are about (docs/complaints.md). Pure; the order is that of lists.

Fume stands apart everywhere: there are so many of them that any sum with them is about fume.
"""

from typing import NamedTuple

from core.complaint_category import Category as CategoryCode


class Category(NamedTuple):
    """A category with its names, and the ticket that a complaint of it asks for."""

    code: CategoryCode
    name: str
    name_en: str
    description_en: str
    keywords: str
    group: str
    problem: str
    severity: str


_ALL = (
    Category(
        "sewage_overflow", "污水外溢", "Sewage overflow",
        "Waste water comes out of a trap, manhole or drain.",
        "污水,外溢,冒溢,满溢,sewage,overflow", "sewer", "overflow", "orange",
    ),
    Category(
        "sewer_blockage", "下水道/管网堵塞", "Blocked sewer",
        "A drain or sewer is blocked or backs up.",
        "堵塞,下水道,倒灌,blockage,backup,grease", "sewer", "blockage", "yellow",
    ),
    Category(
        "odour", "异味", "Odour", "It smells of sewage or old grease.",
        "异味,臭味,恶臭,odour,odor,smell", "sewer", "clean_out", "yellow",
    ),
    Category(
        "direct_discharge", "污水直排", "Direct discharge",
        "Waste water runs into a rain drain, ditch or river.",
        "直排,雨水口,河道,discharge", "sewer", "illegal_discharge", "orange",
    ),
    Category(
        "dumping", "偷倒餐厨/油污", "Dumping of waste or grease",
        "Kitchen waste or grease is thrown into a drain or onto the street.",
        "偷倒,餐厨垃圾,油污,dumping,grease", "sewer", "illegal_discharge", "orange",
    ),
    Category(
        "cover", "井盖缺损/未复位", "Manhole cover",
        "A cover is missing, broken or not put back.",
        "井盖,缺失,破损,manhole,cover", "sewer", "cover", "orange",
    ),
    Category(
        "cleaning_nuisance", "清掏扰民", "Nuisance by pump-outs",
        "Noise or spills while a trap is emptied.",
        "清掏,噪声,滴漏,pump-out,noise", "sewer", "cleaning_nuisance", "blue",
    ),
    Category(
        "fume", "油烟扰民", "Cooking fume", "Smoke or fume of a kitchen.",
        "油烟,fume,smoke", "fume", "fume", "yellow",
    ),
    Category(
        "other", "其他", "Other", "Anything else about a restaurant's waste water.",
        "其他,other", "sewer", "other", "blue",
    ),
)  # fmt: skip
CATEGORIES: dict[str, Category] = {category.code: category for category in _ALL}
