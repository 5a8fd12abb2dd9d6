"""Opening a study whose pictures are still to be made in the size that is shown."""

import shutil
from typing import Any

import pytest

from experiment.access import COMMAND
from experiment.errors import ConflictError
from experiment.jobs.lifecycle import run_job
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies import opening
from experiment.studies.editing import copy_study
from tests.experiment.lab import Lab


@pytest.fixture
def job(lab: Lab, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """The job that opens a copy of the study, whose pictures have gone."""
    shutil.rmtree(settings.renditions)
    monkeypatch.setattr(opening, "AT_ONCE", 5)
    with lab.database.write() as session:
        study = find_study(session, lab.slug)
        copy = copy_study(session, settings, study, "copy", "Copy", COMMAND)
        by = lab.actor("owner")
        made = opening.begin_opening(session, settings, copy, by, anyway=True)
        assert made is not None
        return made.public_id


def test_many_pictures_are_made_by_a_job_that_opens_the_study(
    lab: Lab, settings: Settings, job: str
) -> None:
    with lab.database.read() as session:
        assert find_study(session, "copy").state == "draft"
    ended = run_job(settings, lab.database, job)
    assert (ended.state, ended.result, ended.done) == ("done", {"pictures": 24}, 24)
    with lab.database.read() as session:
        assert find_study(session, "copy").state == "open"
    assert len(list(settings.renditions.iterdir())) == 24


def test_a_study_that_was_changed_meanwhile_is_not_opened(
    lab: Lab, settings: Settings, job: str
) -> None:
    with lab.database.write() as session:
        find_study(session, "copy").revision += 1
    ended = run_job(settings, lab.database, job)
    assert ended.state == "failed"
    assert "was changed while its pictures were made" in ended.message
    with lab.database.read() as session:
        assert find_study(session, "copy").state == "draft"


def test_an_unwritten_text_is_opened_only_on_purpose(lab: Lab, settings: Settings) -> None:
    with lab.database.write() as session:
        study = find_study(session, lab.slug)
        with pytest.raises(ConflictError, match="is open already"):
            opening.begin_opening(session, settings, study, COMMAND)
        study.state = "paused"
        with pytest.raises(opening.UnwrittenError, match="consent text still says"):
            opening.begin_opening(session, settings, study, COMMAND)
        assert opening.begin_opening(session, settings, study, COMMAND, anyway=True) is None
        assert find_study(session, lab.slug).state == "open"


def test_a_program_changes_a_study_by_a_merge_patch(lab: Lab) -> None:
    client, headers = lab.browser(), lab.bearer("owner", "read", "write")

    def patch(revision: int, **tables: Any) -> Any:
        body = {"revision": revision, "definition": tables}
        return client.patch("/api/v1/studies/pictures", json=body, headers=headers)

    changed = patch(1, goal={"participants": 50}, title="Other").get_json()
    assert (changed["revision"], changed["title"]) == (2, "Other")
    assert changed["definition"]["goal"] == {"responses_per_image": 40, "participants": 50}
    assert changed["may_change"] == "words"
    stale = patch(1, title="Mine")
    assert (stale.status_code, stale.get_json()["error"]) == (409, "edited_meanwhile")
    locked = patch(2, paradigm={"n_targets": 2})
    assert (locked.status_code, locked.get_json()["error"]) == (409, "study_in_use")
    without = patch(2, goal={"participants": None}).get_json()
    assert without["definition"]["goal"] == {"responses_per_image": 40}


def test_a_program_makes_a_study_of_the_file_that_it_read(lab: Lab) -> None:
    client, headers = lab.browser(), lab.bearer("owner", "read", "write")
    file = client.get("/api/v1/studies/pictures/file", headers=headers)
    assert file.mimetype == "application/toml"
    toml = file.text.replace('slug = "pictures"', 'slug = "again"')
    made = client.post("/api/v1/studies", json={"toml": toml}, headers=headers)
    assert (made.status_code, made.get_json()["role"]) == (201, "owner")
    listed = client.get("/api/v1/studies?limit=1", headers=headers).get_json()
    assert ([one["study"] for one in listed["studies"]], listed["next"]) == (["again"], "again")
    rest = client.get("/api/v1/studies?after=again", headers=headers).get_json()
    assert [one["study"] for one in rest["studies"]] == ["pictures"]
    seen = client.post("/api/v1/studies/preview", json={"toml": toml}, headers=headers).get_json()
    assert (seen["problem"], seen["preview"]["n_trials"]) == (None, 14)
    assert client.delete("/api/v1/studies/again", headers=headers).status_code == 204
