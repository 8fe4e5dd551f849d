"""Short spans in which restaurants are closed."""
