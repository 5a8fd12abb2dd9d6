"""Pages of studies: all of them, one, making and changing one."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from experiment.access import access, guard

studies = Blueprint("studies", __name__)
guard(studies)


@studies.get("/studies")
@access("researcher")
def index() -> ResponseReturnValue:
    """Every study of this researcher."""
    return render_template("researcher/layout.html")
