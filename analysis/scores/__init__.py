"""Scores of images, participants and categories from their responses."""
