"""Other people's tables: counts per image, and predictions of a model."""
