"""Closures: short spans in which a restaurant that is in business does not open."""
