"""What experiment says when something is wrong, and the HTTP status that says it."""


class ExperimentError(Exception):
    """Bad input or an impossible request: the message says what, where, and what to do."""

    status = 400
    code = "bad_request"


class NotFoundError(ExperimentError):
    """There is no such study, run or image."""

    status = 404
    code = "not_found"


class ConflictError(ExperimentError):
    """The request does not fit the state of the study or run."""

    status = 409
    code = "conflict"


class StudyError(ExperimentError):
    """A study file cannot be used."""

    status = 422
    code = "study_invalid"
