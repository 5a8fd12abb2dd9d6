"""Models against people: on two scales, by value, in groups, and against each other."""
