"""The register: towns, restaurants, traps, gateways, devices."""
