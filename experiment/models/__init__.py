"""The tables. Typed; the database refuses what cannot happen; comments say what types cannot."""

from experiment.models.base import Base, UtcDateTime, one_of
from experiment.models.images import Image, ImageSet, Upload
from experiment.models.jobs import Computed, Job, Prediction
from experiment.models.people import (
    OUTCOMES,
    RECRUITER_STATUSES,
    Answer,
    Consent,
    Exclusion,
    Flag,
    Identity,
    LiftedExclusion,
    Participant,
    Withdrawal,
)
from experiment.models.researchers import (
    ROLES,
    SCOPES,
    AccountLink,
    ApiToken,
    AuditEntry,
    Membership,
    Researcher,
)
from experiment.models.responses import BrowserEvent, FeedbackRequest, Response, ResponseConflict
from experiment.models.runs import Interruption, RuleEvent, Run, Trial
from experiment.models.studies import ConsentDocument, ResultsLink, Study, StudyRelation

__all__ = [
    "OUTCOMES",
    "RECRUITER_STATUSES",
    "ROLES",
    "SCOPES",
    "AccountLink",
    "Answer",
    "ApiToken",
    "AuditEntry",
    "Base",
    "BrowserEvent",
    "Computed",
    "Consent",
    "ConsentDocument",
    "Exclusion",
    "FeedbackRequest",
    "Flag",
    "Identity",
    "Image",
    "ImageSet",
    "Interruption",
    "Job",
    "LiftedExclusion",
    "Membership",
    "Participant",
    "Prediction",
    "Researcher",
    "Response",
    "ResponseConflict",
    "ResultsLink",
    "RuleEvent",
    "Run",
    "Study",
    "StudyRelation",
    "Trial",
    "Upload",
    "UtcDateTime",
    "Withdrawal",
    "one_of",
]
