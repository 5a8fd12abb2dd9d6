"""What a study will do, in sentences."""

import textwrap
from collections.abc import Iterator

from experiment.design.feasibility import check_feasible
from experiment.design.lag_balance import lag_balance
from experiment.design.paradigms import MOST_FLASHES, Paradigm
from experiment.design.presets import PRESETS
from experiment.models.people import OUTCOMES
from experiment.settings import Settings
from experiment.studies.attention_words import rule_in_words
from experiment.studies.defaults import default_texts
from experiment.studies.deviations import deviation_sentences
from experiment.studies.file import Goal, StudyDefinition, unwritten
from experiment.studies.lag_counts import bars_in_text, draw_many, lag_bars, lags_of
from experiment.studies.lifecycle import find_files
from experiment.studies.needs import Needs, needs_of, participants_needed
from experiment.studies.pools import check_pools, n_for_one, runs_of_one

# What the recruiter's own form must have after the study's address.
PARAMETERS = {
    "prolific": (
        "?PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}"
    ),
    "sona": "?survey_code=%SURVEY_CODE%",
}


def explain(definition: StudyDefinition, settings: Settings) -> Iterator[str]:
    """What a study will do, a line at a time.

    Raises
    ------
    StudyError, SequenceError
        If it cannot be created, as `create_study` would.
    """
    paradigm = definition.paradigm
    check_feasible(paradigm)
    images = list(find_files(settings, definition.image_set).images)
    targets, fillers = check_pools(definition, images)
    needs = needs_of(paradigm, definition.runs_per_participant)
    yield f"{definition.title} ({definition.slug}), language {definition.language}"
    yield from about_run(paradigm)
    yield from about_lags(paradigm, definition.goal.responses_per_image)
    yield (
        f"Images: {runs_of_one(definition.runs_per_participant)} {needs.n_images}; "
        f"{len(targets | fillers)} available in {definition.image_set!r} ({len(targets)} may be "
        f"targets, {len(fillers)} fillers)."
    )
    if definition.cluster:
        n = n_for_one(definition, images, targets | fillers)
        yield (
            f"  At most one image of each {definition.cluster!r} per person: {n} of them can be "
            "shown to one."
        )
    if definition.related:
        yield f"  None of them twice over the related studies {', '.join(definition.related)}."
    yield from about_goal(definition.goal, len(targets), needs)
    yield from about_attention(definition)
    yield from about_people(definition, settings)
    yield from about_sources(definition)
    yield from about_texts(definition)


def about_run(paradigm: Paradigm) -> Iterator[str]:
    """How long it is, what is in it, and what it looks like."""
    seconds = paradigm.duration_ms / 1000
    yield (
        f"A run: {paradigm.n_trials} trials of {paradigm.stimulus_ms} + {paradigm.gap_ms} ms, "
        f"{seconds:.0f} s ({seconds / 60:.1f} minutes) without instructions and practice."
    )
    if paradigm.n_levels > 1:
        stop = ", and one may stop there" if paradigm.rests == "offered" else ""
        rest = "no rest between them" if paradigm.rests == "none" else f"a rest after each{stop}"
        yield (
            f"  That is at most: {paradigm.n_levels} levels of "
            f"{seconds / 60 / paradigm.n_levels:.1f} minutes, {rest}."
        )
    targets, vigilance = (
        "–".join(map(str, paradigm.lag_range(role))) for role in ("target", "vigilance")
    )
    # In a test phase targets come in any order, whatever lags the paradigm names.
    is_test = paradigm.phases == "study_test"
    lags = f"{vigilance} of vigilance images" if is_test else f"{targets} and {vigilance}"
    where = "In a level: " if paradigm.n_levels > 1 else ""
    yield (
        f"  {where}{paradigm.n_targets} targets and {paradigm.n_vigilance} vigilance images shown "
        f"twice, {paradigm.n_fillers} fillers once; lags {lags}."
    )
    if paradigm.phases == "study_test":
        yield f"  In two parts: the targets once, then again among {paradigm.n_lures} new images."
    if paradigm.n_returning:
        n = paradigm.n_returning
        yield (
            f"  {n} more targets of a run come back in the next one: it has {n} trials more where "
            f"they leave, and {n} where they return."
        )
    display = paradigm.display
    size = (
        f"{display.size_px} px"
        if display.size_deg is None
        else f"{display.size_deg:g}° from {display.distance_cm:g} cm, {display.size_px} px at most"
    )
    crop = "the square in its middle" if display.crop == "square" else "the whole picture"
    yield f"  Longest side of an image {size}, {crop}, on {display.background}."
    yield f"  {paradigm.flashes_per_second:.1f} flashes per second; {MOST_FLASHES} are safe."


def about_lags(paradigm: Paradigm, n_responses: int) -> Iterator[str]:
    """How often which lag comes, as bars; and how alike the images' lags will be."""
    sequences = draw_many(paradigm)
    for role in ("target", "vigilance"):
        bars = lag_bars(lags_of(sequences, role))
        if bars:
            yield f"Lags of {role} repeats, with their number in a run ({len(sequences)} drawn):"
            yield from (f"  {line}" for line in bars_in_text(bars, len(sequences)))
    if targets := lags_of(sequences, "target"):
        balance = lag_balance(targets, n_responses)
        yield (
            f"Over {n_responses} responses the mean lag of an image is {balance.mean:.1f} ± "
            f"{balance.sd:.1f} (standard deviation between images, by chance)."
        )


