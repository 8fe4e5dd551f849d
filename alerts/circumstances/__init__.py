"""What explains an alarming signal: the pure values, and how they are read."""
