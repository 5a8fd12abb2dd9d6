"""What analysis says when its input is wrong."""


class AnalysisError(ValueError):
    """Bad input: the message says what was found, where, and what to do."""


class DatasetError(AnalysisError):
    """A dataset breaks a promise of the codebook; names file, row and column."""


class ModelError(AnalysisError):
    """A model cannot be loaded or cannot score."""
