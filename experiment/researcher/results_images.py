"""The images of a study, sorted by any score, and their thumbnails."""

from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from experiment.access import access, asking
from experiment.current import instance
from experiment.errors import NotFoundError
from experiment.models import Image
from experiment.researcher.results import results, simulated_wanted, unless_known
from experiment.results.background import freshen
from experiment.results.blinding import note_look, refuse_hidden
from experiment.results.gallery import ORDERS, categories, gallery_page, ordered
from experiment.results.live import image_scores
from experiment.runs import find_study
from stimuli.image_set import thumbnail_path

DIRECTIONS = {"desc": "highest first", "asc": "lowest first"}


@results.get("/results/<slug:slug>/images")
@access("guest")
def images(slug: str) -> ResponseReturnValue:
    """Every image with its scores, a page at a time, in the order of any score."""
    asked = request.args
    sort = asked.get("sort", "hit_rate")
    sort = sort if sort in ORDERS else "hit_rate"
    direction = "asc" if asked.get("order") == "asc" else "desc"
    wanted = simulated_wanted()
    page, found = asked.get("page", 1, type=int), None
    database = instance().database
    with database.read() as db:
        study = find_study(db, slug)
        refuse_hidden(study)
        scores, kept, simulated = image_scores(db, study, include_simulated=wanted)
        named = categories(db, study)
        category = asked.get("category") if asked.get("category") in named else None
        if scores is not None and scores.n_seen:
            places = ordered(
                db, study, scores, sort=sort, descending=direction == "desc", category=category
            )
            found = gallery_page(db, scores, places, page)
    freshen(instance().settings, instance().compute, slug, kept, include_simulated=simulated)
    if found is not None:
        note_look(database, study, asking(), "scores.seen", "images")

    def address(number: int) -> str:
        """Of another page in the same order."""
        kept_parts: dict[str, Any] = {"sort": sort, "order": direction, "category": category}
        kept_parts["simulated"] = asked.get("simulated")
        return url_for("results.images", slug=slug, page=number, **kept_parts)

    return unless_known(
        render_template(
            "researcher/results_images.html",
            study=study,
            found=found,
            kept=kept,
            includes_simulated=simulated,
            simulated=asked.get("simulated"),
            orders=ORDERS,
            sort=sort,
            directions=DIRECTIONS,
            direction=direction,
            categories=named,
            category=category,
            address=address,
        )
    )


@results.get("/results/<slug:slug>/thumbnails/<sha256:sha256>.webp")
@access("guest")
def thumbnail(slug: str, sha256: str) -> ResponseReturnValue:
    """A small picture of one image of the study's set."""
    with instance().database.read() as db:
        study = find_study(db, slug)
        there = db.scalar(
            select(Image.id).where(Image.image_set_id == study.image_set_id, Image.sha256 == sha256)
        )
        folder = instance().settings.image_sets / study.image_set.name
    path = thumbnail_path(folder, sha256)
    if there is None or not path.is_file():
        raise NotFoundError("there is no such picture")
    kept = {"Cache-Control": "private, max-age=86400"}
    return Response(path.read_bytes(), mimetype="image/webp", headers=kept)
