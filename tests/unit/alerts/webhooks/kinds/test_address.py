import pytest

from alerts.webhooks.kinds.address import reachable, with_query


@pytest.mark.parametrize(
    ("public_url", "link_base"),
    [
        ("http://127.0.0.1:8000", None),
        ("http://localhost:8000", None),
        ("http://[::1]:8000", None),
        ("https://traps.county.example/", "https://traps.county.example"),
        ("http://10.1.2.3:8000", "http://10.1.2.3:8000"),
    ],
)
def test_links_lead_where_their_readers_can_go(public_url: str, link_base: str | None) -> None:
    assert reachable(public_url) == link_base


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://x/send", "http://x/send?sign=a%2Fb%3D"),
        ("http://x/send?k=a%20b", "http://x/send?k=a%20b&sign=a%2Fb%3D"),
    ],
)
def test_a_query_is_added_to_what_there_is(url: str, expected: str) -> None:
    assert with_query(url, (("sign", "a/b="),)) == expected
    assert with_query(url, ()) == url
