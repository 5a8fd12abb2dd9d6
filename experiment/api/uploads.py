"""Uploads over the API: announce files, send them in pieces or bundles, import them."""

from typing import Any

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from experiment.access import access, asking
from experiment.api.blueprint import REFUSALS, api, parse_query
from experiment.api.upload_schemas import (
    LIST_FILES,
    Bundle,
    FileList,
    Files,
    FilesQuery,
    FileState,
    FinishUpload,
    Misplaced,
    Missing,
    NewUpload,
    Piece,
    UploadLimitsState,
    Uploads,
    UploadState,
)
from experiment.current import instance
from experiment.errors import InvalidError, TooLargeError
from experiment.image_sets import researcher_of
from experiment.jobs import lifecycle
from experiment.models import Upload
from experiment.openapi import described
from experiment.participant.api import parse
from experiment.participant.schemas import Problem
from experiment.settings import MEGABYTE
from experiment.uploads import verbs
from experiment.uploads.files import Announced, Listed, OffsetError
from experiment.uploads.shelf import Shelf

PIECE_BYTES = 8 * MEGABYTE  # of a large file, or of the small ones in a bundle
BUNDLE_FILES = 200
LARGEST_PIECE = PIECE_BYTES + MEGABYTE  # a bundle has a line or two around each file
LARGEST_LIST = 4 * MEGABYTE

ANSWERS = REFUSALS | {400: Problem, 409: Problem, 413: Problem}


def upload_state(session: Session, upload: Upload) -> UploadState:
    """An upload as the API tells it."""
    verbs.settle(session, upload)
    job = verbs.job_of(session, upload)
    shelf = verbs.shelf_of(instance().settings, upload)
    listed = shelf.listed() if upload.state != "done" else []
    wanted = [file for file in listed if file.refused is None]
    return UploadState(
        upload=upload.public_id,
        image_set=upload.name,
        state=upload.state,  # type: ignore[arg-type] # the database knows no other
        files=len(wanted),
        bytes=sum(file.size for file in wanted),
        files_received=sum(not file.is_missing for file in wanted),
        bytes_received=sum(file.received for file in wanted),
        refused=len(listed) - len(wanted),
        job=None if job is None else job.public_id,
        created_at=upload.created_at,
        limits=limits_state(),
    )


def limits_state() -> UploadLimitsState:
    """How to send, as the API tells it."""
    limits = instance().settings.upload_limits
    return UploadLimitsState(
        piece_bytes=PIECE_BYTES,
        bundle_files=BUNDLE_FILES,
        list_files=LIST_FILES,
        file_bytes=limits.file_bytes,
        upload_bytes=limits.upload_bytes,
    )


def file_state(file: Listed) -> FileState:
    """A file of an upload as the API tells it."""
    return FileState(
        key=file.key,
        path=file.path,
        size=file.size,
        received=file.received,
        refused=file.refused,
    )


def shelf_taking(upload: str) -> Shelf:
    """The folder of an upload that who is asking may send files to."""
    with instance().database.read() as session:
        return verbs.shelf_of(instance().settings, verbs.find_taking(session, asking(), upload))


@api.get("/image-sets/uploads")
@access("researcher")
@described("Your uploads that are not done.", REFUSALS | {200: Uploads})
def get_uploads() -> ResponseReturnValue:
    """Uploads that are not done."""
    with instance().database.write() as session:
        found = verbs.uploads_of(session, researcher_of(asking()))
        states = [upload_state(session, upload) for upload in found]
    return jsonify(Uploads(uploads=states).model_dump(mode="json"))


@api.post("/image-sets/uploads")
@access("researcher", "write")
@described("Begin an upload.", ANSWERS | {201: UploadState}, body=NewUpload)
def post_upload() -> ResponseReturnValue:
    """Begin an upload."""
    new = parse(NewUpload)
    settings = instance().settings
    with instance().database.write() as session:
        old = verbs.expire(session, settings)
        upload = verbs.begin_upload(session, settings, new.image_set, asking())
        state = upload_state(session, upload)
    verbs.remove_folders(old)
    headers = {"Location": url_for("researcher_api.get_upload", upload=state.upload)}
    return jsonify(state.model_dump(mode="json")), 201, headers


@api.get("/image-sets/uploads/<token:upload>")
@access("researcher")
@described("An upload: what has come, and how its import is.", REFUSALS | {200: UploadState})
def get_upload(upload: str) -> ResponseReturnValue:
    """How far an upload is."""
    with instance().database.write() as session:
        state = upload_state(session, verbs.find_upload(session, asking(), upload))
    return jsonify(state.model_dump(mode="json"))


