"""Honest comparisons of counts: months, changes, charts, rate ratios with their intervals."""
