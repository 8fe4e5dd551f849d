"""Where this checkout is, and where its private files go."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def within_checkout(path: Path) -> Path:
    """Return ``path`` made absolute; a relative one is meant from the top of the checkout.

    The current directory must not decide: a second start from elsewhere would find no data.
    """
    return path if path.is_absolute() else CHECKOUT / path
