"""What is asked of the API: by endpoint, with filters that are common and such as are rare."""

from dataclasses import dataclass
from random import Random

from api.paging import encode_cursor
from bench.province.loading import Size
from core.instant import DAY_US

_CATEGORIES = ("sewage_overflow", "sewer_blockage", "odour", "fume", "dumping", "direct_discharge")


@dataclass(frozen=True, slots=True)
class Question:
    """One way to ask; ``target_ms`` is for the p95, ``weight`` its share of the mixed load."""

    name: str
    target_ms: float
    weight: int
    #: A path below /api/v1 with the fields that ``asked`` fills in.
    template: str


_COVERAGE = (
    ("coverage", 10, "/coverage"),
    ("coverage of a type", 2, "/coverage?type=small"),
    ("coverage, days", 1, "/coverage/history"),
    ("coverage, months of a town", 1, "/coverage/history?span=month&town={town}"),
)
_TRENDS = (
    ("trend", 2, "/complaints/trend"),
    ("trend of a town", 2, "/complaints/trend?town={town}"),
    ("trend of a category", 1, "/complaints/trend?category={category}"),
    ("trend with limits", 1, "/complaints/trend?baseline={baseline}"),
)
_LISTS = (
    ("uncovered", 3, "/coverage/uncovered?limit={limit}&after={restaurant_cursor}"),
    ("uncovered of a town", 3, "/coverage/uncovered?limit={limit}&town={town}"),
    ("uncovered for a reason", 1, "/coverage/uncovered?limit={limit}&reason=silent"),
    ("restaurants", 4, "/restaurants?limit={limit}&after={restaurant_cursor}"),
    ("restaurants of a town", 4, "/restaurants?limit={limit}&town={town}"),
    ("restaurants, closed", 1, "/restaurants?limit={limit}&town={town}&status=closed"),
    ("restaurant by number", 4, "/restaurants?register_no=R{restaurant}"),
    ("one restaurant", 8, "/restaurants/{restaurant}"),
    ("traps", 1, "/traps?limit={limit}&after={restaurant_cursor}"),
    ("traps of a town", 1, "/traps?limit={limit}&town={town}"),
    ("traps of a restaurant", 5, "/traps?restaurant={restaurant}"),
    ("devices", 1, "/devices?limit={limit}&after={device_cursor}"),
    ("devices, unclaimed", 2, "/devices?limit={limit}&status=unclaimed"),
    ("devices of a gateway", 2, "/devices?limit={limit}&gateway=gw-{gateway}"),
    ("devices of a trap", 5, "/devices?trap={restaurant}"),
    ("device by uid", 3, "/devices?uid=dev-{device}"),
    ("gateways of a town", 1, "/gateways?limit={limit}&town={town}"),
    ("complaints", 3, "/complaints?limit={limit}&after={complaint_cursor}"),
    ("complaints of a town", 3, "/complaints?limit={limit}&town={town}"),
    ("complaints of a category", 1, "/complaints?limit={limit}&category={category}"),
    (
        "complaints, town and category",
        1,
        "/complaints?limit={limit}&town={town}&category={category}",
    ),
    ("complaints of a restaurant", 4, "/complaints?limit={limit}&restaurant={restaurant}"),
    ("complaints to match", 1, "/complaints?limit={limit}&match_state=suggested"),
    ("one complaint", 3, "/complaints/{complaint}"),
    ("alerts, open", 6, "/alerts?limit={limit}&status=firing"),
    ("alerts of a town", 4, "/alerts?limit={limit}&town={town}"),
    ("alerts of a rule", 1, "/alerts?limit={limit}&rule=R02"),
    (
        "alerts, open and red, of a town",
        2,
        "/alerts?limit={limit}&status=firing&severity=red&town={town}",
    ),
    ("alerts of a trap", 4, "/alerts?limit={limit}&trap={restaurant}"),
    ("one alert", 4, "/alerts/{alert}"),
    ("open alerts, counted", 3, "/alerts/open-count"),
    ("tickets, active", 6, "/tickets?limit={limit}&active=true"),
    ("tickets of a town", 4, "/tickets?limit={limit}&town={town}"),
    ("tickets of a unit", 2, "/tickets?limit={limit}&unit=unit-7&active=true"),
    ("tickets in a state", 1, "/tickets?limit={limit}&state=new"),
    ("one ticket", 4, "/tickets/{ticket}"),
)
QUESTIONS = tuple(
    Question(name, target_ms, weight, template)
    for target_ms, group in ((100.0, _COVERAGE), (150.0, _TRENDS), (50.0, _LISTS))
    for name, weight, template in group
)


def asked(question: Question, random: Random, size: Size, *, now_us: int, limit: int) -> str:
    """Return a path that asks it, of some town, restaurant, device and so on; ``limit``: rows."""
    restaurant = random.randint(1, size.restaurants)
    past_us = now_us - random.randint(0, 1_800) * DAY_US
    return question.template.format(
        limit=limit,
        town=f"t{random.randint(1, size.towns)}",
        category=random.choice(_CATEGORIES),
        baseline="2025-01..2025-12",
        restaurant=restaurant,
        device=random.randint(1, size.devices),
        gateway=random.randint(1, size.gateways),
        complaint=random.randint(1, size.complaints),
        alert=random.randint(1, size.alerts),
        ticket=random.randint(1, size.tickets),
        restaurant_cursor=encode_cursor((restaurant,)),
        device_cursor=encode_cursor((random.randint(1, size.devices),)),
        complaint_cursor=encode_cursor((past_us, size.complaints)),
    )
