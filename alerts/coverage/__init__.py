"""Coverage: which restaurants are watched, now and on frozen days and months."""
