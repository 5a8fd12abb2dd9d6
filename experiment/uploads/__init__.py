"""Photographs on their way from a page, or a program, into an image set."""
