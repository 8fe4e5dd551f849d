"""Rain on towns, hour by hour: it explains levels that no kitchen raised."""
