"""What a study will do, in sentences; the annotated file; the list of studies."""

import math
import textwrap
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment.design.feasibility import check_feasible
from experiment.design.presets import PRESETS
from experiment.models import Participant, Run, Study
from experiment.settings import Settings
from experiment.studies import defaults
from experiment.studies.file import StudyDefinition, unwritten
from experiment.studies.lifecycle import find_files
from experiment.studies.pools import check_pools, runs_of_one

COMMENTS = {
    "stimulus_ms": "How long each image is shown.",
    "gap_ms": "How long the screen is empty after it; a key still belongs to that image.",
    "n_targets": "Images shown twice at long intervals: the ones whose memorability is measured.",
    "n_fillers": "Images shown once.",
    "n_vigilance": "Images shown twice at short intervals: misses show who pays no attention.",
    "target_lags": "Shortest and longest lag of a target's repeat.",
    "vigilance_lags": "Shortest and longest lag of a vigilance repeat.",
    "target_lag_distribution": '"even": each lag as often; "feasible": as random placement has it.',
    "vigilance_lag_distribution": "The same for vigilance repeats.",
    "keys": "Keys that mean 'seen before', by KeyboardEvent.key name; a space is the space bar.",
    "early_key_ms": "A key earlier than this after an image's onset is flagged as too early.",
}


def template(file: Path, image_set: str) -> str:
    """The annotated study file, with every parameter of the paradigm as a comment."""
    slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in file.stem.lower()).strip("-")
    slug = slug[:60].strip("-") or "my-study"
    values = PRESETS["lamem2015"].to_dict()
    paradigm = "\n".join(f"# {COMMENTS[key]}\n# {key} = {toml(values[key])}" for key in COMMENTS)
    return defaults.TEMPLATE.format(
        file=file,
        title=slug.replace("-", " ").capitalize(),
        slug=slug,
        image_set=image_set,
        paradigm=paradigm,
        welcome=defaults.WELCOME,
        consent=defaults.CONSENT,
        instructions=defaults.INSTRUCTIONS,
        thanks=defaults.THANKS,
    )


def toml(value: object) -> str:
    """A number, a text or a list of them as TOML writes it."""
    if isinstance(value, list):
        return f"[{', '.join(toml(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def explain(definition: StudyDefinition, settings: Settings) -> Iterator[str]:
    """What a study will do, a line at a time.

    Raises
    ------
    StudyError, SequenceError
        If it cannot be created, as `create_study` would.
    """
    paradigm = definition.paradigm
    check_feasible(paradigm)
    files = find_files(settings, definition.image_set)
    targets, fillers = check_pools(definition, list(files.images))
    seconds = paradigm.duration_ms / 1000
    yield f"{definition.title} ({definition.slug}), language {definition.language}"
    yield (
        f"A run: {paradigm.n_trials} trials of {paradigm.stimulus_ms} + {paradigm.gap_ms} ms, "
        f"{seconds:.0f} s ({seconds / 60:.1f} minutes) without instructions and practice."
    )
    yield (
        f"  {paradigm.n_targets} targets and {paradigm.n_vigilance} vigilance images shown twice, "
        f"{paradigm.n_fillers} fillers once; lags "
        f"{paradigm.target_lags[0]}–{paradigm.target_lags[1]} and "
        f"{paradigm.vigilance_lags[0]}–{paradigm.vigilance_lags[1]}."
    )
    runs = definition.runs_per_participant
    yield (
        f"Images: {runs_of_one(runs)} {paradigm.n_images * runs}; "
        f"{len(targets | fillers)} available in {definition.image_set!r} ({len(targets)} may be "
        f"targets, {len(fillers)} fillers)."
    )
    needed = participants_needed(definition, len(targets))
    yield (
        f"Goal: {definition.responses_per_image} responses per image × {len(targets)} images: "
        f"{needed} participants who play all their runs."
    )
    yield f"  {expected_agreement(definition.responses_per_image)}"
    deviations = paradigm.deviations(PRESETS[definition.preset])
    if deviations:
        yield f"Deviations from {definition.preset}:"
        yield from (f"  {sentence}" for sentence in deviations)
    else:
        yield f"Paradigm: {definition.preset} without deviations."
    yield f"  {PRESETS[definition.preset].source}"
    for reading in paradigm.readings:
        yield textwrap.fill(reading, 96, initial_indent="  Our reading: ", subsequent_indent="    ")
    for sentence in unwritten(definition.texts):
        yield f"Before anybody sees it: {sentence}."


def participants_needed(definition: StudyDefinition, n_pool: int) -> int:
    """Participants until every image of the target pool has its responses."""
    per_participant = definition.paradigm.n_targets * definition.runs_per_participant
    return math.ceil(definition.responses_per_image * n_pool / per_participant)


def expected_agreement(responses_per_image: int) -> str:
    """What so many responses let one expect, in the published cases, in a sentence."""
    from analysis.planning.responses import PUBLISHED, half_consistency, reliability_of

    cases = []
    for case in PUBLISHED:
        reliability = reliability_of(responses_per_image, case.r1)
        rho = half_consistency(reliability)
        cases.append(f"R = {reliability:.2f} (ρ = {rho:.2f} between halves) {case.name}")
    return f"Expected reliability: {', '.join(cases)}; hitrate plan says what others take."


def study_lines(session: Session) -> Iterator[str]:
    """One line for each study: slug, state, participants who finished a run, title."""
    finished = (
        select(Run.study_id, func.count(Run.participant_id.distinct()).label("n"))
        .join(Participant, Participant.id == Run.participant_id)
        .where(Run.state == "finished", Participant.is_preview.is_(False))
        .group_by(Run.study_id)
        .subquery()
    )
    rows = session.execute(
        select(Study.slug, Study.state, func.coalesce(finished.c.n, 0), Study.title)
        .outerjoin(finished, finished.c.study_id == Study.id)
        .order_by(Study.created_at)
    ).all()
    if not rows:
        yield "There is no study yet; hitrate study init FILE begins one."
        return
    width = max(len(row[0]) for row in rows)
    for slug, state, n_finished, title in rows:
        yield f"{slug:{width}}  {state:6}  {n_finished:5} finished  {title}"
