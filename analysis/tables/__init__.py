"""The tables of a dataset: what their columns may hold, reading them, checking them."""
