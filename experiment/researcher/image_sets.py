"""Pages of image sets: what there is, uploading photographs."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from experiment.access import access, guard

image_sets = Blueprint("image_sets", __name__)
guard(image_sets)


@image_sets.get("/image-sets")
@access("researcher")
def index() -> ResponseReturnValue:
    """Every image set of the instance."""
    return render_template("researcher/layout.html")
