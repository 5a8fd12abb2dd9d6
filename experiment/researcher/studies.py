"""Pages of studies: all of them. Making and changing one, and its overview, are beside this."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from experiment.access import access, asking, guard
from experiment.current import instance
from experiment.studies.facts import StudyFacts, studies_of
from stimuli.image_set import image_set_names

studies = Blueprint("studies", __name__)
guard(studies)

# Columns by which the list is sorted: name in the address, heading, whether it is a number.
COLUMNS = (
    ("title", "Study", False),
    ("state", "State", False),
    ("completed", "Completed", True),
    ("in_progress", "In progress", True),
    ("others", "Ended otherwise", True),
    ("share", "Of its goal", True),
    ("created", "Made", False),
)
STATES = ("draft", "open", "paused", "closed")


@studies.get("/studies")
@access("researcher")
def index() -> ResponseReturnValue:
    """Every study of this researcher, sorted and filtered as the address says."""
    wanted = request.args.get("q", "").strip().lower()
    state = request.args.get("state", "")
    sort, order = request.args.get("sort", "created"), request.args.get("order", "down")
    with instance().database.read() as db:
        every = studies_of(db, asking())
    shown = [
        facts
        for facts in every
        if wanted in f"{facts.study.title} {facts.study.slug} {facts.study.image_set.name}".lower()
        and state in ("", facts.study.state)
    ]
    shown.sort(key=lambda facts: sort_key(facts, sort), reverse=order == "down")
    return render_template(
        "researcher/studies/index.html",
        studies=shown,
        n_all=len(every),
        columns=COLUMNS,
        states=STATES,
        q=request.args.get("q", ""),
        state=state,
        sort=sort,
        order=order,
        has_images=bool(every) or bool(image_set_names(instance().settings.image_sets)),
    )


def sort_key(facts: StudyFacts, column: str) -> Any:
    """What a study is sorted by."""
    match column:
        case "title":
            return facts.study.title.lower()
        case "state":
            return STATES.index(facts.study.state)
        case "completed" | "in_progress" | "others":
            return getattr(facts, column)
        case "share":
            return facts.share or 0.0
    return (facts.study.created_at, facts.study.id)
