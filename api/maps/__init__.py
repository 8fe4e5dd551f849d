"""The map: where traps are and how they stand, and the outlines of the towns."""
