"""Simulated participants: they play over HTTP as browsers do, with a known memory."""
