"""Pages that bring photographs into an image set; with scripts, static/uploads/ sends them."""

import secrets
from collections.abc import Iterable

from flask import flash, redirect, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from experiment.access import access, asking
from experiment.api.uploads import limits_state, upload_state
from experiment.current import instance
from experiment.errors import ExperimentError, InvalidError, NotFoundError
from experiment.jobs import lifecycle
from experiment.models import Upload
from experiment.researcher.image_sets import image_sets
from experiment.uploads import verbs
from experiment.uploads.files import Announced, told
from experiment.uploads.refused import REFUSED, read_refused

MOST_ROWS = 500  # of refused files on a page; the table has all


@image_sets.get("/image-sets/new")
@access("researcher")
def new() -> ResponseReturnValue:
    """Begin an upload."""
    return new_page(request.args.get("into", ""), is_fixed="into" in request.args)


def new_page(name: str, *, is_fixed: bool = False, error: str = "") -> str:
    """The page with the name of the set and the files to be chosen."""
    return render_template(
        "researcher/image_sets/new.html",
        name=name,
        is_fixed=is_fixed,
        error=error,
        limits=limits_state(),
        told=told,
    )


@image_sets.post("/image-sets/new")
@access("researcher")
def post_new() -> ResponseReturnValue:
    """A whole upload in one form, from a browser without scripts."""
    name, settings = request.form.get("name", "").strip(), instance().settings
    files = chosen(request.files.getlist("files"))
    try:
        if not files:
            raise InvalidError("no file was chosen; choose photographs or one zip file")
        with instance().database.write() as session:
            old = verbs.expire(session, settings)
            upload = verbs.begin_upload(session, settings, name, asking())
        verbs.remove_folders(old)
    except ExperimentError as error:
        return new_page(name, error=str(error)), error.status
    store(upload, files)
    return finish(upload.public_id, without_missing=False)


@image_sets.get("/image-sets/uploads/<token:upload>")
@access("researcher")
def upload(upload: str) -> ResponseReturnValue:
    """One upload: send more, see how far its import is, what came of it."""
    with instance().database.write() as session:
        found = verbs.find_upload(session, asking(), upload)
        state = upload_state(session, found)
        job = verbs.job_of(session, found)
    refused = read_refused(verbs.shelf_of(instance().settings, found).folder)
    return render_template(
        "researcher/image_sets/upload.html",
        state=state,
        job=job,
        refused=refused[:MOST_ROWS],
        n_refused=len(refused),
        limits=limits_state(),
        told=told,
    )


@image_sets.post("/image-sets/uploads/<token:upload>/files")
@access("researcher")
def post_files(upload: str) -> ResponseReturnValue:
    """More files, from a browser without scripts."""
    with instance().database.read() as session:
        found = verbs.find_taking(session, asking(), upload)
    files = chosen(request.files.getlist("files"))
    store(found, files)
    flash(f"{len(files)} {'file is' if len(files) == 1 else 'files are'} here.")
    return redirect(url_for("image_sets.upload", upload=upload), 303)


@image_sets.post("/image-sets/uploads/<token:upload>/finish")
@access("researcher")
def post_finish(upload: str) -> ResponseReturnValue:
    """Import what has come."""
    return finish(upload, without_missing=True)


@image_sets.post("/image-sets/uploads/<token:upload>/stop")
@access("researcher")
def post_stop(upload: str) -> ResponseReturnValue:
    """Stop the import; what was sent stays."""
    with instance().database.write() as session:
        found = verbs.find_upload(session, asking(), upload)
        job = verbs.job_of(session, found)
        if job is not None and job.state in lifecycle.RUNS:
            lifecycle.stop_job(session, job.public_id, asking())
        verbs.settle(session, found)
    return redirect(url_for("image_sets.upload", upload=upload), 303)


@image_sets.post("/image-sets/uploads/<token:upload>/give-up")
@access("researcher")
def post_give_up(upload: str) -> ResponseReturnValue:
    """Delete what was sent."""
    with instance().database.write() as session:
        found = verbs.find_upload(session, asking(), upload)
        folder = verbs.shelf_of(instance().settings, found).folder
        verbs.delete_upload(session, found)
    verbs.remove_folders([folder])
    flash("The upload is given up; its files are deleted.")
    return redirect(url_for("image_sets.index"), 303)


@image_sets.get("/image-sets/uploads/<token:upload>/refused.csv")
@access("researcher")
def refused_table(upload: str) -> ResponseReturnValue:
    """Every file that an import did not take, with the reason."""
    with instance().database.read() as session:
        found = verbs.find_upload(session, asking(), upload)
    folder = verbs.shelf_of(instance().settings, found).folder
    if not (folder / REFUSED).is_file():
        raise NotFoundError("this upload has no table of refused files")
    name = f"{found.name}-refused.csv"
    return send_from_directory(
        folder, REFUSED, mimetype="text/csv", as_attachment=True, download_name=name
    )


def chosen(files: Iterable[FileStorage]) -> list[FileStorage]:
    """The files of a form; an input without one sends an empty name."""
    return [file for file in files if file.filename]


def store(upload: Upload, files: list[FileStorage]) -> None:
    """Put the files of a form into an upload, where they replace others of their names."""
    shelf, limits = verbs.shelf_of(instance().settings, upload), instance().settings.upload_limits
    announced = [
        Announced(str(file.filename), file.seek(0, 2) or file.tell(), secrets.token_hex(8))
        for file in files
    ]
    for file in files:
        file.seek(0)
    listed = shelf.announce(announced, limits)
    streams = {
        one.key: file.stream for one, file in zip(listed, files, strict=True) if one.refused is None
    }
    shelf.put_bundle(streams)  # type: ignore[arg-type] # IO[bytes] reads like BinaryIO


def finish(public_id: str, *, without_missing: bool) -> ResponseReturnValue:
    """Begin the import, and go where it can be seen."""
    settings = instance().settings
    with instance().database.write() as session:
        found = verbs.find_upload(session, asking(), public_id)
        verbs.settle(session, found)
        job = verbs.finish_upload(
            session,
            settings,
            found,
            asking(),
            first_frame="first_frame" in request.form,
            without_missing=without_missing,
        )
    if job is not None:
        lifecycle.launch(settings, job.public_id)
    return redirect(url_for("image_sets.upload", upload=public_id), 303)
