"""Models over the API: what is answered, to whom, and that the document says so."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from experiment.api import models as views
from experiment.models import Job
from experiment.runs import find_study
from tests.experiment.answered import answer
from tests.experiment.lab import Lab
from tests.experiment.test_openapi import GENERATED, hold_to

STUDY = "/api/v1/studies/pictures"
ROUTE = "/api/v1/studies/{slug}"
NAMES = [f"picture_{number:03}" for number in range(6)]
CSV = "\n".join(["image,net", *(f"{name},{i / 10}" for i, name in enumerate(NAMES))])


@pytest.fixture(autouse=True)
def launched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that would have been started as processes."""
    jobs: list[str] = []
    monkeypatch.setattr(views, "launch", lambda settings, job: jobs.append(job))  # noqa: ARG005 (launch's signature)
    return jobs


class Program:
    """A program of a researcher, each of whose answers is held to the document."""

    def __init__(self, lab: Lab, name: str | None, *scopes: str) -> None:
        self.client: FlaskClient = lab.app.test_client()
        self.headers = {} if name is None else lab.bearer(name, *scopes)
        self.document = self.client.get("/api/v1/openapi.json").get_json()

    def ask(self, method: str, path: str, **options: Any) -> TestResponse:
        """Send a request to an address below the study's."""
        found = self.client.open(f"{STUDY}{path}", method=method, headers=self.headers, **options)
        hold_to(self.document, f"{ROUTE}{path.partition('?')[0]}", method.lower(), found)
        return found


def send(program: Program, text: str, query: str = "") -> TestResponse:
    return program.ask("POST", f"/predictions{query}", data=text, content_type="text/csv")


def test_a_table_is_sent_listed_paged_and_deleted(lab: Lab) -> None:
    program = Program(lab, "editor")
    sent = send(program, CSV)
    assert sent.status_code == 201
    (one,) = sent.get_json()["models"]
    assert (one["model"], one["n_images"], one["n_of"], one["n_missing"]) == ("net", 6, 24, 18)
    assert send(program, CSV).get_json()["error"] == "conflict"
    assert send(program, CSV, "?replace=true").get_json()["models"][0]["n_replaced"] == 6
    assert send(program, CSV, "?model=another").status_code == 201
    first = program.ask("GET", "/models?limit=1").get_json()
    assert ([one["name"] for one in first["models"]], first["next"]) == (["another"], "another")
    rest = program.ask("GET", "/models?limit=1&after=another").get_json()
    assert ([one["name"] for one in rest["models"]], rest["next"]) == (["net"], None)
    page = program.ask("GET", "/predictions?model=net&limit=4").get_json()
    assert [row["prediction"] for row in page["predictions"]] == [0.0, 0.1, 0.2, 0.3]
    page = program.ask("GET", f"/predictions?model=net&after={page['next']}").get_json()
    assert ([row["image_id"] for row in page["predictions"]], page["next"]) == (NAMES[4:], None)
    assert program.ask("DELETE", "/predictions?model=net").get_json() == {"deleted": 6}
    assert program.ask("DELETE", "/predictions?model=net").status_code == 404
    assert program.ask("DELETE", "/predictions").status_code == 422


