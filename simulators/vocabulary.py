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
    LEAK = "leak"  #: the trap loses 30 mm an hour, below the outlet as well
    BYPASS = "bypass"  #: the kitchen's water goes past the trap
    STUCK = "stuck"  #: the unit repeats one value
    FOAM = "foam"  #: one measurement is 200 mm too high
    PUMP_OUT = "pump-out"  #: a crew opens the cover and empties the trap in five minutes
