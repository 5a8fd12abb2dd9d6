"""Rules that leave out people, runs and levels, as data; and what they do to the results."""
