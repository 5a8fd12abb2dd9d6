"""Pages and addresses of image sets: what there is, whose it is, and uploads without scripts."""

import io
import json
import re
from collections.abc import Iterable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from experiment.access import COMMAND
from experiment.database import Database
from experiment.models import AuditEntry, Image, ImageSet
from experiment.settings import Settings
from experiment.studies.file import parse_study
from experiment.studies.lifecycle import create_study, delete_unplayed, open_study
from tests.experiment.lab import Lab
from tests.experiment.uploading import UPLOADS, Jobs, Sender, jobs, picture, zipped

__all__ = ["jobs"]  # a fixture
SETS = "/api/v1/image-sets"
PLAIN = "title = 'Plain'\nslug = 'plain'\nimage_set = 'photos'\n[paradigm]\npreset = 'lamem2015'\n"


def upload_set(lab: Lab, jobs: Jobs, name: str = "photos", who: str = "editor", n: int = 2) -> str:
    """Bring a set of so many pictures; the address of the upload."""
    sender = Sender(lab, who)
    upload = sender.begin(name)
    sender.send(upload, {f"kind_{k % 2}/{k}.png": picture(k) for k in range(n)})
    sender.finish(upload)
    assert jobs.do().state == "done"
    return upload


def form(lab: Lab, client: FlaskClient, path: str, *files: tuple[str, bytes], **fields: str) -> Any:
    """Send a form with files, as a browser without scripts does."""
    return post_form(client, path, files, {"form_token": lab.form_token(client)} | fields)


def post_form(
    client: FlaskClient, path: str, files: Iterable[tuple[str, bytes]], fields: dict[str, str]
) -> TestResponse:
    """Send a form as it is; encoded here, because the client leaves its own files open."""
    named = [FileStorage(io.BytesIO(content), name) for name, content in files]
    boundary, body = encode_multipart(MultiDict({**fields, "files": named}))
    media = f"multipart/form-data; boundary={boundary}"
    return client.post(path, data=body, content_type=media)


