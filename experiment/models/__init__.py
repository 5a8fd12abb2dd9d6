"""The tables. Typed; the database refuses what cannot happen; comments say what types cannot."""

from experiment.models.base import Base, UtcDateTime, one_of
from experiment.models.images import Image, ImageSet
from experiment.models.people import (
    OUTCOMES,
    Answer,
    Consent,
    Exclusion,
    Flag,
    Identity,
    Participant,
    Withdrawal,
)
from experiment.models.responses import BrowserEvent, FeedbackRequest, Response, ResponseConflict
from experiment.models.runs import Interruption, RuleEvent, Run, Trial
from experiment.models.studies import ConsentDocument, ResultsLink, Study, StudyRelation

__all__ = [
    "OUTCOMES",
    "Answer",
    "Base",
    "BrowserEvent",
    "Consent",
    "ConsentDocument",
    "Exclusion",
    "FeedbackRequest",
    "Flag",
    "Identity",
    "Image",
    "ImageSet",
    "Interruption",
    "Participant",
    "Response",
    "ResponseConflict",
    "ResultsLink",
    "RuleEvent",
    "Run",
    "Study",
    "StudyRelation",
    "Trial",
    "UtcDateTime",
    "Withdrawal",
    "one_of",
]
