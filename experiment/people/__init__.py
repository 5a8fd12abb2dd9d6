"""The people of a study as its researchers meet them: what they did, what is owed, what is kept."""
