"""What people wrote down about traps: opening windows, work, manifests, dips, closures."""
