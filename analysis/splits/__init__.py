"""People in random halves, many splits at once, and the correlations between halves."""
