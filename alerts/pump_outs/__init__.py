"""Pump-outs: filed by manifest, seen as draw-downs of the level, and which goes with which."""
