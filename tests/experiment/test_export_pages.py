"""Exports from the page and over the API: made, watched, downloaded in parts, deleted, recorded."""

import hashlib
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from experiment.errors import NotFoundError
from experiment.jobs import lifecycle
from experiment.models import AuditEntry, Job, Study, Withdrawal
from experiment.settings import Settings
from tests.experiment.lab import Lab, add_other_study

# What is asked of the database here is asked of both kinds in the other tests of exports.
pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

PAGE = "/studies/pictures/export"
API = "/api/v1/studies/pictures/exports"


@pytest.fixture(autouse=True)
def _at_once(settings: Settings, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are done in this process, as soon as they are launched."""

    def launch(settings: Settings, job: str) -> None:
        lifecycle.run_job(settings, lab.database, job)

    monkeypatch.setattr(lifecycle, "launch", launch)


def make(lab: Lab, **fields: Any) -> str:
    """Export from the page; the export's id."""
    client = lab.browser("editor")
    assert lab.submit(client, PAGE, **{"flavour": "native"} | fields).status_code == 303
    with lab.database.read() as session:
        job = session.scalars(select(Job).order_by(Job.id.desc()).limit(1)).one()
    assert job.state == "done", job.message
    return job.public_id


def fetch(client: FlaskClient, path: str, **options: Any) -> TestResponse:
    """An answer whose file is read and closed."""
    return client.get(path, buffered=True, **options)


def actions(lab: Lab) -> list[tuple[str, str, str]]:
    """Who did what with exports and jobs."""
    with lab.database.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [
            (entry.who, entry.via, entry.action)
            for entry in entries
            if entry.action.startswith(("export.", "job."))
        ]


def text_of(answer: TestResponse) -> str:
    """The words of a page, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def test_a_study_without_exports_says_what_to_do(lab: Lab) -> None:
    text = text_of(lab.browser("editor").get(PAGE))
    assert "Nothing was exported yet. Choose above what the data are for" in text
    assert "Nobody has agreed to take part yet" in text
    assert "Each image was shown for" in text
    assert "AUTHORS (YEAR)" in text


@pytest.mark.parametrize("flavour", ["native", "psych-ds", "bids", "jspsych"])
def test_an_export_from_the_page_is_there_to_be_downloaded(lab: Lab, flavour: str) -> None:
    export = make(lab, flavour=flavour, include_simulated="on")
    client = lab.browser("viewer")
    page = client.get(PAGE)
    assert f"{PAGE}/{export}/file" in page.get_data(as_text=True)
    assert "with simulated participants" in text_of(page)
    answer = fetch(client, f"{PAGE}/{export}/file")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert answer.headers["Content-Disposition"] == (
        f"attachment; filename=pictures-{flavour}-{today}.zip"
    )
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        manifest = "dataset.json" if flavour == "native" else "export.json"
        about = json.loads(archive.read(f"pictures-{flavour}/{manifest}"))
    assert about["includes"] == {"simulated": True, "preview": False}
    assert hashlib.sha256(answer.data).hexdigest() in page.get_data(as_text=True)


def test_a_download_that_broke_off_goes_on(lab: Lab) -> None:
    export = make(lab)
    client = lab.browser("viewer")
    path = f"{PAGE}/{export}/file"
    whole = fetch(client, path)
    half = len(whole.data) // 2
    headers = {"Range": f"bytes={half}-", "If-Range": whole.headers["ETag"]}
    rest = fetch(client, path, headers=headers)
    assert rest.status_code == 206
    assert rest.headers["Content-Range"] == (
        f"bytes {half}-{len(whole.data) - 1}/{len(whole.data)}"
    )
    assert whole.data[:half] + rest.data == whole.data
    changed = fetch(client, path, headers=headers | {"If-Range": '"of another file"'})
    assert (changed.status_code, changed.data) == (200, whole.data)
    assert fetch(client, path, headers={"Range": "bytes=9999999999-"}).status_code == 416
    downloads = [action for *_, action in actions(lab) if action == "export.downloaded"]
    assert len(downloads) == 2  # the two that began at the beginning


def test_who_exports_downloads_and_deletes_is_recorded(lab: Lab) -> None:
    export = make(lab)
    assert fetch(lab.browser("editor"), f"{PAGE}/{export}/file").status_code == 200
    editor = lab.browser("editor")
    assert lab.submit(editor, f"{PAGE}/{export}/delete").status_code == 303
    assert actions(lab) == [
        ("editor@lab.example", "page", "job.started"),
        ("editor@lab.example", "page", "export.made"),
        ("editor@lab.example", "page", "export.downloaded"),
        ("editor@lab.example", "page", "export.deleted"),
    ]
    assert fetch(editor, f"{PAGE}/{export}/file").status_code == 404
    assert "Nothing was exported yet" in text_of(editor.get(PAGE))


def test_deleting_takes_the_file_and_only_that(lab: Lab, settings: Settings) -> None:
    first, second = make(lab), make(lab, flavour="bids")
    folder = settings.instance / "exports" / "pictures"
    assert {file.name for file in folder.iterdir()} == {f"{first}.zip", f"{second}.zip"}
    lab.submit(lab.browser("owner"), f"{PAGE}/{first}/delete")
    assert [file.name for file in folder.iterdir()] == [f"{second}.zip"]


def test_a_viewer_downloads_and_neither_exports_nor_deletes(lab: Lab) -> None:
    viewer = lab.browser("viewer")
    assert "Ask an editor of the study for an export." in text_of(viewer.get(PAGE))
    assert lab.submit(viewer, PAGE, flavour="native").status_code == 403
    export = make(lab)
    assert "Delete this export" not in text_of(viewer.get(PAGE))
    assert lab.submit(viewer, f"{PAGE}/{export}/delete").status_code == 403
    assert fetch(viewer, f"{PAGE}/{export}/file").status_code == 200


def test_an_export_is_not_found_under_another_study(lab: Lab, settings: Settings) -> None:
    export = make(lab)
    other = add_other_study(lab, settings)
    stranger = lab.browser("stranger")
    assert fetch(stranger, f"/studies/{other}/export/{export}/file").status_code == 404
    assert fetch(stranger, f"{PAGE}/{export}/file").status_code == 404
    headers = lab.bearer("stranger")
    client = lab.browser()
    assert client.get(f"/api/v1/studies/{other}/exports/{export}", headers=headers).status_code == (
        404
    )


def test_somebody_who_withdrew_since_is_told_of(lab: Lab) -> None:
    make(lab)
    with lab.database.write() as session:
        study = session.scalars(select(Study)).one()
        session.add(
            Withdrawal(
                study_id=study.id, n_runs=1, n_responses=3,
                withdrawn_at=datetime.now(UTC) + timedelta(seconds=1),
            )
        )  # fmt: skip
    assert "Somebody withdrew after this was made" in text_of(lab.browser("viewer").get(PAGE))


def test_an_export_that_failed_says_why(lab: Lab, settings: Settings) -> None:
    pictures = settings.image_sets / "pictures" / "thumbnails"
    next(pictures.iterdir()).unlink()
    lab.submit(lab.browser("editor"), PAGE, flavour="native")
    text = text_of(lab.browser("viewer").get(PAGE))
    assert "failed:" in text
    assert "has no file for image" in text


def test_a_wish_that_cannot_be_is_refused(lab: Lab) -> None:
    client = lab.browser("editor")
    lab.submit(client, PAGE, flavour="bids", table_format="parquet")
    assert "Nothing was exported: bids has text tables only" in text_of(client.get(PAGE))
    lab.submit(client, PAGE, flavour="xml")
    assert "flavour is &#39;xml&#39;" in text_of(client.get(PAGE))


def test_an_export_that_is_being_made_can_be_stopped_and_no_other_begun(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "launch", lambda *_: None)
    client = lab.browser("editor")
    lab.submit(client, PAGE, flavour="native")
    page = client.get(PAGE).get_data(as_text=True)
    assert "Being made" in page
    assert "data-job=" in page
    lab.submit(client, PAGE, flavour="native")
    assert "at work on pictures" in text_of(client.get(PAGE))
    (stop,) = set(re.findall(r'action="([^"]+/stop)"', page))
    lab.submit(client, stop)
    text = text_of(client.get(PAGE))
    assert "The export was stopped." in text
    assert "Take this off the list" in text


def test_an_export_that_died_is_gone_on_with_by_the_next(
    lab: Lab, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "launch", lambda *_: None)
    lab.submit(lab.browser("editor"), PAGE, flavour="native")
    folder = settings.instance / "exports" / "pictures"
    for wish in ("native-csv", "bids-csv-with_images"):  # as processes leave them that were killed
        (folder / f".making-{wish}.zip.partial").mkdir(parents=True)
    with lab.database.write() as session:
        session.execute(update(Job).values(state="failed", ended_at=datetime.now(UTC)))
    monkeypatch.setattr(
        lifecycle, "launch", lambda _, job: lifecycle.run_job(settings, lab.database, job)
    )
    export = make(lab)
    assert [path.name for path in folder.iterdir()] == [f"{export}.zip"]


def test_the_api_makes_lists_downloads_and_deletes(lab: Lab) -> None:
    client, headers = lab.browser(), lab.bearer("editor", "export")
    made = client.post(API, headers=headers, json={"flavour": "jspsych"})
    assert made.status_code == 202
    export = made.get_json()["export"]
    one = client.get(f"{API}/{export}", headers=headers).get_json()
    assert (one["state"], one["is_there"], one["study"]) == ("done", True, "pictures")
    assert client.get(API, headers=headers).get_json() == {"exports": [one]}
    file = fetch(client, f"{API}/{export}/file", headers=headers)
    assert hashlib.sha256(file.data).hexdigest() == one["sha256"]
    assert len(file.data) == one["counts"]["n_bytes"]
    assert client.delete(f"{API}/{export}", headers=headers).status_code == 204
    assert fetch(client, f"{API}/{export}/file", headers=headers).status_code == 404
    assert [(via, action) for _, via, action in actions(lab)] == [
        ("api", "job.started"),
        ("api", "export.made"),
        ("api", "export.downloaded"),
        ("api", "export.deleted"),
    ]


def test_the_api_refuses_what_cannot_be(lab: Lab) -> None:
    client, headers = lab.browser(), lab.bearer("editor", "export")
    bodies: list[Any] = [{"flavour": "xml"}, {"flavour": "native", "everything": True}, [], None]
    for body in bodies:
        assert client.post(API, headers=headers, json=body).status_code in (400, 422)
    wish = {"flavour": "bids", "table_format": "parquet"}
    assert client.post(API, headers=headers, json=wish).status_code == 422
    assert client.get(API, headers=lab.bearer("editor", "read")).status_code == 403


def test_the_api_tells_the_method_and_what_to_cite(lab: Lab) -> None:
    answer = lab.browser().get(
        "/api/v1/studies/pictures/method", headers=lab.bearer("viewer", "read")
    )
    words = answer.get_json()
    assert words["method"]["Exclusions"] == "Nothing is left out of the scores."
    assert set(words["citation"]) == {"These data", "The software", "jsPsych", "The paradigm"}


def test_an_export_of_no_study_is_not_begun(lab: Lab) -> None:
    with lab.database.write() as session, pytest.raises(NotFoundError):
        lifecycle.find_job(session, "none")
    assert lab.browser("ada").get("/studies/nothing/export").status_code == 404
