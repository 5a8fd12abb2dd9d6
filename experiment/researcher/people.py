"""Pages of the people of a study: everybody, and one of them."""

from typing import Any, get_args

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from experiment.access import access, asking, guard
from experiment.current import instance
from experiment.errors import InvalidError, NotFoundError
from experiment.models import RECRUITER_STATUSES, Study
from experiment.people import words
from experiment.people.erasing import exports_since
from experiment.people.everybody import Only, Show, Sort, Wanted, show_of
from experiment.people.excluding import LONGEST_REASON
from experiment.people.finding import find_participant
from experiment.people.listing import ON_A_PAGE, count_people, count_to_filter, list_people
from experiment.people.payments import RECRUITERS
from experiment.people.person import Person, person_of
from experiment.people.standing import STANDINGS
from experiment.recruitment.arrivals import recruitment_of
from experiment.researcher.timing_chart import CHART_WIDTH, LABEL_WIDTH, timing_chart
from experiment.results.blinding import HIDDEN, is_hidden, note_look
from experiment.runs import find_study

people = Blueprint("people", __name__)
LARGEST_LIST = 16 * 1024 * 1024  # bytes of a recruiter's list
LARGEST_FORM = 4 * 1024 * 1024  # bytes of one that comes back from its preview


@people.before_request
def take_long_lists() -> None:
    """A recruiter's list may be longer than other requests, if somebody sends it who has signed in;
    said before the guard reads the form."""
    is_list = request.endpoint in ("people.preview_statuses", "people.send_statuses")
    if is_list and current_user.is_authenticated:
        request.max_content_length = LARGEST_LIST
        request.max_form_memory_size = LARGEST_FORM


guard(people)

COLUMNS: tuple[tuple[Sort | None, str], ...] = (
    (None, "Participant"),
    ("came", "Came (UTC)"),
    ("outcome", "How it ended"),
    ("runs", "Runs"),
    ("minutes", "Minutes"),
    (None, "Hit rate"),
    (None, "False alarms"),
    ("flags", "Flags"),
    ("exclusions", "Left out"),
    ("recruiter", "At the recruiter"),
    (None, "Pay"),
)
ONLY = {
    "flagged": "flagged",
    "excluded": "left out, all or in part",
    "payable": "to be paid",
    "at_odds": "at odds with the recruiter",
}
SHOWS = {"people": "people", "simulated": "simulated participants", "previews": "previews"}


