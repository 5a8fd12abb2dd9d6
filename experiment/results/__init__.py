"""What a study has found so far: counts, scores and statistics while it runs; no pages."""
