"""Dataset → scores → consistency → comparison → report, and the models."""
