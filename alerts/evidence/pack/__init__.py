"""Evidence packs: everything about one ticket in one file that proves itself offline."""
