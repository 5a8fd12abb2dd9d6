"""What the API of uploads takes and answers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from experiment.participant.schemas import Problem, Strict, whole
from stimuli.image_set import NAME

LIST_FILES = 1000  # announced in one request

Bytes = Annotated[int, Field(ge=0, le=2**53), BeforeValidator(whole)]


class NewUpload(Strict):
    """Which image set the photographs are for."""

    image_set: str = Field(
        description="Made if there is none; else the photographs are added.",
        json_schema_extra={"pattern": f"^{NAME.pattern}$"},  # begin_upload() says it in words
    )


class FileOnList(Strict):
    """A file that is going to be sent."""

    path: Annotated[str, Field(min_length=1, max_length=1024, pattern=r"^[^\x00]+$")] = Field(
        description="Within what was chosen, with '/'; the first folder becomes the category."
    )
    size: Bytes
    mark: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")] = Field(
        description="Its sha256 (then it is checked), or anything that changes with its content, "
        "such as size and time of change."
    )


class FileList(Strict):
    """Files that are going to be sent; a file may be announced again."""

    files: Annotated[list[FileOnList], Field(min_length=1, max_length=LIST_FILES)]


class FileState(BaseModel):
    """A file of an upload."""

    key: str = Field(description="What the upload calls it.")
    path: str
    size: int
    received: int = Field(description="Bytes that are here: go on from there.")
    refused: str | None = Field(description="Why it is not taken.")


class Files(BaseModel):
    """Files of an upload."""

    files: list[FileState]
    next: str | None = Field(default=None, description="`after` of the next page, if there is one.")


class Bundle(BaseModel):
    """What became of a bundle."""

    stored: list[str] = Field(description="Keys of the files that are whole now.")
    refused: dict[str, str] = Field(description="Key and reason of the others.")


class Misplaced(Problem):
    """Why a piece was not stored."""

    received: int | None = Field(
        default=None, description="Where the next piece of this file begins, if that was wrong."
    )


class Missing(Problem):
    """Why an upload is not finished."""

    n_missing: int = 0
    missing: list[str] = Field(default=[], description="The first of them.")


class UploadLimitsState(BaseModel):
    """How to send."""

    piece_bytes: int = Field(description="At most so much in one request.")
    bundle_files: int
    list_files: int
    file_bytes: int
    upload_bytes: int


class UploadState(BaseModel):
    """An upload, and how far it is."""

    upload: str
    image_set: str
    state: Literal["open", "importing", "done", "failed"]
    files: int = Field(description="Announced, and not refused.")
    bytes: int
    files_received: int = Field(description="Whole.")
    bytes_received: int
    refused: int = Field(description="Files that were announced and are not taken.")
    job: str | None = Field(description="Of its import: GET /api/v1/jobs/JOB.")
    created_at: datetime
    limits: UploadLimitsState


class Uploads(BaseModel):
    """Your uploads that are not done."""

    uploads: list[UploadState]


class FilesQuery(BaseModel):
    """A page of a list of files."""

    model_config = ConfigDict(extra="forbid")
    after: str | None = Field(default=None, max_length=1024, description="`next` of the last page.")
    limit: int = Field(default=1000, ge=1, le=5000)


class Piece(BaseModel):
    """Which part of a file this is."""

    offset: int = Field(default=0, ge=0, le=2**53, description="Bytes of the file before it.")


class FinishUpload(Strict):
    """Nothing more will be sent."""

    first_frame: bool = Field(default=False, description="Import the first frame of animations.")
    without_missing: bool = Field(
        default=False, description="Import what has come, although announced files have not."
    )
