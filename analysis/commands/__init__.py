"""The commands ``hitrate data``, ``hitrate plan``, ``hitrate report`` and ``hitrate score``."""
