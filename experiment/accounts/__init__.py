"""Who runs studies: researchers, their links, roles and tokens, and the record of what they did."""
