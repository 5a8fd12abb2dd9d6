"""Backups: one file that holds an instance as it was at one moment, and the way back from it."""
