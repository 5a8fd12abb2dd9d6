"""Uploads: sent in any pieces, as often as one likes, they become what the command would import."""

import csv
import hashlib
import io
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from experiment.database import Database
from experiment.jobs.lifecycle import find_job
from experiment.models import AuditEntry, Image, ImageSet
from experiment.settings import Settings
from experiment.studies.lifecycle import find_files
from experiment.studies.registering import register_image_set
from stimuli.image_set import read_image_set
from stimuli.importers import import_images, locked
from tests.experiment.lab import Lab
from tests.experiment.uploading import Jobs, Sender, jobs, name_of, picture, sender, zipped
from tests.stimuli.picture_files import encoded, noise

__all__ = ["jobs", "sender"]  # fixtures


def images_of(settings: Settings, name: str) -> dict[str, tuple[str, str | None, dict[str, str]]]:
    """What a set holds: sha256, category and attributes by image_id."""
    images = read_image_set(settings.image_sets / name).images
    return {i.image_id: (i.sha256, i.category, dict(i.attributes)) for i in images}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_folder_becomes_the_set_that_the_command_would_make(
    sender: Sender, jobs: Jobs, settings: Settings, database: Database, tmp_path: Path
) -> None:
    files = {
        f"holiday/{place}/{n}.png": picture(n) for n, place in enumerate(["sea", "sea", "inn"])
    }
    files["holiday/.DS_Store"] = b"clutter"
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    import_images(tmp_path / "holiday", settings.image_sets, "by_command")
    upload = sender.begin("by_page")
    sender.send(upload, files)
    answer = sender.finish(upload)
    assert (answer.status_code, answer.get_json()["state"]) == (202, "importing")
    ended = jobs.do()
    assert (ended.state, ended.result["added"], ended.done) == ("done", 3, 3)
    assert images_of(settings, "by_page") == images_of(settings, "by_command")
    assert ended.result["skipped"] == {"hidden files": 1}
    assert sender.state(upload)["state"] == "done"
    assert not list((settings.uploads / name_of(upload)).glob("files"))
    with database.read() as session:
        done = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "images.uploaded")
        ).one()
    assert (done.who, done.detail) == (
        "editor@lab.example",
        {"image_set": "by_page", "added": 3, "refused": 0},
    )


def test_a_large_file_comes_in_pieces_that_may_be_cut_and_sent_again(
    sender: Sender, jobs: Jobs, settings: Settings
) -> None:
    content = encoded(noise(1, (200, 200)), "PNG")
    upload = sender.begin()
    key = sender.announce(upload, {"a.png": content})["a.png"]["key"]
    assert sender.piece(upload, key, content[:1000]).get_json()["received"] == 1000
    wrong = sender.piece(upload, key, content[500:900], 500)
    assert (wrong.status_code, wrong.get_json()["received"]) == (409, 1000)
    again = sender.announce(upload, {"a.png": content})["a.png"]
    assert (again["key"], again["received"]) == (key, 1000)  # as after a reload
    whole = sender.piece(upload, key, content[1000:], 1000)
    assert whole.get_json()["received"] == len(content)
    twice = sender.piece(upload, key, content[1000:], 1000)
    assert (twice.status_code, twice.get_json()["received"]) == (200, len(content))
    sender.finish(upload)
    assert jobs.do().result["added"] == 1
    assert images_of(settings, "photos") == {"a": (sha256(content), None, {})}


def test_what_has_come_is_told_and_a_finish_names_what_has_not(sender: Sender, jobs: Jobs) -> None:
    upload = sender.begin()
    files = {f"{n}.png": picture(n) for n in range(3)}
    said = sender.announce(upload, files)
    sender.bundle(upload, {said["1.png"]["key"]: files["1.png"]})
    state = sender.state(upload)
    assert (state["files"], state["files_received"]) == (3, 1)
    assert state["bytes"] == sum(map(len, files.values()))
    assert state["bytes_received"] == len(files["1.png"])
    refused = sender.finish(upload)
    assert refused.status_code == 409
    assert (refused.get_json()["n_missing"], refused.get_json()["missing"]) == (
        2,
        ["0.png", "2.png"],
    )
    page = sender.ask("GET", f"{upload}/files?limit=2").get_json()
    assert ([file["path"] for file in page["files"]], page["next"]) == (["0.png", "1.png"], "1.png")
    rest = sender.ask("GET", f"{upload}/files?after=1.png").get_json()
    assert ([file["path"] for file in rest["files"]], rest["next"]) == (["2.png"], None)
    assert sender.finish(upload, without_missing=True).status_code == 202
    result = jobs.do().result
    assert (result["added"], result["refusals"]) == (1, {"missing or unreadable": 2})


