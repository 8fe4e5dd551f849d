"""`python -m trapwatch` is the `trapwatch` command."""

from trapwatch.cli import main

main()