@api.delete("/image-sets/uploads/<token:upload>")
@access("researcher", "write")
@described("Give an upload up; its files are deleted.", ANSWERS | {204: ""})
def delete_upload(upload: str) -> ResponseReturnValue:
    """Give an upload up."""
    with instance().database.write() as session:
        found = verbs.find_upload(session, asking(), upload)
        folder = verbs.shelf_of(instance().settings, found).folder
        verbs.delete_upload(session, found)
    verbs.remove_folders([folder])
    return "", 204


@api.post("/image-sets/uploads/<token:upload>/files")
@access("researcher", "write")
@described(
    "Announce files; says what of each is here already, in the same order.",
    ANSWERS | {200: Files},
    body=FileList,
)
def post_files(upload: str) -> ResponseReturnValue:
    """Announce files."""
    request.max_content_length = LARGEST_LIST
    files = [Announced(**file.model_dump()) for file in parse(FileList).files]
    listed = shelf_taking(upload).announce(files, instance().settings.upload_limits)
    return jsonify(Files(files=[file_state(file) for file in listed]).model_dump())


@api.get("/image-sets/uploads/<token:upload>/files")
@access("researcher")
@described(
    "The files of an upload by path, and what of each is here.",
    REFUSALS | {200: Files, 409: Problem},
    query=FilesQuery,
)
def get_files(upload: str) -> ResponseReturnValue:
    """The files of an upload."""
    query = parse_query(FilesQuery)
    listed = [file for file in shelf_taking(upload).listed() if file.path > (query.after or "")]
    page = [file_state(file) for file in listed[: query.limit]]
    more = page[-1].path if len(listed) > len(page) else None
    return jsonify(Files(files=page, next=more).model_dump())


@api.put("/image-sets/uploads/<token:upload>/files")
@access("researcher", "write")
@described(
    "Send whole small files: a part for each, named by its key.",
    ANSWERS | {200: Bundle},
    body="multipart/form-data",
)
def put_files(upload: str) -> ResponseReturnValue:
    """Store whole files."""
    shelf = shelf_taking(upload)
    request.max_content_length = LARGEST_PIECE
    files = request.files.to_dict()
    if not files:
        raise InvalidError("no file in the request: send one part per file, named by its key")
    if len(files) > BUNDLE_FILES:
        raise TooLargeError(f"{len(files)} files in one bundle; at most {BUNDLE_FILES} are taken")
    stored, refused = shelf.put_bundle({key: file.stream for key, file in files.items()})  # type: ignore[misc] # IO[bytes] reads like BinaryIO
    return jsonify(Bundle(stored=stored, refused=refused).model_dump())


@api.put("/image-sets/uploads/<token:upload>/files/<file_key:key>")
@access("researcher", "write")
@described(
    "Send the next bytes of a file; of one that is here, nothing changes.",
    ANSWERS | {200: FileState, 409: Misplaced},
    body="application/octet-stream",
    query=Piece,
)
def put_piece(upload: str, key: str) -> ResponseReturnValue:
    """Store a piece of a file."""
    piece = parse_query(Piece)
    shelf = shelf_taking(upload)
    request.max_content_length = LARGEST_PIECE
    try:
        file = shelf.put_piece(key, piece.offset, request.stream)
    except OffsetError as error:
        problem = Misplaced(error=error.code, message=str(error), received=error.received)
        return jsonify(problem.model_dump()), error.status
    return jsonify(file_state(file).model_dump())


@api.post("/image-sets/uploads/<token:upload>/finish")
@access("researcher", "write")
@described(
    "Import what was sent, as a job; the upload says which.",
    ANSWERS | {202: UploadState, 409: Missing},
    body=FinishUpload,
)
def post_finish_upload(upload: str) -> ResponseReturnValue:
    """Begin the import."""
    finish = parse(FinishUpload) if request.get_data() else FinishUpload()
    settings = instance().settings
    with instance().database.write() as session:
        found = verbs.find_upload(session, asking(), upload)
        verbs.settle(session, found)
        try:
            job = verbs.finish_upload(session, settings, found, asking(), **finish.model_dump())
        except verbs.MissingFilesError as error:
            return jsonify(missing_files(error)), error.status
        state = upload_state(session, found)
    if job is not None:
        lifecycle.launch(settings, job.public_id)
    return jsonify(state.model_dump(mode="json")), 202


def missing_files(error: verbs.MissingFilesError) -> dict[str, Any]:
    """The answer that names files which have not come."""
    return Missing(
        error=error.code,
        message=str(error),
        n_missing=error.n_missing,
        missing=error.missing,
    ).model_dump()
