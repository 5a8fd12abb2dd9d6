"""What every page of researchers shows around its own content."""

from typing import Any

from flask import Flask, g, request, session

from experiment.access import may, rule_of

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
        guest = slug in session.get("results", [])
        return {
            "me": g.actor.researcher,
            "may": may,
            "guest": guest,
            "study_tabs": [tab for tab in STUDY_TABS if is_shown(*tab, guest=guest)],
        }


def is_shown(endpoint: str, name: str, role: str, *, guest: bool) -> bool:  # noqa: ARG001 (of a tab)
    """Whether who is asking may open this page of the study."""
    return may(role) or (guest and rule_of(endpoint).who == "guest")
