"""The files of an upload: how they are announced, and which are not taken."""

import posixpath
from dataclasses import dataclass
from typing import Protocol

from experiment.errors import ConflictError, InvalidError
from experiment.settings import UploadLimits
from stimuli.zips import leaves


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, or what is left."""


class OffsetError(ConflictError):
    """A piece of a file does not begin where the last one ended; `received` says where that was."""

    code = "wrong_offset"

    def __init__(self, received: int) -> None:
        super().__init__(f"{received} bytes of this file are here: go on from there")
        self.received = received


@dataclass(frozen=True, slots=True)
class Announced:
    """A file that somebody has and is going to send."""

    path: str  # within what they chose
    size: int  # bytes
    mark: str  # another one means another content: a sha256, or size and time of change


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of an upload."""

    key: str
    path: str
    size: int
    mark: str
    refused: str | None  # why it is not taken
    received: int  # bytes that are here

    @property
    def is_missing(self) -> bool:
        """It is wanted and not whole."""
        return self.refused is None and self.received < self.size


def tidy(path: str) -> str:
    """A path within what was chosen, with '/', or InvalidError if it leads out of it."""
    if leaves(path):
        raise InvalidError(f"the path {path!r} leads out of what was chosen; nothing was listed")
    return posixpath.normpath(path.replace("\\", "/"))


def is_zip(path: str) -> bool:
    """Whether a file is a zip by its name."""
    return path.lower().endswith(".zip")


def too_large(path: str, size: int, limits: UploadLimits) -> str | None:
    """Why a file of this size is not taken; a zip may be as large as an upload."""
    if size <= limits.file_bytes or is_zip(path):
        return None
    return f"has {told(size)}; at most {told(limits.file_bytes)} are taken: make it smaller"


def told(size: int) -> str:
    """A number of bytes as people say it."""
    for unit, factor in (("GB", 1024**3), ("MB", 1024**2), ("kB", 1024)):
        if size >= factor:
            return f"{size / factor:,.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"
