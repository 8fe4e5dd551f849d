"""One trap along one axis of time: level, flow, cover, rain, and what happened there."""
