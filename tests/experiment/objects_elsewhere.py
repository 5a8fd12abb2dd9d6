"""What belongs to a study, made in one: for each variable part of an address that names it.

test_access.py asks for it under the slug of another study, where it must not be found, and under
its own, where it must.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select

from experiment.access import Actor
from experiment.accounts.own_tokens import add_token
from experiment.export.kept import begin_export, exports_of
from experiment.export.options import Options
from experiment.jobs.kinds import KINDS
from experiment.jobs.lifecycle import add_job, jobs_of
from experiment.models import (
    Exclusion,
    Image,
    ImageSet,
    LiftedExclusion,
    Membership,
    Participant,
    Upload,
)
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.uploads.refused import REFUSED
from experiment.uploads.verbs import begin_upload, shelf_of
from stimuli.image_set import thumbnail_path
from tests.experiment.lab import Lab, add_researcher
from tests.experiment.people_rows import write_person


def a_member(lab: Lab, settings: Settings, slug: str) -> int:
    """A viewer who belongs to no other study."""
    with lab.database.write() as session:
        study = find_study(session, slug)
        who = add_researcher(session, f"{len(lab.researchers)}@elsewhere.example")
        lab.researchers[who.email] = who
        session.add(
            Membership(
                study_id=study.id, researcher_id=who.id, role="viewer", created_at=who.created_at
            )
        )
    return who.id


def an_image(lab: Lab, settings: Settings, slug: str) -> str:
    """A picture of a set that no other study has."""
    sha256 = "ab" * 32
    with lab.database.write() as session:
        images = [Image(image_id="a", sha256=sha256, width_px=1, height_px=1, attributes={})]
        own = ImageSet(
            name=f"set-{secrets.token_hex(4)}", created_at=datetime.now(UTC), images=images
        )
        find_study(session, slug).image_set = own
    path = thumbnail_path(settings.image_sets / own.name, sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a picture")
    return sha256


def an_export(lab: Lab, settings: Settings, slug: str) -> str:
    """An export that was made; its file holds nothing."""
    by = Actor("page")
    with lab.database.write() as session:
        study = find_study(session, slug)
        for job in jobs_of(session, study):
            session.delete(job)
        session.flush()
        made = begin_export(session, by, study, Options())
        made.state, made.ended_at = "done", datetime.now(UTC)
        made.result = {"sha256": "0" * 64, "n_bytes": 0}
        [kept] = exports_of(session, settings, study)
    kept.file.parent.mkdir(parents=True, exist_ok=True)
    kept.file.write_bytes(b"")
    return kept.export


def a_participant(lab: Lab, settings: Settings, slug: str) -> str:
    """Somebody who took part, and whom a recruiter sent."""
    with lab.database.write() as session:
        study = find_study(session, slug)
        number = secrets.randbelow(10**6)
        return write_person(session, study, number, recruiter="prolific").public_id


def an_exclusion(lab: Lab, settings: Settings, slug: str) -> int:
    """What is left out of the last participant's data, and what was; both have this number."""
    number = secrets.randbelow(10**8) + 1
    now = datetime.now(UTC)
    kept = {"rule": "researcher", "decided_by": "researcher", "reason": "a dog", "created_at": now}
    with lab.database.write() as session:
        study = find_study(session, slug)
        person = session.scalars(
            select(Participant.id)
            .where(Participant.study_id == study.id)
            .order_by(Participant.id.desc())
        ).first()
        session.add(Exclusion(id=number, participant_id=person, **kept))
        session.add(LiftedExclusion(id=number, participant_id=person, lifted_at=now, **kept))
    return number


def a_report_table(lab: Lab, settings: Settings, slug: str) -> str:
    """A table of its report."""
    return a_report_file(settings, slug, "scores.csv")


def a_report_figure(lab: Lab, settings: Settings, slug: str) -> str:
    """A figure of its report."""
    return a_report_file(settings, slug, "figures/curve-89mm.svg").removeprefix("figures/")


def a_report_file(settings: Settings, slug: str, name: str) -> str:
    path = settings.reports / slug / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a file")
    return name


# By variable part, as the address has it.
OBJECTS: dict[str, Callable[[Lab, Settings, str], Any]] = {
    "number:researcher": a_member,
    "sha256:sha256": an_image,
    "token:export": an_export,
    "public_id:participant": a_participant,
    "number:exclusion": an_exclusion,
    "table:name": a_report_table,
    "paper_figure:name": a_report_figure,
}


def a_job(lab: Lab, settings: Settings, name: str) -> str:
    """A job of the study `pictures` that this researcher has started; nothing runs it."""
    with lab.database.write() as session:
        study = find_study(session, lab.slug)
        for job in jobs_of(session, study):
            session.delete(job)
        session.flush()
        kind = next(iter(KINDS))
        return add_job(session, kind, lab.actor(name), study=study).public_id


def an_upload(lab: Lab, settings: Settings, name: str) -> str:
    """An upload that this researcher has begun."""
    with lab.database.write() as session:
        session.execute(delete(Upload))  # one may not begin many
        wanted = f"new-{secrets.token_hex(4)}"
        upload = begin_upload(session, settings, wanted, lab.actor(name))
    (shelf_of(settings, upload).folder / REFUSED).write_text("path,reason\n")
    return upload.public_id


def an_api_token(lab: Lab, settings: Settings, name: str) -> str:
    """A token that this researcher has made."""
    with lab.database.write() as session:
        return add_token(session, lab.actor(name), "a program", ["read"])[0].public_id


# What belongs to one researcher, or to a study that the address does not name.
OWN: dict[str, Callable[[Lab, Settings, str], Any]] = {
    "token:job": a_job,
    "token:upload": an_upload,
    "token:api_token": an_api_token,
}
# What every researcher of the server may see.
SHARED = ("set_name:name",)

# What a request has to hold to be answered at all: by method and address.
BODIES: dict[str, dict[str, Any]] = {
    "POST /studies/<slug:slug>/people/<public_id:participant>/exclude": {"reason": "a dog"},
    "POST /api/v1/studies/<slug:slug>/people/<public_id:participant>/exclusions": {
        "reason": "a dog"
    },
    "POST /api/v1/image-sets/uploads/<token:upload>/files": {
        "files": [{"path": "a.png", "size": 1, "mark": "a"}]
    },
    "POST /api/v1/image-sets/uploads/<token:upload>/finish": {"without_missing": True},
    "POST /studies/<slug:slug>/members/<number:researcher>/role": {"role": "editor"},
    "PATCH /api/v1/studies/<slug:slug>/members/<number:researcher>": {"role": "editor"},
}
