"""Is what Trapwatch stands on set up so that it loses nothing? Every check names its fix."""
