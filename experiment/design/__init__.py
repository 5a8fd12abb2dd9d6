"""The science of the game: paradigms, sequences, which images a participant gets."""
