"""Answers of GeoReport v2 in its two formats. Pure.

JSON is the list as it is; in XML every list is an element whose children have the singular name,
and what is not known is an empty element.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from xml.etree import ElementTree

import orjson

Format = Literal["xml", "json"]

MEDIA_TYPES: dict[str, str] = {
    "xml": "text/xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
}
_ITEMS = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}
#: What XML 1.0 cannot carry, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(name: str, content: Any, form: Format) -> bytes:
    """Return a document whose root is called ``name`` in XML."""
    if form == "json":
        return orjson.dumps(content)
    document: bytes = ElementTree.tostring(
        _element(name, content), encoding="utf-8", xml_declaration=True
    )
    return document


def _element(name: str, content: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(content, Mapping):
        element.extend(_element(child, value) for child, value in content.items())
    elif isinstance(content, Sequence) and not isinstance(content, str):
        element.extend(_element(_ITEMS[name], value) for value in content)
    elif content is not None:
        element.text = _text(content)
    return element


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _FORBIDDEN.sub("\ufffd", str(value))
