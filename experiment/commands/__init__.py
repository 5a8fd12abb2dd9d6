"""The hitrate commands that need the web application; each imports it when it runs."""
