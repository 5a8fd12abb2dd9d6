"""Blinding: what is hidden until a study closes, from whom, and what the record says of looks."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from experiment.access import COMMAND
from experiment.database import Database
from experiment.errors import ConflictError
from experiment.links import study_link
from experiment.models import AuditEntry, Study
from experiment.predictions.storing import NewPrediction, store_predictions
from experiment.results.background import compute_now
from experiment.results.blinding import (
    ONE_LOOK,
    BlindedError,
    is_hidden,
    note_look,
    refuse_hidden,
    set_blinded,
)
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.lifecycle import images_of
from tests.experiment.answered import answer
from tests.experiment.lab import Lab
from tests.experiment.rows import add_study
from tests.experiment.visitor import Visitor

NAMES = [f"picture_{number:03}" for number in range(6)]
PAGES = ("/results/pictures", "/studies/pictures/models", "/results/pictures/images")
# Of six people each: .167, .333 … 1; mean over images 3.5/6.
HITS = {name: [1] * (i + 1) + [0] * (5 - i) for i, name in enumerate(NAMES)}
MEAN = "0.583"


@pytest.fixture
def study(database: Database) -> Study:
    """An open study, in a database without anything else."""
    with database.write() as session:
        return add_study(session)


@pytest.fixture
def played(lab: Lab, settings: Settings) -> Lab:
    """The study `pictures` after six people, with a model and a report."""
    with lab.database.write() as session:
        found = find_study(session, "pictures")
        answer(session, found, HITS)
        rows = [
            NewPrediction(image.sha256, i / 24, None, None)
            for i, image in enumerate(images_of(session, found))
        ]
        store_predictions(session, found, "net", rows)
    compute_now(lab.database, "pictures", include_simulated=False)
    folder = settings.reports / "pictures"
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<p>the report</p>")
    (folder / "image_scores.csv").write_text("a")
    return lab


def blind(lab: Lab, *, state: str = "open", is_blinded: bool = True) -> None:
    with lab.database.write() as session:
        session.execute(update(Study).values(is_blinded=is_blinded, state=state))


def guest(lab: Lab, settings: Settings) -> FlaskClient:
    """A browser that has opened a link to the results."""
    visitor = Visitor(lab.app)
    with lab.database.write() as session:
        address = study_link(session, settings, "pictures", "results")
    opened = visitor.client.get(address.removeprefix(settings.public_url))
    assert visitor.submit(opened).status_code == 303
    return visitor.client


@pytest.mark.parametrize(
    ("state", "is_blinded", "hidden"),
    [
        ("draft", True, True),
        ("open", True, True),
        ("paused", True, True),
        ("closed", True, False),
        ("open", False, False),
    ],
)
def test_a_blinded_study_hides_until_it_closes(state: str, is_blinded: bool, hidden: bool) -> None:
    study = Study(state=state, is_blinded=is_blinded)
    assert is_hidden(study) is hidden
    if hidden:
        with pytest.raises(BlindedError, match="until it closes"):
            refuse_hidden(study)
    else:
        refuse_hidden(study)


def test_blinding_is_recorded_and_makes_no_sense_of_a_closed_study(
    study: Study, database: Database
) -> None:
    with database.write() as session:
        study = session.get_one(Study, study.id)
        for is_blinded in (True, True, False):
            set_blinded(session, study, is_blinded=is_blinded, by=COMMAND)
        study.state = "closed"
        with pytest.raises(ConflictError, match="would hide nothing"):
            set_blinded(session, study, is_blinded=True, by=COMMAND)
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.detail) for entry in entries] == [
        ("blinding.begun", {"state": "open"}),
        ("blinding.ended", {"state": "open"}),
    ]


def test_a_look_is_recorded_once_for_each_page_and_quarter_of_an_hour(
    study: Study, database: Database
) -> None:
    def looks() -> list[str]:
        with database.read() as session:
            entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
            return [f"{entry.action} {entry.detail['page']}" for entry in entries]

    for page in ("results", "images", "results"):
        note_look(database, study, COMMAND, "scores.seen", page)
    note_look(database, study, COMMAND, "models.seen", "results")
    assert looks() == ["scores.seen results", "scores.seen images", "models.seen results"]
    with database.write() as session:
        before = datetime.now(UTC) - ONE_LOOK - timedelta(seconds=1)
        session.execute(update(AuditEntry).values(at=before))
    note_look(database, study, COMMAND, "scores.seen", "results")
    assert len(looks()) == 4
    for state in ("draft", "closed"):  # nobody can change what they do because of what they saw
        study.state = state
        note_look(database, study, COMMAND, "scores.seen", "other")
    assert len(looks()) == 4


def test_what_people_remember_is_shown_and_then_hidden_from_everybody(
    played: Lab, settings: Settings
) -> None:
    browsers = [played.browser("owner"), played.browser("viewer"), guest(played, settings)]
    for client in browsers:
        page = client.get("/results/pictures").text
        assert MEAN in page
        assert "net" in page
    blind(played)
    for client in browsers:
        page = client.get("/results/pictures").text
        assert "This study is blinded" in page
        assert "picture_000" not in page  # neither in the gallery nor in what charts draw
        for hidden in (MEAN, "Do people agree?", "beside the people"):
            assert hidden not in page
        for seen in ("Participants", "Responses per image", "How far people get"):
            assert seen in page
        models = client.get("/studies/pictures/models").text
        assert "This study is blinded" in models
        assert "24 of 24" in models
        assert "scale-card" not in models
        for path in ("/images", "/report", "/image_scores.csv"):
            assert client.get(f"/results/pictures{path}").status_code == 403, path
    blind(played, state="closed")
    models = browsers[0].get("/studies/pictures/models").text
    assert "This study is blinded" not in models
    assert "Blind this study" not in models
    assert MEAN in browsers[1].get("/results/pictures").text
    assert browsers[1].get("/results/pictures/report").status_code == 200


def test_only_an_owner_ends_the_blinding_and_is_asked_first(played: Lab) -> None:
    owner, editor = played.browser("owner"), played.browser("editor")
    path = "/studies/pictures/blinding"
    assert played.submit(editor, path, blinded="yes").status_code == 403
    assert played.submit(owner, path, blinded="yes").status_code == 303
    for page in PAGES[:2]:
        assert "End the blinding now" in owner.get(page).text
        assert "cannot be made unseen" in owner.get(page).text
        assert "End the blinding now" not in editor.get(page).text
    assert played.submit(editor, path, blinded="no").status_code == 403
    assert played.submit(owner, path, blinded="no").status_code == 303
    assert MEAN in editor.get("/results/pictures").text
    with played.database.read() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.action.startswith("blinding"))
        ).all()
    assert [(entry.action, entry.who) for entry in entries] == [
        ("blinding.begun", "owner@lab.example"),
        ("blinding.ended", "owner@lab.example"),
    ]


def test_looks_at_scores_are_in_the_record_while_the_study_is_open_only(
    played: Lab, settings: Settings
) -> None:
    def looks() -> set[tuple[str, str, str]]:
        with played.database.read() as session:
            entries = session.scalars(select(AuditEntry).where(AuditEntry.action.like("%.seen")))
            return {(entry.who, entry.action, entry.detail["page"]) for entry in entries}

    viewer = played.browser("viewer")
    blind(played)
    for page in PAGES:
        viewer.get(page)
    assert looks() == set()  # what is hidden is not seen
    blind(played, is_blinded=False)
    for page in (*PAGES, "/results/pictures/report"):
        assert viewer.get(page).status_code == 200
    guest(played, settings).get("/results/pictures")
    assert looks() == {
        ("viewer@lab.example", "scores.seen", "results"),
        ("viewer@lab.example", "models.seen", "models"),
        ("viewer@lab.example", "scores.seen", "images"),
        ("viewer@lab.example", "scores.seen", "report"),
        ("page", "scores.seen", "results"),
    }


def test_who_knows_nothing_of_the_study_is_not_told_that_it_is_blinded(
    app: Flask, lab: Lab
) -> None:
    blind(lab)
    assert lab.browser("stranger").get("/studies/pictures/models").status_code == 404
    assert app.test_client().get("/studies/pictures/models").status_code == 303
