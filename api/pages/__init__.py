"""Pages for people; their numbers come from the same JSON as everybody else's."""
