"""What every page of researchers shows around its own content."""

from typing import Any

from flask import Flask, g, request, session

from experiment.access import may

# The pages of one study, in their order: endpoint, name, the least role.
STUDY_TABS: tuple[tuple[str, str, str], ...] = (
    ("studies.overview", "Overview", "viewer"),
    ("results.results", "Results", "viewer"),
    ("models.index", "Models", "viewer"),
    ("people.index", "People", "viewer"),
    ("exports.index", "Export", "viewer"),
    ("accounts.members", "Members", "viewer"),
    ("accounts.study_record", "Record", "owner"),
)


def add_shell(app: Flask) -> None:
    """Give the templates of researchers what they show everywhere."""

    @app.context_processor
    def shell_values() -> dict[str, Any]:
        if "actor" not in g:
            return {}
        slug = (request.view_args or {}).get("slug")
        return {
            "me": g.actor.researcher,
            "may": may,
            "guest": slug in session.get("results", []),
            "study_tabs": STUDY_TABS,
        }
