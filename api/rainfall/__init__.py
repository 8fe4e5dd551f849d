"""Rain on towns, hour by hour."""