@people.get("/studies/<slug:slug>/people")
@access("viewer")
def index(slug: str) -> ResponseReturnValue:
    """Everybody in a study, a page at a time."""
    wanted = wanted_of(request.args)
    page = page_of(request.args.get("page", "1"))
    with instance().database.read() as db:
        study = find_study(db, slug)
        counts = count_to_filter(db, study, wanted.show)
        n = count_people(db, study, wanted)
        n_pages = max(-(-n // ON_A_PAGE), 1)
        page = min(page, n_pages)
        listed = list_people(db, study, wanted, offset=(page - 1) * ON_A_PAGE)
    look_at_scores(study)
    return render_template(
        "researcher/people.html",
        study=study,
        listed=listed,
        wanted=wanted,
        is_filtered=bool(asked_of(wanted).keys() - {"show", "sort", "order"}),
        counts=counts,
        n=n,
        page=page,
        n_pages=n_pages,
        first=(page - 1) * ON_A_PAGE + 1,
        columns=[(column, name, sort_link(study, wanted, column)) for column, name in COLUMNS],
        link_to_page=lambda number: page_link(study, wanted, number),
        standings=words.STANDINGS,
        statuses=words.RECRUITER_STATUSES,
        only=ONLY,
        shows=SHOWS,
        is_hidden=is_hidden(study),
        hidden=HIDDEN,
        has_recruiter=recruitment_of(study)["kind"] != "none",
        public_url=instance().settings.public_url,
    )


def wanted_of(args: MultiDict[str, str]) -> Wanted:
    """Which people an address asks for; what it does not know counts as not said."""

    def one_of(name: str, known: Any, otherwise: Any = None) -> Any:
        return args.get(name) if args.get(name) in known else otherwise

    return Wanted(
        show=one_of("show", get_args(Show), "people"),
        outcome=one_of("outcome", STANDINGS),
        only=one_of("only", get_args(Only)),
        recruiter_status=one_of("recruiter", RECRUITER_STATUSES),
        id_begins="".join(filter(str.isalnum, args.get("id", ""))).lower()[:16],
        sort=one_of("sort", get_args(Sort), "came"),
        is_falling=args.get("order") != "up",
    )


def asked_of(wanted: Wanted) -> dict[str, Any]:
    """The address's part that asks for these people, without what goes without saying."""
    asked = {
        "show": wanted.show if wanted.show != "people" else "",
        "outcome": wanted.outcome or "",
        "only": wanted.only or "",
        "recruiter": wanted.recruiter_status or "",
        "id": wanted.id_begins,
        "sort": wanted.sort if wanted.sort != "came" else "",
        "order": "" if wanted.is_falling else "up",
    }
    return {name: value for name, value in asked.items() if value}


def page_of(text: str) -> int:
    """The number of a page, from 1."""
    is_number = text.isascii() and text.isdigit() and len(text) < 8
    return max(int(text), 1) if is_number else 1


def page_link(study: Study, wanted: Wanted, number: int) -> str:
    """The address of a page of the same list."""
    return url_for("people.index", slug=study.slug, **asked_of(wanted), page=number)


def sort_link(study: Study, wanted: Wanted, column: Sort | None) -> str | None:
    """Where a column's heading leads: the list sorted by it, or the other way round."""
    if column is None:
        return None
    asked = asked_of(wanted)
    asked.pop("order", None)
    is_falling = not wanted.is_falling if wanted.sort == column else True
    asked |= {"sort": column} | ({} if is_falling else {"order": "up"})
    return url_for("people.index", slug=study.slug, **asked)


@people.get("/studies/<slug:slug>/people/<public_id:participant>")
@access("viewer")
def one(slug: str, participant: str) -> ResponseReturnValue:
    """One participant."""
    with instance().database.read() as db:
        study = find_study(db, slug)
        page = person_page(db, study, participant)
    look_at_scores(study)
    return page


def look_at_scores(study: Study) -> None:
    """Record that somebody sees how well people remember, where they do."""
    if not is_hidden(study):
        note_look(instance().database, study, asking(), "scores.seen", "people")


def person_page(db: Session, study: Study, public_id: str, **more: Any) -> str:
    """The page of a participant; `identity` is given after somebody asked for it."""
    person = person_of(db, study, find_participant(db, study, public_id))
    return render_template(
        "researcher/person.html",
        study=study,
        person=person,
        participant=person.participant,
        standing=standing_of(db, study, person),
        parts=parts_of(person),
        charts=[timing_chart(run.timing) for run in person.runs],
        chart_width=CHART_WIDTH,
        label_width=LABEL_WIDTH,
        words=words,
        recruiters=RECRUITERS,
        longest=LONGEST_REASON,
        is_hidden=is_hidden(study),
        hidden=HIDDEN,
        identity=more.get("identity"),
        n_exports=exports_since(db, study, person.participant),
    )


def standing_of(db: Session, study: Study, person: Person) -> Any:
    """The line of the list for this participant."""
    participant = person.participant
    wanted = Wanted(show=show_of(participant), id_begins=participant.public_id)
    found = list_people(db, study, wanted, limit=1)
    if not found:
        raise NotFoundError("this participant has just withdrawn")
    return found[0]


def parts_of(person: Person) -> list[tuple[str, str]]:
    """What can be left out: (value of the form, in words)."""
    parts = [("all", "all data of this participant")]
    for run in person.runs:
        parts.append((run.public_id, f"run {run.number}"))
        levels = sorted({level.level for level in run.levels})
        if len(levels) > 1:
            parts += [
                (f"{run.public_id} {level}", f"run {run.number}, level {level}") for level in levels
            ]
    return parts


def part_of(text: str) -> dict[str, Any]:
    """What a form wants left out: `run` and `level`, or nothing for all.

    Raises
    ------
    InvalidError
        If it is no part of the form's own.
    """
    run, _, level = text.partition(" ")
    if text == "all":
        return {}
    if not run.isalnum() or (
        level and not (level.isascii() and level.isdigit() and len(level) < 5)
    ):
        raise InvalidError("part: choose what is to be left out")
    return {"run": run} | ({"level": int(level)} if level else {})
