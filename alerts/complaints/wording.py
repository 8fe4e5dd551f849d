"""Names and addresses as they are compared: what people write differently is levelled. Pure."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

#: Traditional and variant characters of addresses; the register is in simplified ones.
_VARIANTS = str.maketrans(
    "號樓東龍門車馬園區鎮鄉飯館廣場華國興麵飲廳記業寶樂學開關",
    "号楼东龙门车马园区镇乡饭馆广场华国兴面饮厅记业宝乐学开关",
)
_WORDS = {
    "street": "st", "avenue": "ave", "av": "ave", "road": "rd", "boulevard": "blvd",
    "drive": "dr", "lane": "ln", "place": "pl", "square": "sq", "court": "ct", "parkway": "pkwy",
    "highway": "hwy", "terrace": "ter", "north": "n", "south": "s", "east": "e", "west": "w",
    "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw", "saint": "st",
    "and": "", "the": "", "restaurant": "", "first": "1", "second": "2", "third": "3",
}  # fmt: skip
#: Names and addresses come again and again in an import; texts do not.
_KNOWN_CHARS_MAX = 100
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_LATIN = re.compile(r"[a-z0-9]+")
_NUMBER = re.compile(r"\d+")
_REST = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
#: What an address in a county begins with and what says nothing about where in it.
_PREFIX = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,4}省)?(?:[\u4e00-\u9fff]{2,4}市)?(?:[\u4e00-\u9fff]{2,4}县)?"
)


def key(text: str) -> str:
    """Return a name or address as it is compared.

    Full-width forms, case, spaces and punctuation are levelled, Latin words for ways shortened,
    province, city and county dropped.
    """
    return _known_key(text) if len(text) <= _KNOWN_CHARS_MAX else _key(text)


@lru_cache(maxsize=20_000)
def _known_key(text: str) -> str:
    return _key(text)


def _key(text: str) -> str:
    levelled = unicodedata.normalize("NFKC", text).casefold().translate(_VARIANTS)
    levelled = _LATIN.sub(lambda found: _short(found[0]), levelled)
    return _PREFIX.sub("", _REST.sub("", levelled))


def numbers(text: str) -> frozenset[str]:
    """Return the numbers in an address, without leading zeros."""
    plain = unicodedata.normalize("NFKC", text)
    return frozenset(found.lstrip("0") or "0" for found in _NUMBER.findall(plain))


def similarity(one: str, other: str) -> float:
    """Return how alike two keys are, 0 to 1: Dice's coefficient of their pairs of characters."""
    if one == other:
        return 1.0 if one else 0.0
    pairs, others = _pairs(one), _pairs(other)
    total = pairs.total() + others.total()
    return 2 * (pairs & others).total() / total if total else 0.0


def _short(word: str) -> str:
    ordinal = _ORDINAL.fullmatch(word)
    return ordinal[1] if ordinal else _WORDS.get(word, word)


def _pairs(text: str) -> Counter[str]:
    return Counter(text[place : place + 2] for place in range(len(text) - 1))
