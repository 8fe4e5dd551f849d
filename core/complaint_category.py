"""The categories of complaints, as the schema's CHECK lists them; pure."""

from typing import Final, Literal, get_args

Category = Literal[
    "sewage_overflow",
    "sewer_blockage",
    "odour",
    "direct_discharge",
    "dumping",
    "cover",
    "cleaning_nuisance",
    "fume",
    "other",
]

CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
#: 油烟: so many that a number with them says whatever fume policy did; always counted apart.
FUME: Final = "fume"
