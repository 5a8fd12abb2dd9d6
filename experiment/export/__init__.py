"""Database → dataset: a folder of plain tables, as docs/codebook.md says."""
