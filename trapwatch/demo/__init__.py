"""The demo county in the database: what a visitor finds who has no devices yet."""

from trapwatch.demo.seed import seed

__all__ = ["seed"]
