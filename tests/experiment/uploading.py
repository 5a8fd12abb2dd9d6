"""A program that uploads photographs over the API, and files to be uploaded."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from experiment.database import Database
from experiment.jobs import lifecycle
from experiment.models import Job
from experiment.settings import Settings
from tests.experiment.lab import Lab
from tests.stimuli.picture_files import encoded, noise

UPLOADS = "/api/v1/image-sets/uploads"


def picture(seed: int) -> bytes:
    """A small PNG unlike all others."""
    return encoded(noise(seed), "PNG")


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip file of these."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return file.getvalue()


class Sender:
    """A researcher's program with a token."""

    def __init__(self, lab: Lab, name: str = "editor") -> None:
        self.client: FlaskClient = lab.app.test_client()
        self.headers = lab.bearer(name)

    def ask(self, method: str, path: str, **options: Any) -> TestResponse:
        return self.client.open(path, method=method, headers=self.headers, **options)

    def begin(self, name: str = "photos") -> str:
        """The address of a new upload."""
        answer = self.ask("POST", UPLOADS, json={"image_set": name})
        assert answer.status_code == 201, answer.data
        return f"{UPLOADS}/{answer.get_json()['upload']}"

    def announce(self, upload: str, files: Mapping[str, bytes]) -> dict[str, Any]:
        """Announce files with their sha256: what the server says of each, by path."""
        listed = [
            {"path": path, "size": len(content), "mark": hashlib.sha256(content).hexdigest()}
            for path, content in files.items()
        ]
        answer = self.ask("POST", f"{upload}/files", json={"files": listed})
        assert answer.status_code == 200, answer.data
        return dict(zip(files, answer.get_json()["files"], strict=True))

    def bundle(self, upload: str, files: Mapping[str, bytes]) -> TestResponse:
        """Send whole files by their keys."""
        parts = {key: (io.BytesIO(content), key) for key, content in files.items()}
        return self.ask("PUT", f"{upload}/files", data=parts)

    def piece(self, upload: str, key: str, content: bytes, offset: int = 0) -> TestResponse:
        """Send bytes of one file."""
        return self.ask("PUT", f"{upload}/files/{key}?offset={offset}", data=content)

    def send(self, upload: str, files: Mapping[str, bytes]) -> None:
        """Announce files and send them whole."""
        said = self.announce(upload, files)
        parts = {said[path]["key"]: content for path, content in files.items()}
        answer = self.bundle(upload, parts)
        assert answer.status_code == 200, answer.data
        assert answer.get_json()["refused"] == {}

    def finish(self, upload: str, **options: bool) -> TestResponse:
        return self.ask("POST", f"{upload}/finish", json=options)

    def state(self, upload: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", upload).get_json()
        return found


class Jobs:
    """Jobs that wait until a test does them."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.waiting: list[str] = []

    def do(self) -> Job:
        """Do the next one in this process."""
        return lifecycle.run_job(self.settings, self.database, self.waiting.pop(0))


@pytest.fixture
def jobs(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """Instead of processes: jobs that a test does when it wants."""
    found = Jobs(settings, database)
    monkeypatch.setattr(lifecycle, "launch", lambda _, job: found.waiting.append(job))
    # No power fails here; waiting for the disks of everybody on this machine takes long.
    monkeypatch.setattr("stimuli.importers.os.sync", lambda: None)
    return found


@pytest.fixture
def sender(lab: Lab) -> Sender:
    return Sender(lab)


def name_of(upload: str) -> str:
    """The id in an upload's address."""
    return upload.rpartition("/")[2]
