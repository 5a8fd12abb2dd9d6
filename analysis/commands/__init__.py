"""The commands ``hitrate data``, ``hitrate report`` and ``hitrate score``."""
