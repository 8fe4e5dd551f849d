import pytest

from alerts.webhooks.transport import URL_CHARS_MAX, check_url
from core.errors import InvalidRequestError


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://10.1.2.3:8080/hook?key=a%20b",
        "https://[2001:db8::1]:8443/hook",
        "https://例え.jp/钩子",
        "HTTPS://EXAMPLE.ORG/",
    ],
)
def test_http_and_https_addresses_are_accepted(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/hook",
        "//example.org/hook",
        "/hook",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "http://",
        "https:///hook",
        "http://:80/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:port/",
        "http://user:password@example.org/",
        "http://user@example.org/",
        "http://example.org/#part",
        " http://example.org/",
        "http://example.org/a b",
        "http://example.org/\r\nHost: other",
        "http://example.org/\0",
        "http://[::1",
        "http://" + "a" * URL_CHARS_MAX,
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequestError, match="URL"):
        check_url(url)
