"""What researchers meet: live results behind a link that opens once, and the report."""
