"""What can go wrong while the embedded stack is built, started or stopped."""

from core.errors import TrapwatchError


class StackError(TrapwatchError):
    """A part of the embedded stack cannot be built or started; the message says what to do."""


class LockedError(StackError):
    """Another process holds the directory or the tree."""
