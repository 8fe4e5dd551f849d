"""What holds for every test."""

from hypothesis import settings

# How long an example takes says how busy the machine is: performance is measured by `make bench`.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
