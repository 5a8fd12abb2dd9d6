"""Export of a database written by hand, in which every exported number is known beforehand.

The run of participant aaaa, drawn so that each kind of pair is there once:

    position  0 1 2 3 4 5 6 7 8 9
    image     a b c c d a e d f e      target pairs a, d, e; vigilance pair c; fillers b, f
    lag             1   5   3   3
    response  + + + + + + - + + +      position 6 is lost; the run was reloaded and went on at 5
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from experiment.database import Database
from experiment.design.presets import PRESETS
from experiment.export.dataset import ExportSummary, export_study
from experiment.models import (
    BrowserEvent,
    Consent,
    ConsentDocument,
    Image,
    ImageSet,
    Interruption,
    Participant,
    Response,
    ResponseConflict,
    Run,
    Study,
    Trial,
)

T0 = datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)
STREAM = [  # position, image, role, lag
    (0, "a", "target", None),
    (1, "b", "filler", None),
    (2, "c", "vigilance", None),
    (3, "c", "vigilance", 1),
    (4, "d", "target", None),
    (5, "a", "target", 5),
    (6, "e", "target", None),
    (7, "d", "target", 3),
    (8, "f", "filler", None),
    (9, "e", "target", 3),
]
PRESSED = {
    1: 149.5,
    3: 412.5,
    5: 700.25,
    8: 1399.0,
}  # position: rt_ms; a key before 150 ms is early
AGENT = "Mozilla/5.0 (an unmistakable browser)"

PARADIGM = replace(PRESETS["lamem2015"], n_targets=60)


@dataclass(frozen=True)
class Lab:
    """A database with one known study, and its instance folder."""

    database: Database
    instance: Path

    def export(self, out: Path, **options: Any) -> ExportSummary:
        return export_study(self.database, self.instance, "known", out, **options)


def make_lab(database: Database, folder: Path) -> Lab:
    """Fill an empty database, and an instance folder within ``folder``."""
    instance = folder / "instance"
    with database.write() as session:
        fill(session, instance / "image_sets" / "letters")
    return Lab(database, instance)


def fill(session: Session, image_set_folder: Path) -> None:
    """The known study 'known', and a second one on the same images that must not be exported."""
    letters = ImageSet(name="letters", created_at=T0)
    images = {name: letter(name, image_set_folder) for name in "fbcdea"}
    letters.images = list(images.values())
    images["a"].category = "=HYPERLINK(1)"
    images["a"].attributes = {"valence": "-3.5", "remark": "+1 good", "width_px": "broad"}
    images["b"].attributes = {"remark": "", "valence": None}
    agreement = ConsentDocument(sha256="ab" * 32, text="I agree.", created_at=T0)
    known, other = (make_study(slug, letters, agreement) for slug in ("known", "other"))
    session.add_all([known, other])
    people = {
        public_id: Participant(
            public_id=public_id, study=other if public_id == "eeee" else known, person=public_id,
            withdrawal_sha256=public_id, created_at=T0, reserved_until=T0,
            is_preview=public_id == "cccc", is_simulated=public_id == "bbbb",
        )
        for public_id in ("dddd", "cccc", "bbbb", "aaaa", "eeee")
    }  # fmt: skip
    session.add_all(people.values())
    session.flush()
    for person in people.values():
        session.add(
            Consent(
                participant_id=person.id, study_id=person.study_id,
                consent_document_id=agreement.id, agreed_at=T0,
            )
        )  # fmt: skip
    fill_runs(session, known, people, images)
    add_run(session, other, people["eeee"], "eeee-run", images, range(10), "finished")


def letter(name: str, folder: Path) -> Image:
    """An image whose files hold its own name."""
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    for kind, suffix in (("thumbnails", "webp"), ("originals", "png")):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        (folder / kind / f"{sha256}.{suffix}").write_text(f"{kind} of {name}")
    return Image(
        image_id=name, sha256=sha256, width_px=640, height_px=480, category=None, licence="CC0",
        attributes={},
    )  # fmt: skip


def make_study(slug: str, image_set: ImageSet, agreement: ConsentDocument) -> Study:
    return Study(
        slug=slug, title=f"Study {slug}", state="open", image_set=image_set,
        consent_document=agreement, paradigm=PARADIGM.to_dict(),
        definition={"preset": "lamem2015", "notice": "Made by hand.", "language": "en"},
        created_at=T0, opened_at=T0,
        closed_at=None,
    )  # fmt: skip


def fill_runs(
    session: Session, study: Study, people: dict[str, Participant], images: dict[str, Image]
) -> None:
    whole = set(range(10)) - {6}
    run = add_run(session, study, people["aaaa"], "aaaa-run", images, whole, "finished")
    run.lost_positions = [6, 8]  # 8 arrived after all
    add_run(session, study, people["bbbb"], "bbbb-run", images, range(2), "in_progress")
    add_run(session, study, people["cccc"], "cccc-run", images, (), "created")
    session.add_all(
        [
            Interruption(
                run_id=run.id, position=5, last_stored=4, last_shown=4,
                resumed_at=T0 + timedelta(seconds=9.5),
            ),
            ResponseConflict(
                run_id=run.id, position=1, sha256="00", payload={}, received_at=T0
            ),
            BrowserEvent(
                run_id=run.id, event_id="2", event="focus", position=3, at_ms=4300.5, detail={},
                received_at=T0,
            ),
            BrowserEvent(
                run_id=run.id, event_id="1", event="blur", position=None, at_ms=-20.0,
                detail={"user_agent": AGENT}, received_at=T0,
            ),
        ]
    )  # fmt: skip


def add_run(
    session: Session, study: Study, person: Participant, run_id: str, images: dict[str, Image],
    answered: Any, state: str,
) -> Run:  # fmt: skip
    started = None if state == "created" else T0
    run = Run(
        public_id=run_id, token=f"secret-{run_id}", participant_id=person.id, study_id=study.id,
        number=1, seed="s", state=state, device={"device_class": "phone", "user_agent": AGENT},
        lost_positions=[], created_at=T0, reserved_until=T0, started_at=started,
        outcome="whole" if state == "finished" else None,
        finished_at=T0 + timedelta(minutes=1) if state == "finished" else None,
    )  # fmt: skip
    session.add(run)
    session.flush()
    for position, image, role, lag in STREAM:
        session.add(
            Trial(
                run_id=run.id, position=position, level=1, phase="game", image_id=images[image].id,
                role=role, is_repeat=lag is not None, lag=lag, address=f"{run_id}-{position}",
                stimulus_ms=600, gap_ms=800,
            )
        )  # fmt: skip
    session.flush()
    for position in answered:
        rt_ms = PRESSED.get(position)
        session.add(
            Response(
                run_id=run.id, position=position, key=None if rt_ms is None else " ", rt_ms=rt_ms,
                keys=[], onset_ms=1400.0 * position, offset_ms=1400.0 * position + 600.1,
                frame_ms=16.7, dropped_frames=int(position == 2), feedback_onset_ms=None,
                received_at=T0,
            )
        )  # fmt: skip
    return run


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by its path within it."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }
