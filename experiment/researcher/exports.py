"""The page of a study's exports."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from experiment.access import access, guard

exports = Blueprint("exports", __name__)
guard(exports)


@exports.get("/studies/<slug:slug>/export")
@access("viewer")
def index(slug: str) -> ResponseReturnValue:
    """What can be taken out, and what has been."""
    return render_template("researcher/layout.html", slug=slug)
