"""The researchers' API under /api/v1: JSON, with a token or a signed-in page's cookie."""
