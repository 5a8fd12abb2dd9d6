"""Uploads are limited, are nobody else's, and are given up in the end."""

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from experiment.database import Database
from experiment.errors import SettingsError
from experiment.models import Upload
from experiment.settings import Settings, UploadLimits, load_settings
from tests.experiment.lab import Lab
from tests.experiment.uploading import UPLOADS, Jobs, Sender, jobs, name_of, picture, sender
from tests.stimuli.picture_files import encoded, noise

__all__ = ["jobs", "sender"]  # fixtures


def limited(lab: Lab, settings: Settings, **limits: int) -> None:
    """Let the app take less."""
    found = lab.app.extensions["hitrate"]
    usual = {"file_bytes": 10**6, "upload_bytes": 10**7, "free_bytes": 1, "n_open": 5}
    changed = Settings(
        settings.instance,
        settings.database_url,
        settings.secret_key,
        upload_limits=UploadLimits(**usual | limits),
    )
    lab.app.extensions["hitrate"] = type(found)(changed, found.database, found.recorder)


def test_a_file_above_the_limit_is_refused_by_itself_and_named_in_the_end(
    sender: Sender, jobs: Jobs, lab: Lab, settings: Settings
) -> None:
    limited(lab, settings, file_bytes=5000)
    large = encoded(noise(5, (60, 60)), "PNG")
    upload = sender.begin()
    said = sender.announce(upload, {"a.png": picture(1), "large.png": large})
    assert said["a.png"]["refused"] is None
    assert "at most 4.9 kB are taken" in said["large.png"]["refused"]
    assert sender.piece(upload, said["large.png"]["key"], large).status_code == 422
    sender.bundle(upload, {said["a.png"]["key"]: picture(1)})
    assert sender.finish(upload).status_code == 202
    assert jobs.do().result["refusals"] == {"too large to decode (decompression bomb)": 1}


def test_uploads_have_limits_of_size_disk_and_number(
    sender: Sender, lab: Lab, settings: Settings
) -> None:
    limited(lab, settings, upload_bytes=1500, n_open=2)
    upload = sender.begin()
    listed = [{"path": f"{n}.png", "size": 800, "mark": "x"} for n in range(2)]
    answer = sender.ask("POST", f"{upload}/files", json={"files": listed})
    assert (answer.status_code, answer.get_json()["error"]) == (413, "too_large")
    assert sender.state(upload)["files"] == 0  # none of them is listed
    limited(lab, settings, free_bytes=10**18, n_open=2)
    answer = sender.ask("POST", f"{upload}/files", json={"files": listed})
    assert (answer.status_code, "left" in answer.get_json()["message"]) == (413, True)
    sender.begin("second")
    third = sender.ask("POST", UPLOADS, json={"image_set": "third"})
    assert (third.status_code, "2 uploads" in third.get_json()["message"]) == (429, True)
    assert sender.ask("DELETE", upload).status_code == 204
    assert sender.ask("GET", upload).status_code == 404
    assert not (settings.uploads / name_of(upload)).exists()
    sender.begin("third")


def test_only_uploads_take_large_requests_and_only_of_who_may(sender: Sender, lab: Lab) -> None:
    large = b"x" * (2 * 1024**2)
    upload = sender.begin()
    key = sender.announce(upload, {"a.png": large})["a.png"]["key"]
    assert Sender(lab, "stranger").piece(upload, key, large).status_code == 404
    assert sender.piece(upload, key, large).status_code == 200
    assert sender.ask("POST", UPLOADS, data=large).status_code == 413
    assert sender.piece(upload, key, b"x" * (10 * 1024**2), 0).status_code in (200, 413)


def test_nobody_elses_upload_can_be_seen_or_touched(sender: Sender, lab: Lab) -> None:
    upload = sender.begin()
    files = {"files": [{"path": "a", "size": 1, "mark": "x"}]}
    for method, end, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("GET", "/files", None),
        ("POST", "/files", files),
        ("PUT", "/files", None),
        ("PUT", f"/files/{'0' * 32}", None),
        ("POST", "/finish", {}),
    ):
        stranger = Sender(lab, "stranger").ask(method, upload + end, json=body)
        assert stranger.status_code == 404, (method, end)
        nobody = lab.app.test_client().open(upload + end, method=method, json=body)
        assert nobody.status_code == 401, (method, end)
        reader = lab.app.test_client().open(
            upload + end, method=method, json=body, headers=lab.bearer("editor", "read")
        )
        assert reader.status_code == (200 if method == "GET" else 403), (method, end)
    page = f"/image-sets/uploads/{name_of(upload)}"
    assert lab.browser("stranger").get(page).status_code == 404
    assert lab.browser("stranger").get(f"{page}/refused.csv").status_code == 404
    for end in ("files", "finish", "stop", "give-up"):
        browser = lab.browser("stranger")
        assert lab.submit(browser, f"{page}/{end}").status_code == 404, end
    assert sender.state(upload)["state"] == "open"


def test_a_set_that_a_study_has_shown_takes_no_more_photographs(
    lab: Lab, settings: Settings
) -> None:
    """`pictures` is the set of the study that the lab has opened."""
    for name, status in (("stranger", 403), ("viewer", 403), ("editor", 409), ("ada", 409)):
        answer = Sender(lab, name).ask("POST", UPLOADS, json={"image_set": "pictures"})
        assert answer.status_code == status, (name, answer.data)
    for name, status in (("new", 409), ("Uploads", 409), ("a b", 422), ("../x", 422), ("", 422)):
        answer = Sender(lab).ask("POST", UPLOADS, json={"image_set": name})
        assert answer.status_code == status, name


def test_what_nobody_touches_for_a_week_is_deleted_when_somebody_begins_another(
    sender: Sender, settings: Settings, database: Database
) -> None:
    old, new = sender.begin("old"), sender.begin("new_one")
    a_while_ago = time.time() - 8 * 86_400
    for upload in (old, new):
        with database.write() as session:
            found = session.scalars(select(Upload).where(Upload.public_id == name_of(upload))).one()
            found.created_at = found.created_at.replace(year=found.created_at.year - 1)
    os.utime(settings.uploads / name_of(old), (a_while_ago, a_while_ago))
    sender.begin("third")
    assert sender.ask("GET", old).status_code == 404
    assert not (settings.uploads / name_of(old)).exists()
    assert sender.state(new)["state"] == "open"


def test_limits_come_from_the_environment(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITRATE_UPLOAD_FILE_MB", "100")
    limits = load_settings().upload_limits
    assert (limits.file_bytes, limits.n_open) == (100 * 1024**2, 5)
    monkeypatch.setenv("HITRATE_UPLOADS_OPEN", "0")
    with pytest.raises(SettingsError, match="HITRATE_UPLOADS_OPEN is '0'"):
        load_settings()
