"""What experiment says when something is wrong, and the HTTP status that says it."""

from datetime import datetime


class ExperimentError(Exception):
    """Bad input or an impossible request: the message says what, where, and what to do."""

    status = 400
    code = "bad_request"


class NotFoundError(ExperimentError):
    """There is no such study, run or image."""

    status = 404
    code = "not_found"


class NotSignedInError(ExperimentError):
    """Only somebody who is signed in may do this."""

    status = 401
    code = "not_signed_in"


class ForbiddenError(ExperimentError):
    """Who is signed in may not do this."""

    status = 403
    code = "forbidden"


class ConflictError(ExperimentError):
    """The request does not fit the state of the study or run."""

    status = 409
    code = "conflict"


class RunNotStartedError(ConflictError):
    """Responses or an end of a run whose first image has not been announced."""

    code = "run_not_started"


class RunFinishedError(ConflictError):
    """A finished run cannot be started again."""

    code = "run_finished"


class StudyUnavailableError(ConflictError):
    """The study takes no participants now: draft, paused or closed."""

    code = "study_unavailable"


class StudyFullError(StudyUnavailableError):
    """The study has as many participants as it needs."""

    code = "study_full"


class ReturnError(ConflictError):
    """The next run may not begin now; `at` says from, or until, when it may."""

    def __init__(self, at: datetime, message: str) -> None:
        super().__init__(message)
        self.at = at


class TooEarlyError(ReturnError):
    """The next run may begin later."""

    code = "too_early"

    def __init__(self, at: datetime) -> None:
        super().__init__(at, f"the next run may begin at {at:%Y-%m-%d %H:%M} UTC")


class TooLateError(ReturnError):
    """The next run might have begun earlier."""

    code = "too_late"

    def __init__(self, at: datetime) -> None:
        super().__init__(at, f"the next run could be begun until {at:%Y-%m-%d %H:%M} UTC")


class LinkError(ExperimentError):
    """The link to a study is not as it was given to a participant."""

    code = "link_incomplete"


class TooLargeError(ExperimentError):
    """More in one request than is taken at once."""

    status = 413
    code = "too_large"


class InvalidError(ExperimentError):
    """The request can be read, but a value in it is impossible."""

    status = 422
    code = "invalid"


class StudyError(ExperimentError):
    """A study file cannot be used."""

    status = 422
    code = "study_invalid"


class StudyConflictError(StudyError):
    """A study could be like this, but not beside what there is already, or in its state."""

    status = 409
    code = "conflict"


class TooManyRequestsError(ExperimentError):
    """Somebody sends faster than anybody needs to; `seconds` says for how long to wait."""

    status = 429
    code = "too_many_requests"

    def __init__(self, message: str, seconds: int = 1) -> None:
        super().__init__(message)
        self.seconds = seconds


class SettingsError(ExperimentError):
    """The environment asks for something that cannot be."""

    status = 500
    code = "settings_invalid"


class DatabaseError(ExperimentError):
    """The database cannot be used as it is."""

    status = 503
    code = "database_unusable"


class ParadigmError(ExperimentError):
    """A paradigm's parameters cannot be used."""

    status = 422
    code = "paradigm_invalid"


class SequenceError(ExperimentError):
    """A paradigm does not fit into its run, or a sequence breaks its paradigm."""

    status = 422
    code = "sequence_invalid"


class AllocationError(ExperimentError):
    """Too few images are left for this participant."""

    status = 409
    code = "images_used_up"