def test_parquet_and_a_form_are_taken_as_well(lab: Lab, tmp_path: Path) -> None:
    program = Program(lab, "editor")
    frame = pd.DataFrame({"image_id": NAMES, "model": "net", "prediction": [0.5] * 6})
    frame.to_parquet(tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    assert program.ask("POST", "/predictions", data=content).status_code == 201
    form = {"file": (BytesIO(CSV.replace("net", "score").encode()), "from a lab.csv")}
    sent = program.ask("POST", "/predictions", data=form, content_type="multipart/form-data")
    assert sent.get_json()["models"][0]["model"] == "from a lab"
    empty = program.ask("POST", "/predictions", data={"a": "b"}, content_type="multipart/form-data")
    assert (empty.status_code, "no part 'file'" in empty.get_json()["message"]) == (422, True)


def test_a_model_stands_beside_the_people_on_both_scales(lab: Lab) -> None:
    with lab.database.write() as session:
        hits = {name: [1] * 2 * (i + 1) + [0] * (10 - 2 * i) for i, name in enumerate(NAMES)}
        answer(session, find_study(session, "pictures"), hits)
    program = Program(lab, "viewer")
    send(Program(lab, "editor"), CSV)
    waiting = program.ask("GET", "/models/points?model=net")
    assert (waiting.status_code, waiting.get_json()["error"]) == (409, "conflict")
    assert program.ask("GET", "/models").get_json()["models"][0]["scores"] is None  # begins it
    (model,) = program.ask("GET", "/models").get_json()["models"]
    assert model["is_current"]
    hit_rate, alarms = model["scores"]
    assert (hit_rate["score"], alarms["score"]) == ("hit_rate", "false_alarm_rate")
    assert set(hit_rate["against_half"]) == {"model", "another_half", "advantage"}
    assert set(hit_rate["against_all"]) == {"model", "ceiling", "explained"}
    assert hit_rate["against_all"]["model"]["value"] == pytest.approx(1.0)
    points = program.ask("GET", "/models/points?model=net").get_json()
    assert points["image_id"] == NAMES
    assert points["hit_rate"] == [pytest.approx(2 * (i + 1) / 12) for i in range(6)]
    assert program.ask("GET", "/models/points?model=other").status_code == 404


def test_scoring_and_reporting_are_jobs(lab: Lab, launched: list[str]) -> None:
    program = Program(lab, "editor")
    scoring = program.ask("POST", "/score", json={"model": "resmem"})
    assert (scoring.status_code, scoring.get_json()["kind"]) == (202, "score")
    assert program.ask("POST", "/score", json={"model": "resmem"}).status_code == 409
    assert program.ask("POST", "/score", json={"model": "other"}).status_code == 422
    report = program.ask("POST", "/report", json={"include_simulated": True})
    assert report.status_code == 202
    assert launched == [scoring.get_json()["job"], report.get_json()["job"]]
    with lab.database.read() as session:
        jobs = {job.kind: job.parameters for job in session.query(Job)}
    assert jobs == {"score": {"model": "resmem"}, "report": {"include_simulated": True}}


def test_while_a_study_is_blinded_nothing_tells_what_people_remember(lab: Lab) -> None:
    owner = Program(lab, "owner")
    send(owner, CSV)
    assert owner.ask("PUT", "/blinding", json={"blinded": True}).get_json() == {"blinded": True}
    found = owner.ask("GET", "/models").get_json()
    assert found["blinded"] is True
    assert [one["name"] for one in found["models"]] == ["net"]
    assert found["models"][0]["scores"] is None
    for path in ("/models/points?model=net", "/predictions?model=net"):
        refused = owner.ask("GET", path)
        assert (refused.status_code, refused.get_json()["error"]) == (403, "blinded")
    report = owner.ask("POST", "/report", json={})
    assert (report.status_code, report.get_json()["error"]) == (403, "blinded")
    assert owner.ask("PUT", "/blinding", json={"blinded": False}).status_code == 200
    assert owner.ask("GET", "/predictions?model=net").status_code == 200


WRITING: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/predictions", {"data": CSV, "content_type": "text/csv"}),
    ("DELETE", "/predictions?model=net", {}),
    ("POST", "/score", {"json": {"model": "resmem"}}),
    ("POST", "/report", {"json": {}}),
    ("PUT", "/blinding", {"json": {"blinded": True}}),
]
READING = ["/models", "/models/points?model=net", "/predictions?model=net"]


def test_nobody_does_more_than_their_role_and_scope_allow(lab: Lab) -> None:
    for name, scopes, status in (
        (None, (), 401),
        ("stranger", (), 404),
        ("viewer", (), 403),
        ("editor", ("read",), 403),
    ):
        program = Program(lab, name, *scopes)
        for method, path, options in WRITING:
            assert program.ask(method, path, **options).status_code == status, (name, path)
    editor = Program(lab, "editor")
    assert editor.ask("PUT", "/blinding", json={"blinded": True}).status_code == 403
    for name, scopes, status in (
        (None, (), 401),
        ("stranger", (), 404),
        ("viewer", ("write",), 403),
    ):
        program = Program(lab, name, *scopes)
        for path in READING:
            assert program.ask("GET", path).status_code == status, (name, path)


@pytest.mark.parametrize("path", ["/score", "/report", "/blinding"])
def test_generated_bodies_are_answered_as_documented(lab: Lab, path: str) -> None:
    program = Program(lab, "owner")
    method = "PUT" if path == "/blinding" else "POST"
    operation = schemathesis.openapi.from_dict(program.document)[f"{ROUTE}{path}"][method]

    @GENERATED
    @given(operation.as_strategy())
    def check(case: Any) -> None:
        assert program.ask(method, path, json=case.body).status_code < 500

    check()


def test_any_bytes_are_a_file_or_are_refused(lab: Lab) -> None:
    program = Program(lab, "editor")
    texts = st.lists(
        st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=4), max_size=4
    ).map(lambda rows: "\n".join(",".join(row) for row in rows).encode())

    @GENERATED
    @given(st.one_of(st.binary(max_size=200), texts, texts.map(lambda text: b"PAR1" + text)))
    def check(content: bytes) -> None:
        assert program.ask("POST", "/predictions", data=content).status_code == 422

    check()