def text_of(page: TestResponse) -> str:
    """A page's words, with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def test_the_first_page_says_what_to_do_next(lab: Lab, settings: Settings) -> None:
    (settings.image_sets / "pictures").rename(settings.instance / "elsewhere")
    assert "No image set yet" in lab.browser("editor").get("/image-sets").text


def test_a_set_is_described_with_its_images_and_the_studies_one_may_see(
    lab: Lab, jobs: Jobs
) -> None:
    index = text_of(lab.browser("editor").get("/image-sets"))
    assert "pictures 24 images, " in index
    assert "Used by Pictures" in index
    stranger = text_of(lab.browser("stranger").get("/image-sets"))
    assert "Used by 1 study of others" in stranger
    upload_set(lab, jobs, n=130)
    page = lab.browser("stranger").get("/image-sets/photos?category=kind_1&page=2")
    assert len(re.findall("<li><img", page.text)) == 5  # 65 of 130, 60 on a page
    words = text_of(page)
    assert "images 130 categories 2" in words
    assert "Page 2 of 2 (65 images)" in words
    assert "Width 24 to 24 px, median 24" in words
    with lab.browser("stranger").get(re.findall(r'<img src="([^"]+)"', page.text)[0]) as thumbnail:
        assert (thumbnail.status_code, thumbnail.mimetype) == (200, "image/webp")
        assert "max-age=86400" in thumbnail.headers["Cache-Control"]
    assert lab.browser("stranger").get("/image-sets/nothing").status_code == 404
    assert lab.browser().get("/image-sets/photos").status_code == 303


def test_the_api_lists_sets_and_images_in_pages(lab: Lab, jobs: Jobs) -> None:
    upload_set(lab, jobs, n=5)
    headers = lab.bearer("stranger", "read")
    client = lab.app.test_client()

    def get(path: str) -> dict[str, Any]:
        found: dict[str, Any] = client.get(f"{SETS}{path}", headers=headers).get_json()
        return found

    first = get("?limit=1")
    assert [one["image_set"] for one in first["image_sets"]] == ["photos"]
    second = get(f"?limit=1&after={first['next']}")
    assert (second["image_sets"][0]["other_studies"], second["next"]) == (1, None)
    one = get("/photos?limit=3")
    assert (one["images"], one["categories"]) == (5, {"kind_0": 3, "kind_1": 2})
    assert [image["image_id"] for image in one["page"]] == ["kind_0/0", "kind_0/2", "kind_0/4"]
    rest = get(f"/photos?after={one['next']}")
    assert ([image["image_id"] for image in rest["page"]], rest["next"]) == (
        ["kind_1/1", "kind_1/3"],
        None,
    )


def test_a_set_is_deleted_by_who_brought_it_once_no_study_uses_it(
    lab: Lab, jobs: Jobs, settings: Settings, database: Database
) -> None:
    upload_set(lab, jobs, n=90)
    with database.write() as session:
        study = create_study(session, settings, parse_study(PLAIN + SMALL, "plain.toml"))
        session.flush()
    client = lab.app.test_client()
    path = f"{SETS}/photos"
    assert client.delete(path, headers=lab.bearer("stranger")).status_code == 403
    used = client.delete(path, headers=lab.bearer("editor"))
    assert (used.status_code, "1 study uses" in used.get_json()["message"]) == (409, True)
    assert "plain" not in used.get_json()["message"]  # the editor is no member of it
    with database.write() as session:
        delete_unplayed(session, settings, session.merge(study), COMMAND)
    browser = lab.browser("editor")
    page = browser.get("/image-sets/photos")
    assert "90 images (" in text_of(page)  # what is lost
    answer = lab.submit(browser, "/image-sets/photos/delete")
    assert answer.location == "/image-sets"
    assert "The image set photos is deleted." in browser.get("/image-sets").text
    assert not (settings.image_sets / "photos").exists()
    with database.read() as session:
        assert session.scalar(select(ImageSet).where(ImageSet.name == "photos")) is None
        assert session.scalars(select(Image).join(ImageSet)).all() != []  # of `pictures`
        done = session.scalars(
            select(AuditEntry.detail).where(AuditEntry.action == "image_set.deleted")
        )
        assert done.all() == [{"image_set": "photos", "images": 90}]
    upload_set(lab, jobs, who="stranger")  # the name is free again


SMALL = (
    "n_targets = 3\nn_fillers = 4\nn_vigilance = 2\ntarget_lags = [3, 9]\nvigilance_lags = [1, 3]\n"
)


def test_who_may_add_is_told_on_the_page(
    lab: Lab, jobs: Jobs, settings: Settings, database: Database
) -> None:
    upload_set(lab, jobs, n=90)
    seen = {
        name: text_of(lab.browser(name).get("/image-sets/photos")) for name in ("editor", "viewer")
    }
    assert "New pictures are added" in seen["editor"]
    assert "This set is somebody else's" in seen["viewer"]
    with database.write() as session:
        open_study(
            session, create_study(session, settings, parse_study(PLAIN + SMALL, "plain.toml"))
        )
    assert "has been opened" in text_of(lab.browser("editor").get("/image-sets/photos"))
    answer = Sender(lab).ask("POST", UPLOADS, json={"image_set": "photos"})
    assert (answer.status_code, "has been opened" in answer.get_json()["message"]) == (409, True)


def test_without_scripts_one_form_uploads_photographs_or_a_zip(lab: Lab, jobs: Jobs) -> None:
    browser = lab.browser("viewer")
    page = browser.get("/image-sets/new")
    assert 'enctype="multipart/form-data"' in page.text
    files = [(f"{n}.png", picture(n)) for n in range(3)] + [("words.txt", b"no picture")]
    answer = form(lab, browser, "/image-sets/new", *files, name="mine")
    assert answer.status_code == 303, answer.text
    assert "being checked and imported" in browser.get(answer.location).text
    assert jobs.do().state == "done"
    done = browser.get(answer.location)
    assert "added 3" in text_of(done).replace("3 added", "added 3")
    assert re.search(r'<th scope="row">words\.txt</th><td>not an image</td>', done.text)
    large = zipped({f"{n}.png": picture(n) + b"x" * 700_000 for n in range(5)})
    assert len(large) > 3_000_000  # more than any other form of the app may have
    answer = form(lab, browser, "/image-sets/new", ("all.zip", large), name="zipped")
    assert answer.status_code == 303
    assert jobs.do().result["added"] == 5


@pytest.mark.parametrize(
    ("name", "files", "status", "words"),
    [
        ("mine", [], 422, "no file was chosen"),
        ("pictures", [("a.png", b"x")], 403, "somebody else"),
        ("a b", [("a.png", b"x")], 422, "cannot name an image set"),
    ],
)
def test_a_form_that_cannot_be_used_comes_back_with_the_reason(
    lab: Lab, name: str, files: list[tuple[str, bytes]], status: int, words: str
) -> None:
    answer = form(lab, lab.browser("viewer"), "/image-sets/new", *files, name=name)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert f'value="{name}"' in answer.text


def test_a_large_form_is_read_only_of_who_has_signed_in(lab: Lab, settings: Settings) -> None:
    large = ("all.zip", b"x" * 2_000_000)
    assert form(lab, lab.browser(), "/image-sets/new", large, name="mine").status_code == 413
    browser = lab.browser("viewer")
    unsigned = post_form(browser, "/image-sets/new", [large], {})
    assert unsigned.status_code == 400  # the form's token is missing
    assert not settings.uploads.exists()


def test_an_unfinished_upload_can_be_mended_imported_or_given_up(lab: Lab, jobs: Jobs) -> None:
    sender = Sender(lab)
    upload = sender.begin()
    key = sender.announce(upload, {"a.png": picture(1), "b.png": picture(2)})["a.png"]["key"]
    sender.bundle(upload, {key: picture(1)})
    browser = lab.browser("editor")
    assert ">photos</a>, begun" in browser.get("/image-sets").text
    path = f"/image-sets/uploads/{upload.rpartition('/')[2]}"
    words = text_of(browser.get(path))
    assert "1 of 2 announced files are here" in words
    assert "1 announced files have not come whole and are left out" in words
    assert form(lab, browser, f"{path}/files", ("c.png", picture(3))).status_code == 303
    assert "2 of 3 announced files" in text_of(browser.get(path))
    assert lab.submit(browser, f"{path}/finish").status_code == 303
    assert lab.submit(browser, f"{path}/give-up").status_code == 409  # it is being imported
    assert lab.submit(browser, f"{path}/stop").status_code == 303
    jobs.waiting.clear()
    assert "The import was stopped" in browser.get(path).text
    assert lab.submit(browser, f"{path}/finish").status_code == 303
    assert jobs.do().result["added"] == 2
    another = f"/image-sets/uploads/{sender.begin('other').rpartition('/')[2]}"
    assert lab.submit(browser, f"{another}/give-up").location == "/image-sets"
    assert browser.get(another).status_code == 404


def test_the_page_gives_its_script_what_it_needs(lab: Lab) -> None:
    page = lab.browser("editor").get("/image-sets/new").text
    data = dict(re.findall(r'data-([a-z]+)="([^"]*)"', page))
    assert data["uploads"] == UPLOADS
    limits = json.loads(data["limits"].replace("&#34;", '"').replace("&quot;", '"'))
    assert limits["piece_bytes"] == 8 * 1024**2
