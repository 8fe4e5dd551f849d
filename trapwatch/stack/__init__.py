"""The embedded stack: PostgreSQL with TimescaleDB and Mosquitto out of a private Debian tree.

For one machine without a container engine: `trapwatch up`, the tests, continuous integration.
Production uses compose.yaml or services of its own; nothing outside `trapwatch` imports this.
"""
