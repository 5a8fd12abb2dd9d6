"""A study's results over the API: progress, all numbers, the images with their scores."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import Response, jsonify
from flask.typing import ResponseReturnValue

from experiment.access import access, asking
from experiment.api.blueprint import REFUSALS, api, parse_query
from experiment.api.results_schemas import (
    Consistency,
    Coverage,
    ImagePage,
    ImagePageQuery,
    ImageRow,
    ImagesQuery,
    Progress,
    Results,
    ResultsQuery,
    RunCourse,
)
from experiment.current import instance
from experiment.export.tables import spreadsheet_safe
from experiment.models import Study
from experiment.openapi import described
from experiment.results.background import freshen
from experiment.results.blinding import is_hidden, note_look, refuse_hidden
from experiment.results.gallery import ScoredImage, ordered, scored_images
from experiment.results.kept import Kept
from experiment.results.live import LiveResults, image_scores, live_results
from experiment.runs import find_study


@api.get("/studies/<slug:slug>/progress")
@access("viewer")
@described("Who took part and how far.", REFUSALS | {200: Progress}, query=ResultsQuery)
def get_progress(slug: str) -> ResponseReturnValue:
    """Who took part, and how far they got."""
    study, live = find_results(slug)
    return jsonify(progress(study, live).model_dump(mode="json"))


@api.get("/studies/<slug:slug>/results")
@access("viewer")
@described("Everything found so far.", REFUSALS | {200: Results}, query=ResultsQuery)
def get_results(slug: str) -> ResponseReturnValue:
    """All numbers of the results."""
    study, live = find_results(slug)
    hidden = is_hidden(study)
    scores = None if hidden else live.images
    halves = None if hidden else live.consistency
    if scores is not None:
        note_look(instance().database, study, asking(), "scores.seen", "api results")
    told = Results(
        **progress(study, live).model_dump(),
        is_hidden=hidden,
        n_counted=scores.n_participants if scores else None,
        hit_rate=scores.hit_rate if scores else None,
        false_alarm_rate=scores.false_alarm_rate if scores else None,
        rate_correlation=scores.rate_correlation if scores else None,
        consistency=Consistency(**asdict(halves)) if halves else None,
        consistency_problem=None if hidden else live.problem,
    )
    return jsonify(told.model_dump(mode="json"))


@api.get("/studies/<slug:slug>/images")
@access("viewer")
@described("Images with scores.", REFUSALS | {200: ImagePage}, query=ImagePageQuery)
def get_images(slug: str) -> ResponseReturnValue:
    """Images in the order of any score, some at a time."""
    query = parse_query(ImagePageQuery)
    end = query.after + query.limit
    kept, places, images = find_images(slug, query, query.after, end)
    told = ImagePage(
        as_of=kept.as_of if kept else None,
        is_current=kept is not None and kept.is_current,
        n_images=len(places),
        images=[ImageRow(**image.to_dict()) for image in images],
        next=end if end < len(places) else None,
    )
    return jsonify(told.model_dump(mode="json"))


@api.get("/studies/<slug:slug>/images.csv")
@access("viewer")
@described("All images with scores.", REFUSALS | {200: "text/csv"}, query=ImagesQuery)
def get_images_table(slug: str) -> ResponseReturnValue:
    """The images in the order of any score, as a table."""
    _, _, images = find_images(slug, parse_query(ImagesQuery), 0, None)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(ScoredImage.__dataclass_fields__)
    for image in images:
        writer.writerow(
            spreadsheet_safe(value) if isinstance(value, str) else value
            for value in image.to_dict().values()
        )
    headers = {"Content-Disposition": f"attachment; filename={slug}-images.csv"}
    return Response(table.getvalue(), mimetype="text/csv", headers=headers)


def find_results(slug: str) -> tuple[Study, LiveResults]:
    """The results that the query asks for; computed again where that is due."""
    query = parse_query(ResultsQuery)
    with instance().database.read() as session:
        study = find_study(session, slug)
        live = live_results(session, study, include_simulated=query.simulated)
    if live.course.n_responses:
        ask_for_fresh(slug, live.kept, include_simulated=live.includes_simulated)
    return study, live


def find_images(
    slug: str, query: ImagesQuery, start: int, end: int | None
) -> tuple[Kept | None, list[int], Sequence[ScoredImage]]:
    """When scores were computed, the places of all images of the query, and those from a place on.

    Raises
    ------
    BlindedError
        While scores are hidden.
    """
    with instance().database.read() as session:
        study = find_study(session, slug)
        refuse_hidden(study)
        scores, kept, simulated = image_scores(session, study, include_simulated=query.simulated)
        places: list[int] = []
        images: Sequence[ScoredImage] = ()
        if scores is not None:
            places = ordered(
                session,
                study,
                scores,
                sort=query.sort,
                descending=query.order == "desc",
                category=query.category,
            )
            images = scored_images(session, scores, places[start:end])
    ask_for_fresh(slug, kept, include_simulated=simulated)
    if images:
        note_look(instance().database, study, asking(), "scores.seen", "api images")
    return kept, places, images


def ask_for_fresh(slug: str, kept: Kept | None, *, include_simulated: bool) -> None:
    """Have scores computed again where that is due."""
    here = instance()
    freshen(here.settings, here.compute, slug, kept, include_simulated=include_simulated)


def progress(study: Study, live: LiveResults) -> Progress:
    """Who took part, how far they got, and coverage."""
    kept: dict[str, Any] = {
        "as_of": live.kept.as_of if live.kept else None,
        "is_current": live.kept is not None and live.kept.is_current,
        "coverage": coverage(live),
    }
    return Progress(
        study=study.slug,
        state=study.state,  # type: ignore[arg-type] # the database knows no other
        includes_simulated=live.includes_simulated,
        n_participants=live.people.n_participants,
        outcomes=live.people.outcomes,
        rules=[asdict(rule) for rule in live.people.rules],  # type: ignore[misc] # pydantic makes models
        flags=[asdict(flag) for flag in live.people.flags],  # type: ignore[misc] # the same
        n_agreed=live.course.n_agreed,
        runs=[RunCourse(**asdict(run), completion=run.completion) for run in live.course.runs],
        median_minutes=live.course.median_minutes,
        n_responses=live.course.n_responses,
        goal=live.goal,
        **kept,
    )


def coverage(live: LiveResults) -> Coverage | None:
    """How many responses images have; None: not computed yet, or there are no images."""
    if live.images is None or not live.images.repeats:
        return None
    repeats = live.images.repeats
    return Coverage(
        n_images=len(repeats),
        fewest=repeats[0],
        median=repeats[len(repeats) // 2],
        most=repeats[-1],
        histogram=live.images.histogram,
        share_of_goal=live.share_of_goal,
        participants_to_go=live.participants_to_go,
    )
