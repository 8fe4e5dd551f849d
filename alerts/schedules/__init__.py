"""When things are open, off, or under maintenance: local wall clocks turned into instants. Pure."""
