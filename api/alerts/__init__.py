"""Alerts and their events; what people do about them goes through tickets."""
