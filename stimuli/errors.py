"""What stimuli says when its input is wrong."""


class StimuliError(ValueError):
    """Bad input: the message says what was found, where, and what to do."""
