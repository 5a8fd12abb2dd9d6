"""What stimuli says when its input is wrong."""

from enum import StrEnum


class StimuliError(ValueError):
    """Bad input: the message says what was found, where, and what to do."""


class ImportRunningError(StimuliError):
    """Another import into the same set is at work."""


class Refusal(StrEnum):
    """Why a file does not become an image of a set; the value is said to people."""

    NOT_AN_IMAGE = "not an image"
    TRUNCATED = "truncated or damaged"
    BOMB = "too large to decode (decompression bomb)"
    ANIMATION = "animation"
    PIXELS = "pixels that cannot be shown"
    DUPLICATE = "duplicate"
    SAME_ID = "two files with one image_id"
    CONFLICT = "differs from the image set"
    MISSING = "missing or unreadable"
    ENCRYPTED = "encrypted"
    BAD_NAME = "unusable name"
    BAD_ROW = "wrong manifest row"


class RefusedImageError(StimuliError):
    """One file that cannot be used; ``kind`` sorts it, the message is the reason."""

    def __init__(self, kind: Refusal, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
