"""How long a name or an address must wait after so many failed logins. Pure.

A name that exists and one that does not are treated alike, so waiting tells nothing.
"""

from datetime import timedelta
from typing import NamedTuple

#: Failures are forgotten so long after the last one.
FORGOTTEN_AFTER = timedelta(days=1)


class Lockout(NamedTuple):
    """Fewer than ``free`` failures cost nothing; then the wait doubles from ``first_s`` on."""

    free: int
    first_s: int
    longest_s: int

    def wait(self, failure_count: int) -> timedelta:
        """Return the wait after the ``failure_count``-th failure in a row."""
        beyond = failure_count - self.free
        if beyond < 0:
            return timedelta()
        return timedelta(seconds=min(self.first_s * 2 ** min(beyond, 20), self.longest_s))


#: Of one name: nobody is kept out longer than a quarter of an hour by somebody else's guesses.
OF_NAME = Lockout(free=5, first_s=30, longest_s=900)
#: Of one address, which an office may share.
OF_ADDRESS = Lockout(free=20, first_s=30, longest_s=3_600)
