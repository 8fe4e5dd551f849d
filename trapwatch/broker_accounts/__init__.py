"""Who may do what at the broker: Mosquitto's dynamic-security plugin and its accounts."""
