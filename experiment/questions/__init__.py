"""Questions before and after the game: what a study asks, and how it is asked."""
