"""Pages for researchers: a link that opens once, live results, the report."""

from flask import Blueprint

researcher = Blueprint("researcher", __name__)