def about_goal(goal: Goal, n_targets: int, needs: Needs) -> Iterator[str]:
    """People needed, what their answers are worth, and what they cost."""
    wanted = f"Goal: {goal.responses_per_image} responses per image × {n_targets} images"
    needed = participants_needed(goal.responses_per_image, n_targets, needs)
    if needed is None:
        yield f"{wanted}: no target comes back, so nobody's run helps to reach it."
        return
    yield f"{wanted}: {needed} participants who play all their runs."
    yield f"  {expected_agreement(goal.responses_per_image)}"
    if goal.participants is not None:
        reached = goal.participants * needs.n_answers / n_targets
        short = needed - goal.participants
        enough = "enough" if short <= 0 else f"{short} fewer than the goal needs"
        yield (
            f"  The quota lets {goal.participants} in: {enough}; {reached:.1f} responses per "
            "image if all of them count."
        )
    if goal.pay is not None:
        yield f"  {cost_in_words(goal, goal.participants or needed)}"


def cost_in_words(goal: Goal, people: int) -> str:
    """What so many people cost, with how that comes about."""
    pay = goal.pay or 0.0
    total = people * pay * (1 + goal.fee_percent / 100)
    fee = f" + {goal.fee_percent:g} % fee" if goal.fee_percent else ""
    return f"Cost: {people} × {pay:.2f} {goal.currency}{fee} = {total:,.2f} {goal.currency}."


def expected_agreement(responses_per_image: int) -> str:
    """What so many responses let one expect, in the published cases, in a sentence."""
    from analysis.planning.responses import PUBLISHED, half_consistency, reliability_of

    cases = []
    for case in PUBLISHED:
        reliability = reliability_of(responses_per_image, case.r1)
        rho = half_consistency(reliability)
        cases.append(f"R = {reliability:.2f} (ρ = {rho:.2f} between halves) {case.name}")
    return f"Expected reliability: {', '.join(cases)}; hitrate plan says what others take."


def about_attention(definition: StudyDefinition) -> Iterator[str]:
    """The rules that show who pays no attention."""
    paradigm = definition.paradigm
    if not paradigm.attention:
        yield "Attention rules: none; nobody's game is ended and nothing is left out."
        return
    yield "Attention rules:"
    yield from (f"  {rule_in_words(rule)}" for rule in paradigm.attention)
    if paradigm.most_ended_levels:
        yield f"  After {paradigm.most_ended_levels} runs ended so, nothing more may be played."


def about_people(definition: StudyDefinition, settings: Settings) -> Iterator[str]:
    """Where people come from, and the code with which each kind of end sends them back."""
    recruitment = definition.recruitment
    kind = recruitment["kind"]
    address = f"{settings.public_url}/s/{definition.slug}{PARAMETERS.get(kind, '')}"
    if kind == "none":
        yield f"People come to {address}"
    else:
        yield f"People come from {kind}, to {address}"
    codes = recruitment.get("codes", {})
    for outcome in OUTCOMES:
        if outcome in codes:
            yield f"  {outcome.replace('_', ' ')}: {codes[outcome]}"
    if kind != "none":
        yield f"  What {kind} calls them is {kept_in_words(definition.identities_days)}."


def kept_in_words(identities_days: int) -> str:
    """How long it is kept what a recruiter calls a person."""
    if identities_days == 0:
        return "kept until you erase it by hand"
    return f"erased {identities_days} days after they ended, or were last seen"


def about_texts(definition: StudyDefinition) -> Iterator[str]:
    """Texts that nobody has written yet, and those that explain another game than this one."""
    for sentence in unwritten(definition.texts):
        yield f"Before anybody sees it: {sentence}."
    if definition.preset is None:
        return
    of_preset = default_texts(definition.language, PRESETS[definition.preset])
    of_study = default_texts(definition.language, definition.paradigm)
    for name in ("welcome", "instructions", "test_instructions"):
        text = definition.texts.get(name)
        if text == of_preset.get(name) != of_study.get(name):
            yield (
                f"Before anybody sees it: the {name} text explains {definition.preset} as it was "
                "published and not your changes; rewrite it, or delete it for one that does."
            )


def about_sources(definition: StudyDefinition) -> Iterator[str]:
    """What the paradigm follows, where it does not, and what is our reading."""
    paradigm = definition.paradigm
    if definition.preset is None:
        yield "Paradigm: your own, after no published one."
        if paradigm.source:
            yield f"  {paradigm.source}"
        return
    preset = PRESETS[definition.preset]
    deviations = list(deviation_sentences(paradigm, preset))
    if deviations:
        yield f"Deviations from {preset.name}:"
        yield from (f"  {sentence}" for sentence in deviations)
    else:
        yield f"Paradigm: {preset.name} without deviations."
    yield f"  {preset.source}"
    for reading in paradigm.readings:
        yield textwrap.fill(reading, 96, initial_indent="  Our reading: ", subsequent_indent="    ")
