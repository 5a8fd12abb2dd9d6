"""Where participants come from, and where they go afterwards."""
