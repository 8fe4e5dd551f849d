"""The simulator's constants and names that the command line shows; imports nothing heavy."""

from enum import StrEnum

#: The demo county's; `trapwatch simulate run` and the seeded database must agree on both.
DEFAULT_SEED = 21
DEFAULT_RESTAURANTS = 3_000
REPORT_INTERVAL_S = 300


class Fault(StrEnum):
    """What may be put into a trap on purpose."""

    BLOCKAGE = "blockage"  #: the outlet is shut and the kitchen goes on
    COVER_OPEN = "cover-open"  #: somebody has lifted the cover
    SILENCE = "silence"  #: the unit says nothing any more
