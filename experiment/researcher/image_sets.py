"""Pages of image sets: what there is, what is in one; upload_pages.py brings photographs."""

import math
import shutil

from flask import Blueprint, flash, redirect, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from experiment.access import access, asking, guard
from experiment.current import instance
from experiment.errors import NotFoundError
from experiment.image_sets import (
    all_facts,
    delete_image_set,
    facts_of,
    images_in,
    is_editor,
    is_owner,
    researcher_of,
    users_of,
)
from experiment.settings import MEGABYTE
from experiment.uploads import verbs
from experiment.uploads.files import told
from experiment.uploads.refused import REFUSED
from stimuli.image_set import THUMBNAILS

PER_PAGE = 60
KEPT = {"Cache-Control": "private, max-age=86400, immutable"}  # a thumbnail's address is its hash
LARGEST_FORM = 256 * MEGABYTE  # of a browser without scripts
WITH_FILES = ("image_sets.post_new", "image_sets.post_files")

image_sets = Blueprint("image_sets", __name__)


@image_sets.before_request
def take_large_forms() -> None:
    """A form with photographs may be large, if somebody sends it who has signed in.

    It stands before the guard, which looks for the form's token among the form's parts.
    """
    if request.endpoint in WITH_FILES and current_user.is_authenticated:
        limit = instance().settings.upload_limits.upload_bytes
        request.max_content_length = min(LARGEST_FORM, limit)


guard(image_sets)


@image_sets.get("/image-sets")
@access("researcher")
def index() -> ResponseReturnValue:
    """Every image set of the instance."""
    me = researcher_of(asking())
    facts = all_facts(instance().settings)
    with instance().database.write() as session:
        rows = [(one, users_of(session, me, one.name)) for one in facts]
        uploads = verbs.uploads_of(session, me)
        for upload in uploads:
            verbs.settle(session, upload)
    return render_template(
        "researcher/image_sets/index.html", rows=rows, uploads=uploads, told=told
    )


@image_sets.get("/image-sets/<set_name:name>")
@access("researcher")
def image_set(name: str) -> ResponseReturnValue:
    """One image set: its images, page by page, and what was refused."""
    settings = instance().settings
    facts = facts_of(settings, name)
    category = request.args.get("category", "")
    images = [
        image
        for image in images_in(settings, name).images
        if not category or image.category == category
    ]
    n_pages = max(1, math.ceil(len(images) / PER_PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), n_pages)
    me = researcher_of(asking())
    with instance().database.read() as session:
        users = users_of(session, me, name)
        brought = verbs.brought_to(session, me, name)
        may_add, may_delete = is_editor(session, me, name), is_owner(session, me, name)
    return render_template(
        "researcher/image_sets/set.html",
        facts=facts,
        users=users,
        may_add=may_add,
        may_delete=may_delete,
        category=category,
        images=images[(page - 1) * PER_PAGE : page * PER_PAGE],
        n_images=len(images),
        page=page,
        n_pages=n_pages,
        with_refused=[
            upload
            for upload in brought
            if (verbs.shelf_of(settings, upload).folder / REFUSED).is_file()
        ],
        told=told,
    )


@image_sets.get("/image-sets/<set_name:name>/thumbnails/<sha256:sha256>")
@access("researcher")
def thumbnail(name: str, sha256: str) -> ResponseReturnValue:
    """A small picture of one image."""
    folder = instance().settings.image_sets / name / THUMBNAILS
    if not (folder / f"{sha256}.webp").is_file():
        raise NotFoundError("there is no such thumbnail")
    answer = send_from_directory(folder, f"{sha256}.webp", mimetype="image/webp")
    answer.headers.update(KEPT)
    return answer


@image_sets.post("/image-sets/<set_name:name>/delete")
@access("researcher")
def post_delete(name: str) -> ResponseReturnValue:
    """Delete a set that no study uses."""
    with instance().database.write() as session:
        aside = delete_image_set(session, instance().settings, name, asking())
    shutil.rmtree(aside)
    flash(f"The image set {name} is deleted.")
    return redirect(url_for("image_sets.index"), 303)
