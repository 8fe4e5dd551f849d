"""Who is connected: the coverage funnel and the restaurants that are missing from it."""
