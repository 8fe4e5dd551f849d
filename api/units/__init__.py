"""Units that tickets are given to, and the routes that say which gets what."""
