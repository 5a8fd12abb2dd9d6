"""The job `import_images`: what was uploaded becomes images of a set, as by the command line."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.errors import ConflictError
from experiment.image_sets import check_not_shown, images_in
from experiment.jobs.work import Work
from experiment.models import ImageSet, Job, Researcher, Upload
from experiment.studies.registering import register_image_set
from experiment.uploads.files import Listed, is_zip
from experiment.uploads.refused import write_refused
from experiment.uploads.shelf import Shelf
from experiment.uploads.verbs import job_of
from stimuli.errors import ImportRunningError, Refusal, RefusedImageError
from stimuli.importers import ImportSummary, import_found
from stimuli.listed import TABLES, listed_source, with_table
from stimuli.sources import Source, file_entry, is_clutter, open_regular
from stimuli.zips import zip_source

BETWEEN_TRIES = 1.0  # seconds, while another import into the same set is at work
MOST_NOTES = 20


def import_upload(work: Work) -> dict[str, Any]:
    """Import an upload's files; what could not be taken is in its table of refused files."""
    public_id, name = work.parameters["upload"], work.parameters["image_set"]
    shelf = Shelf(work.settings.uploads / public_id)
    try:
        with work.database.read() as session:
            check_not_shown(session, name)
        with upload_source(shelf) as found:
            summary = import_in_turn(work, found, name)
        write_refused(shelf.folder, summary)
        if not summary.added and not summary.unchanged:
            raise ConflictError(
                "none of these files could be imported; the table of refused files says why"
            )
        conclude(work, summary)
    except BaseException:
        end(work, "failed")
        raise
    shelf.clear()
    return result_of(summary)


def import_in_turn(work: Work, found: Source, name: str) -> ImportSummary:
    """Import once no other import into the same set is at work."""
    while True:
        try:
            return import_found(
                found,
                work.settings.image_sets,
                name,
                first_frame=work.parameters["first_frame"],
                progress=work.progress,
            )
        except ImportRunningError:
            work.progress(0, None, "waiting for another import into this set to end")
            time.sleep(BETWEEN_TRIES)


def conclude(work: Work, summary: ImportSummary) -> None:
    """Tell the database what has changed: the upload is done, a known set has more images."""
    files = images_in(work.settings, summary.name)
    with work.database.write() as session:
        known = session.scalar(select(ImageSet).where(ImageSet.name == summary.name))
        if known is not None:
            register_image_set(session, files)
        job = session.scalars(select(Job).where(Job.public_id == work.public_id)).one()
        researcher = job.researcher_id and session.get(Researcher, job.researcher_id)
        record(
            session,
            "images.uploaded",
            Actor("server", researcher or None),
            image_set=summary.name,
            added=summary.added,
            refused=len(summary.refused),
        )
    end(work, "done")


def end(work: Work, state: str) -> None:
    """Say how an upload has ended, unless it was given up or another job imports it by now."""
    with work.database.write() as session:
        upload = session.scalar(select(Upload).where(Upload.public_id == work.parameters["upload"]))
        job = None if upload is None else job_of(session, upload)
        if upload is not None and job is not None and job.public_id == work.public_id:
            upload.state, upload.ended_at = state, datetime.now(UTC)


def result_of(summary: ImportSummary) -> dict[str, Any]:
    """What the job's result says of an import."""
    return {
        "image_set": summary.name,
        "added": summary.added,
        "unchanged": summary.unchanged,
        "refused": len(summary.refused),
        "total": summary.total,
        "refusals": {str(kind): n for kind, n in sorted(summary.refusals.items())},
        "skipped": dict(summary.skipped),
        "notes": summary.notes[:MOST_NOTES],
    }


@contextmanager
def upload_source(shelf: Shelf) -> Iterator[Source]:
    """What an upload brings: its files, or those of its only zip; and its table, if it has one."""
    listed = [file for file in shelf.listed() if not is_clutter(file.path.rpartition("/")[2])]
    zips = [file for file in listed if is_zip(file.path) and has_come(file)]
    others = [file for file in listed if file not in zips]
    if len(zips) == 1 and all(Path(file.path).suffix.lower() in TABLES for file in others):
        with zip_source(shelf.files / zips[0].key, zips[0].path) as found:
            for file in filter(has_come, others):
                label = file.path.rpartition("/")[2]
                place = shelf.files / file.key
                found.entries.append(file_entry(label, label, opener(place)))
            yield with_table(found, shelf.folder)
    else:
        files = {file.path: shelf.files / file.key for file in shelf.listed() if has_come(file)}
        refused = {file.path: reason_of(file) for file in listed if not has_come(file)}
        refused |= {file.path: among_others() for file in zips}
        for file in zips:
            del files[file.path]
        yield with_table(listed_source(files, refused), shelf.folder)


def opener(place: Path) -> Callable[[], BinaryIO]:
    """What opens this file."""
    return lambda: open_regular(place)


def has_come(file: Listed) -> bool:
    """Whether a file is here, whole."""
    return file.refused is None and not file.is_missing


def reason_of(file: Listed) -> RefusedImageError:
    """Why a listed file is not among those that have come."""
    if file.refused is not None:
        return RefusedImageError(Refusal.BOMB, file.refused)
    return RefusedImageError(Refusal.MISSING, "it was not sent to its end")


def among_others() -> RefusedImageError:
    """Why a zip is not unpacked."""
    reason = "a zip file among other files: upload it alone (a table may come with it)"
    return RefusedImageError(Refusal.NOT_AN_IMAGE, reason)
