"""The services of GeoReport v2: our categories of complaints, fume in a group of its own. Pure."""

from typing import Any

from alerts.complaints.categories import CATEGORIES, Category

#: What a client may add to a report; both help to find the restaurant.
RESTAURANT_NAME = "RESTAURANT_NAME"
REGISTER_NO = "REGISTER_NO"
_ATTRIBUTES = (
    (RESTAURANT_NAME, "餐饮单位名称 / name of the restaurant"),
    (REGISTER_NO, "登记号 / its number in the register, as on the plate at the trap"),
)


def service_name(category: str) -> str:
    """Return a category's name, Chinese and English."""
    found = CATEGORIES[category]
    return f"{found.name} / {found.name_en}"


def service_list() -> list[dict[str, Any]]:
    """Return every service."""
    return [_service(category) for category in CATEGORIES.values()]


def service_definition(category: str) -> dict[str, Any]:
    """Return what a client may add to a report of a category."""
    attributes: list[dict[str, Any]] = [
        {
            "variable": True,
            "code": code,
            "datatype": "string",
            "required": False,
            "datatype_description": None,
            "order": order,
            "description": description,
            "values": [],
        }
        for order, (code, description) in enumerate(_ATTRIBUTES, 1)
    ]
    return {"service_code": category, "attributes": attributes}


def _service(category: Category) -> dict[str, Any]:
    return {
        "service_code": category.code,
        "service_name": service_name(category.code),
        "description": category.description_en,
        "metadata": True,
        "type": "realtime",
        "keywords": category.keywords,
        "group": category.group,
    }
