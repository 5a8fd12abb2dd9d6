"""How much consistency and correlations would differ with other people and other images."""
