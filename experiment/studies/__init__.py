"""Studies: the file that describes one, what it will do, and its states."""
