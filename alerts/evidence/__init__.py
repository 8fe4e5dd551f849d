"""The audit trail: who did what to which thing, written in the same transaction."""
