"""Where people come from, what their links carry, and how they are sent back."""
