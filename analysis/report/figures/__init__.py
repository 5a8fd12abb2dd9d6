"""The report's charts: pure functions from tables of numbers to Altair charts.

Their common look, and what their colours mean, is in ``style``.
"""
