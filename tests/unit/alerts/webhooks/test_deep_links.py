import pytest

from alerts.webhooks.deep_links import DeepLink, DeepLinks

KEY, OTHER = b"k" * 32, b"o" * 32
LIFE_S = 172_800
AT_US = 1_767_600_000_000_000
ENDS_S = AT_US // 1_000_000 + LIFE_S
LINKS = DeepLinks([KEY], LIFE_S)


@pytest.mark.parametrize(
    ("api_path", "link"),
    [
        ("/api/v1/tickets/12", DeepLink("ticket", 12, ENDS_S)),
        ("/api/v1/alerts/9007199254740993", DeepLink("alert", 9007199254740993, ENDS_S)),
    ],
)
def test_a_link_says_what_it_shows_and_until_when(api_path: str, link: DeepLink) -> None:
    path = LINKS.path(api_path, AT_US)
    assert path is not None
    token = path.removeprefix("/d/")
    assert len(token) == 40
    assert LINKS.read(token) == link


@pytest.mark.parametrize(
    "api_path", ["/api/v1/webhooks/1", "/api/v1/tickets/", "/api/v1/tickets/1/x"]
)
def test_there_are_no_links_to_anything_else(api_path: str) -> None:
    assert LINKS.path(api_path, AT_US) is None


def test_a_link_ends_at_its_second() -> None:
    link = DeepLink("ticket", 1, ENDS_S)
    assert not link.is_over(ENDS_S * 1_000_000 - 1)
    assert link.is_over(ENDS_S * 1_000_000)


def test_each_key_reads_and_the_first_makes() -> None:
    token = LINKS.token(DeepLink("alert", 3, ENDS_S))
    rotated = DeepLinks([OTHER, KEY], LIFE_S)
    assert rotated.read(token) == DeepLink("alert", 3, ENDS_S)
    assert DeepLinks([OTHER], LIFE_S).read(token) is None
    assert DeepLinks([KEY], LIFE_S).read(rotated.token(DeepLink("alert", 3, ENDS_S))) is None


def test_every_altered_character_is_noticed() -> None:
    token = LINKS.token(DeepLink("ticket", 7, ENDS_S))
    for place, character in enumerate(token):
        altered = token[:place] + ("A" if character != "A" else "B") + token[place + 1 :]
        assert LINKS.read(altered) is None, place


@pytest.mark.parametrize("token", ["", "x", "=" * 40, "号" * 40, "A" * 40, "A" * 4_000, "a b"])
def test_rubbish_is_no_link(token: str) -> None:
    assert LINKS.read(token) is None