def test_finishing_twice_begins_one_import(sender: Sender, jobs: Jobs) -> None:
    upload = sender.begin()
    sender.send(upload, {"a.png": picture(1)})
    first, second = sender.finish(upload), sender.finish(upload)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.get_json()["job"] == second.get_json()["job"]
    assert len(jobs.waiting) == 1
    jobs.do()
    assert sender.finish(upload).get_json()["state"] == "done"
    assert jobs.waiting == []


def test_a_file_that_was_changed_meanwhile_is_sent_anew(sender: Sender) -> None:
    upload = sender.begin()
    before, after = picture(1), picture(2)
    key = sender.announce(upload, {"a.png": before})["a.png"]["key"]
    sender.bundle(upload, {key: before})
    changed = sender.announce(upload, {"a.png": after})["a.png"]
    assert (changed["key"], changed["received"]) == (key, 0)
    kept = sender.bundle(upload, {key: before[:-1] + b"x"})
    assert kept.get_json()["stored"] == []
    assert "announced" in kept.get_json()["refused"][key]
    too_much = sender.piece(upload, key, after + b"x")
    assert (too_much.status_code, "announced" in too_much.get_json()["message"]) == (422, True)
    assert sender.piece(upload, key, after).get_json()["received"] == len(after)


def test_every_refused_file_is_named_with_its_reason(
    sender: Sender, jobs: Jobs, lab: Lab, settings: Settings
) -> None:
    """The same kinds as the command's, which test_import_refusals.py knows."""
    frames = [noise(n) for n in (20, 21)]
    files = {
        "good.png": picture(1),
        "cmyk.jpg": encoded(noise(2, mode="CMYK"), "JPEG"),
        "copy.png": picture(1),
        "moving.gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "cut.png": picture(3)[:-60],
        "phone.heic": b"\x00\x00\x00\x18ftypheic" + bytes(100),
        "empty.png": b"",
        "=cmd.txt": b"hello",
    }
    upload = sender.begin()
    sender.send(upload, files)
    sender.finish(upload)
    ended = jobs.do()
    assert (ended.state, ended.result["added"], ended.result["refused"]) == ("done", 2, 6)
    assert ended.result["refusals"] == {
        "animation": 1,
        "duplicate": 1,
        "not an image": 3,
        "truncated or damaged": 1,
    }
    table = lab.browser("editor").get(f"/image-sets/uploads/{name_of(upload)}/refused.csv")
    assert table.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(table.text)))
    table.close()
    assert [row["file"] for row in rows] == [
        "'=cmd.txt",  # no spreadsheet runs it
        "cut.png",
        "empty.png",
        "good.png",
        "moving.gif",
        "phone.heic",
    ]
    assert rows[3] == {
        "file": "good.png",
        "kind": "duplicate",
        "reason": "the same picture as 'copy' (copy.png)",
    }


def test_a_zip_is_imported_as_the_command_does(
    sender: Sender, jobs: Jobs, settings: Settings
) -> None:
    content = zipped({"trip/a/1.png": picture(1), "trip/b/2.png": picture(2)})
    upload = sender.begin()
    sender.send(upload, {"trip.zip": content})
    sender.finish(upload)
    assert jobs.do().result["added"] == 2
    assert {name: category for name, (_, category, _) in images_of(settings, "photos").items()} == {
        "a/1": "a",
        "b/2": "b",
    }


def test_a_table_gives_categories_and_attributes(
    sender: Sender, jobs: Jobs, settings: Settings
) -> None:
    table = b"file;category;mood\nx/1.png;people;glad\nx/2.png;places;\nx/3.png;places;\n"
    pictures = {"x/1.png": picture(1), "x/2.png": picture(2)}
    for name, files in {
        "in_the_folder": {f"sea/{p}": c for p, c in pictures.items()} | {"sea/manifest.csv": table},
        "beside_the_folder": {f"sea/{p}": c for p, c in pictures.items()} | {"manifest.csv": table},
        "beside_a_zip": {"all.zip": zipped(pictures), "about.csv": table},
        "in_a_zip": {"all.zip": zipped({"manifest.csv": table} | pictures)},
    }.items():
        upload = sender.begin(name)
        sender.send(upload, files)
        sender.finish(upload)
        result = jobs.do().result
        assert (result["added"], result["refusals"]) == (2, {"missing or unreadable": 1}), name
        assert images_of(settings, name) == {
            "x/1": (sha256(picture(1)), "people", {"mood": "glad"}),
            "x/2": (sha256(picture(2)), "places", {}),
        }, name


