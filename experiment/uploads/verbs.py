"""The verbs of uploads: begin, find, finish, give up, expire."""

import secrets
import shutil
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    TooManyRequestsError,
)
from experiment.image_sets import check_may_add, researcher_of
from experiment.jobs.lifecycle import RUNS, add_job, mark_lost
from experiment.models import Job, Researcher, Upload
from experiment.settings import Settings
from experiment.uploads.files import Listed
from experiment.uploads.shelf import Shelf
from stimuli.errors import StimuliError
from stimuli.image_set import check_name

LIVES = timedelta(days=7)  # of an upload in which nothing happens
TAKES = ("open", "failed")  # files
RESERVED = ("new", "uploads")  # names that are addresses of ours
MOST_NAMED = 100


class MissingFilesError(ConflictError):
    """Announced files are not whole; `missing` holds the first of them."""

    code = "files_missing"

    def __init__(self, missing: list[Listed]) -> None:
        n = len(missing)
        super().__init__(
            f"{n} announced {'file has' if n == 1 else 'files have'} not come whole; send "
            f"{'it' if n == 1 else 'them'}, or finish without"
        )
        self.n_missing = n
        self.missing = [file.path for file in islice(missing, MOST_NAMED)]


def shelf_of(settings: Settings, upload: Upload) -> Shelf:
    """The folder of an upload."""
    return Shelf(settings.uploads / upload.public_id)


def begin_upload(session: Session, settings: Settings, name: str, by: Actor) -> Upload:
    """Begin an upload into an image set, which is made if it is absent.

    Raises
    ------
    InvalidError
        If no image set can have this name.
    ForbiddenError, ConflictError
        If the set is there and may not be added to.
    TooManyRequestsError
        If this researcher has as many uploads open as they may.
    """
    me = researcher_of(by)
    try:
        check_name(name)
    except StimuliError as error:
        raise InvalidError(str(error)) from error
    if name.lower() in RESERVED:
        raise ConflictError(f"{name!r} is the name of a page of hitrate; choose another")
    check_may_add(session, settings, me, name)
    open_ones = uploads_of(session, me)
    if len(open_ones) >= settings.upload_limits.n_open:
        raise TooManyRequestsError(
            f"you have {len(open_ones)} uploads that are not finished; finish one or give it up"
        )
    upload = Upload(
        public_id=secrets.token_urlsafe(12),
        name=name,
        researcher_id=me.id,
        state="open",
        created_at=datetime.now(UTC),
    )
    session.add(upload)
    session.flush()
    shelf_of(settings, upload).make()
    return upload


def uploads_of(session: Session, me: Researcher) -> list[Upload]:
    """The uploads of a researcher that are not over, the latest first."""
    return list(
        session.scalars(
            select(Upload)
            .where(Upload.researcher_id == me.id, Upload.state != "done")
            .order_by(Upload.id.desc())
        )
    )


def brought_to(session: Session, me: Researcher, name: str) -> list[Upload]:
    """A researcher's uploads into a set that are done, the latest first; administrators see all."""
    done = select(Upload).where(Upload.name == name, Upload.state == "done")
    mine = done if me.is_admin else done.where(Upload.researcher_id == me.id)
    return list(session.scalars(mine.order_by(Upload.id.desc())))


def find_upload(session: Session, by: Actor, public_id: str) -> Upload:
    """An upload of who is asking (an administrator has all); NotFoundError where it is not."""
    me = researcher_of(by)
    upload = session.scalar(select(Upload).where(Upload.public_id == public_id))
    if upload is None or not (me.is_admin or upload.researcher_id == me.id):
        raise NotFoundError("there is no such upload")
    return upload


def find_taking(session: Session, by: Actor, public_id: str) -> Upload:
    """An upload that files can be sent to, or ConflictError."""
    upload = find_upload(session, by, public_id)
    if upload.state not in TAKES:
        raise ConflictError(f"this upload takes no more files: it is {upload.state}")
    return upload


def job_of(session: Session, upload: Upload) -> Job | None:
    """The last import of an upload."""
    return session.scalar(
        select(Job)
        .where(
            Job.kind == "import_images", Job.parameters["upload"].as_string() == upload.public_id
        )
        .order_by(Job.id.desc())
        .limit(1)
    )


def settle(session: Session, upload: Upload) -> None:
    """Call an upload failed whose import has died, so that it can be finished again."""
    if upload.state != "importing":
        return
    mark_lost(session)
    job = job_of(session, upload)
    if job is None or job.state in ("failed", "stopped"):
        upload.state = "failed"
        session.flush()


def finish_upload(
    session: Session,
    settings: Settings,
    upload: Upload,
    by: Actor,
    *,
    first_frame: bool = False,
    without_missing: bool = False,
) -> Job | None:
    """Begin the import of what has come; the job to be launched, None if it is begun or done.

    Raises
    ------
    MissingFilesError
        If announced files have not come whole, and the import is not to go on without them.
    InvalidError
        If nothing has come at all.
    """
    if upload.state not in TAKES:
        return None
    me = researcher_of(by)
    check_may_add(session, settings, me, upload.name)
    listed = shelf_of(settings, upload).listed()
    missing = [file for file in listed if file.is_missing]
    if missing and not without_missing:
        raise MissingFilesError(missing)
    n_here = sum(file.refused is None and not file.is_missing for file in listed)
    if not n_here:
        raise InvalidError("no file has come yet; send some")
    upload.state = "importing"
    return add_job(
        session,
        "import_images",
        by,
        unit="files",
        upload=upload.public_id,
        image_set=upload.name,
        first_frame=first_frame,
    )


def delete_upload(session: Session, upload: Upload) -> None:
    """Give an upload up; its folder is to be deleted once that is committed.

    Raises
    ------
    ConflictError
        If its import is at work.
    """
    settle(session, upload)
    job = job_of(session, upload)
    if upload.state == "importing" or (job is not None and job.state in RUNS):
        raise ConflictError("its photographs are being imported; stop that job first")
    if upload.state == "done":
        raise ConflictError("this upload is done; its photographs are in the image set")
    session.delete(upload)
    session.flush()


def expire(session: Session, settings: Settings) -> list[Path]:
    """Give up what nobody has touched for days: the folders to be deleted once that is committed.

    Folders that belong to no upload are among them.
    """
    end = datetime.now(UTC) - LIVES
    kept = set()
    for upload in session.scalars(select(Upload)):
        settle(session, upload)
        folder = settings.uploads / upload.public_id
        if upload.state in TAKES and upload.created_at < end and touched_at(folder) < end:
            session.delete(upload)
        else:
            kept.add(upload.public_id)
    session.flush()
    found = settings.uploads.iterdir() if settings.uploads.is_dir() else ()
    return [folder for folder in found if folder.name not in kept and touched_at(folder) < end]


def touched_at(folder: Path) -> datetime:
    """When something last happened in an upload's folder; long ago where there is none."""
    try:
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.min.replace(tzinfo=UTC)


def remove_folders(folders: list[Path]) -> None:
    """Delete folders, as far as they are there."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
