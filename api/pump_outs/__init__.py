"""Pump-outs: manifests, draw-downs, confirmations."""
