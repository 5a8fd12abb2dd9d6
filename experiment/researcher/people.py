"""Pages of the people of a study: all, one, payment, withdrawal."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from experiment.access import access, guard

people = Blueprint("people", __name__)
guard(people)


@people.get("/studies/<slug:slug>/people")
@access("viewer")
def index(slug: str) -> ResponseReturnValue:
    """Everybody in a study."""
    return render_template("researcher/layout.html", slug=slug)
