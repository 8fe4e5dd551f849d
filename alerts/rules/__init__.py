"""Rules as data: the catalogue, its validation, and thresholds compiled for one device. Pure."""
