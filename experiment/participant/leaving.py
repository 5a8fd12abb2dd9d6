"""The last page: thanks, the code of the outcome, and the way back to who sent people."""

from flask import g, render_template
from flask.typing import ResponseReturnValue

from experiment import runs
from experiment.current import instance
from experiment.participant.views import (
    find_participant,
    here,
    may_play_another,
    next_page,
    participant,
    text_of,
    there,
)
from experiment.recruitment.endings import WayBack, way_back
from experiment.security import content_policy


@participant.get("/thanks")
def thanks() -> ResponseReturnValue:
    """The end; who is not there yet goes on with the page that is due."""
    key = instance().settings.secret_key
    with instance().database.read() as db:
        person = find_participant(db)
        if person is None:
            return here("welcome")
        due = next_page(db, g.study, person)
        if due != "participant.thanks":
            return there(due)
        latest = runs.latest_run(db, g.study, person)
        outcome = person.outcome
        back = WayBack() if outcome is None else way_back(db, key, g.study, person, outcome)
    if back.form_host is not None:
        content_policy(form_action=f"'self' {back.form_host}")
    return render_template(
        "participant/thanks.html",
        text=text_of("thanks"),
        outcome=outcome or "round_ended",
        back=back,
        more=may_play_another(g.study, person, latest),
        played=latest.number if latest else 0,
        allowed=g.study.definition["runs_per_participant"],
    )