def test_paths_that_lead_out_are_refused_and_name_nothing_on_disk(
    sender: Sender, settings: Settings
) -> None:
    upload = sender.begin()
    for path in ("../../secret_key", "/etc/passwd", "a/../../b.png", "C:\\x.png"):
        listed = {"files": [{"path": path, "size": 3, "mark": "x"}]}
        answer = sender.ask("POST", f"{upload}/files", json=listed)
        assert (answer.status_code, "leads out" in answer.get_json()["message"]) == (422, True)
    assert sender.state(upload)["files"] == 0
    kept = sender.announce(upload, {"a\\CON/x\ty.png": b"abc"})["a\\CON/x\ty.png"]
    sender.piece(upload, kept["key"], b"abc")
    folder = settings.uploads / name_of(upload)
    assert [file.name for file in (folder / "files").iterdir()] == [kept["key"]]


def test_a_zip_bomb_and_a_zip_that_leads_out_import_nothing_and_say_so(
    sender: Sender, jobs: Jobs, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stimuli.zips.MAX_ZIP_BYTES", 10_000)
    monkeypatch.setattr("stimuli.zips.MAX_ZIP_RATIO", 0.5)
    for name, content, words in (
        ("bomb.zip", zipped({"a.png": bytes(50_000)}), "bomb.zip would unpack"),
        ("out.zip", zipped({"../a.png": picture(1)}), "leads out of the zip file"),
        ("no.zip", b"not a zip", "no.zip cannot be opened as a zip file"),
    ):
        upload = sender.begin()
        sender.send(upload, {name: content})
        sender.finish(upload)
        ended = jobs.do()
        assert (ended.state, words in ended.message) == ("failed", True), ended.message
        assert str(settings.instance) not in ended.message
        assert sender.state(upload)["state"] == "failed"  # it can be mended and finished again
        assert not (settings.image_sets / "photos").exists()


def test_an_import_that_failed_goes_on_when_it_is_finished_again(
    sender: Sender, jobs: Jobs
) -> None:
    upload = sender.begin()
    sender.send(upload, {"words.txt": b"no picture"})
    sender.finish(upload)
    assert "none of these files" in jobs.do().message
    sender.send(upload, {"a.png": picture(1)})
    sender.finish(upload)
    result = jobs.do().result
    assert (result["added"], result["refused"]) == (1, 1)


def test_images_added_to_a_draft_studys_set_are_known_to_the_study(
    sender: Sender, jobs: Jobs, settings: Settings, database: Database
) -> None:
    upload = sender.begin()
    sender.send(upload, {"a.png": picture(1)})
    sender.finish(upload)
    jobs.do()
    with database.write() as session:
        register_image_set(session, find_files(settings, "photos"))
    more = sender.begin()
    sender.send(more, {"b.png": picture(2), "a.png": picture(3)})
    sender.finish(more)
    result = jobs.do().result
    assert (result["added"], result["refusals"]) == (1, {"differs from the image set": 1})
    with database.read() as session:
        known = session.scalars(
            select(Image.image_id).join(ImageSet).where(ImageSet.name == "photos")
        ).all()
    assert sorted(known) == ["a", "b"]


def test_two_imports_into_one_set_take_turns(
    sender: Sender,
    jobs: Jobs,
    settings: Settings,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("experiment.uploads.importing.BETWEEN_TRIES", 0.05)
    monkeypatch.setattr("experiment.jobs.work.BETWEEN_REPORTS", 0.0)
    upload = sender.begin()
    sender.send(upload, {"a.png": picture(1)})
    job = sender.finish(upload).get_json()["job"]
    with ThreadPoolExecutor() as pool:
        with locked(settings.image_sets / "photos"):  # as another import does
            ended = pool.submit(jobs.do)
            end = time.monotonic() + 30
            message = ""
            while "another import" not in message and time.monotonic() < end:
                with database.read() as session:
                    message = find_job(session, job).message
            assert message == "waiting for another import into this set to end"
            assert not ended.done()
        assert ended.result(30).result["added"] == 1


def test_an_import_whose_process_died_can_be_begun_again(
    sender: Sender, jobs: Jobs, database: Database
) -> None:
    upload = sender.begin()
    sender.send(upload, {"a.png": picture(1)})
    job = sender.finish(upload).get_json()["job"]
    jobs.waiting.clear()  # its process is gone
    assert sender.state(upload)["state"] == "importing"
    assert sender.ask("DELETE", upload).status_code == 409
    with database.write() as session:
        find_job(session, job).heartbeat_at = datetime.now(UTC) - timedelta(hours=1)
    assert sender.state(upload)["state"] == "failed"
    again = sender.finish(upload).get_json()
    assert (again["state"], again["job"] != job) == ("importing", True)
    assert jobs.do().result["added"] == 1
