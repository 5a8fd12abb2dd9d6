"""Memory and speed of an export, at two sizes: memory must not grow with the number of trials.

    python -m benchmarks.export [--trials 200000 800000] [--out FILE]

An SQLite database is filled with runs of 400 trials of 400 images, then each flavour is exported by
a process of its own, whose peak of resident memory is what the system says. Beside the peak of each
size stands that of a study with one run: what Python and the libraries take by themselves.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from benchmarks.machine import machine
from experiment import database as schema
from experiment.database import Database
from experiment.design.presets import PRESETS
from experiment.export.writing import FLAVOURS, write_export
from experiment.models import (
    Consent,
    ConsentDocument,
    Image,
    ImageSet,
    Participant,
    Response,
    Run,
    Study,
    Trial,
)

PER_RUN = 400
WANTED_RATIO = 1.25  # of the peaks at the larger and the smaller size
AIM = 5_000_000  # trials, to which the speed is extended
T0 = datetime(2026, 1, 31, 12, tzinfo=UTC)
SLUG = "many"


def main() -> int:
    """Fill, export, print; 0 if no flavour's memory grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs=2, default=[200_000, 800_000])
    parser.add_argument("--out", type=Path, help="also write the result to this file")
    parser.add_argument("--once", nargs=2, metavar=("PLACE", "FLAVOUR"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.once:
        print(json.dumps(export_once(Path(arguments.once[0]), arguments.once[1])))
        return 0
    small, large = sorted(arguments.trials)
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}",
        f"SQLite, runs of {PER_RUN} trials, {PER_RUN} images; peak of resident memory in MiB; "
        "seconds of processor time",
        "",
        f"{'':10}{'one run':>9}{f'{small:,}':>11}{f'{large:,}':>11}{'ratio':>7}"
        f"{'trials/s':>10}{f'{AIM // 1_000_000} million':>12}{'kept, s':>9}",
    ]
    is_fine = True
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder) / str(n) for n in (PER_RUN, small, large)]
        for place, n in zip(places, (PER_RUN, small, large), strict=True):
            fill(place, n // PER_RUN)
        for flavour in FLAVOURS:
            least, first, second = (measure(place, flavour) for place in places)
            ratio = second["peak_mib"] / first["peak_mib"]
            is_fine &= ratio < WANTED_RATIO
            rate = large / second["seconds"]
            lines.append(
                f"{flavour:10}{least['peak_mib']:9.0f}{first['peak_mib']:11.0f}"
                f"{second['peak_mib']:11.0f}{ratio:7.2f}{rate:10,.0f}{AIM / rate / 60:8.1f} min"
                f"{second['kept_seconds']:9.1f}"
            )
            print("\n".join(lines if len(lines) == 5 else lines[-1:]), flush=True)
    lines += [
        "",
        f"5 million: as many trials at the speed of {large:,}, where nothing else runs.",
        f"kept: seconds that the same export of {large:,} takes once more after it was stopped "
        "at its last run.",
        "Ratio: FINE" if is_fine else "Ratio: TOO LARGE",
    ]
    print("\n".join(lines[-4:]))
    if arguments.out:
        arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0 if is_fine else 1


def fill(place: Path, n_runs: int) -> None:
    """A database with one study of so many runs, each of another person."""
    place.mkdir()
    url = f"sqlite:///{place / 'hitrate.db'}"
    schema.upgrade(url)
    database = Database(url)
    with database.write() as session:
        study = add_study(session, place / "image_sets" / "many")
        images = [image.id for image in study.image_set.images]
        for start in range(0, n_runs, 50):
            add_runs(session, study, images, range(start, min(start + 50, n_runs)))
    database.close()


def add_study(session: Session, pictures: Path) -> Study:
    """The study, with an image and a small file for each trial of a run."""
    images = []
    for kind in ("thumbnails", "originals"):
        (pictures / kind).mkdir(parents=True)
    for number in range(PER_RUN):
        sha256 = f"{number:064x}"
        images.append(
            Image(
                image_id=f"kitchens/{number:03d}", sha256=sha256, width_px=640, height_px=480,
                attributes={},
            )
        )  # fmt: skip
        for kind, suffix in (("thumbnails", "webp"), ("originals", "jpg")):
            (pictures / kind / f"{sha256}.{suffix}").write_bytes(b"picture")
    study = Study(
        slug=SLUG, title="Many trials", state="closed",
        image_set=ImageSet(name="many", created_at=T0, images=images),
        consent_document=ConsentDocument(sha256="ab" * 32, text="I agree.", created_at=T0),
        paradigm=PRESETS["lamem2015"].to_dict(), definition={"preset": "lamem2015"},
        created_at=T0,
    )  # fmt: skip
    session.add(study)
    session.flush()
    return study


def add_runs(session: Session, study: Study, images: Sequence[int], numbers: range) -> None:
    """Finished runs, each of a person of its own; the image of each trial is shown once."""
    rng = Random(numbers.start)
    for number in numbers:
        person = Participant(
            public_id=f"{rng.getrandbits(64):016x}", study=study, person=f"p{number}",
            withdrawal_sha256=f"w{number}", created_at=T0, reserved_until=T0, outcome="completed",
            ended_at=T0, is_preview=False, is_simulated=False,
        )  # fmt: skip
        session.add(person)
        session.flush()
        run = Run(
            public_id=f"{rng.getrandbits(64):016x}", token=f"t{number}", participant_id=person.id,
            study_id=study.id, number=1, seed="s", state="finished", outcome="whole",
            device={"device_class": "desktop"}, lost_positions=[], created_at=T0,
            reserved_until=T0, started_at=T0, finished_at=T0 + timedelta(minutes=10),
        )  # fmt: skip
        agreed = Consent(
            participant_id=person.id, study_id=study.id,
            consent_document_id=study.consent_document_id, agreed_at=T0,
        )  # fmt: skip
        session.add_all([run, agreed])
        session.flush()
        session.execute(insert(Trial), list(trials(run.id, number, images)))
        session.execute(insert(Response), list(responses(run.id, rng)))
    session.expunge_all()
    session.add(study)


def trials(run_id: int, number: int, images: Sequence[int]) -> Iterator[dict[str, Any]]:
    for position, image in enumerate(images):
        yield {
            "run_id": run_id, "position": position, "level": 1, "phase": "game", "image_id": image,
            "role": "filler", "is_repeat": False, "lag": None, "first_run_id": None,
            "address": f"{number}-{position}", "stimulus_ms": 600, "gap_ms": 800,
        }  # fmt: skip


def responses(run_id: int, rng: Random) -> Iterator[dict[str, Any]]:
    for position in range(PER_RUN):
        rt_ms = round(rng.uniform(300, 1200), 1) if rng.random() < 0.3 else None
        onset_ms = 1400.1 * position
        yield {
            "run_id": run_id, "position": position, "key": " " if rt_ms else None, "rt_ms": rt_ms,
            "keys": [], "onset_ms": onset_ms, "offset_ms": onset_ms + 600.1, "frame_ms": 16.67,
            "dropped_frames": 0, "feedback_onset_ms": None, "had_focus": True, "received_at": T0,
        }  # fmt: skip


def measure(place: Path, flavour: str) -> dict[str, float]:
    """Peak and time of an export by another process."""
    command = [sys.executable, "-m", "benchmarks.export", "--once", str(place), flavour]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def export_once(place: Path, flavour: str) -> dict[str, float]:
    """Export twice, stopped at the last run and then whole; peak, and the time of either."""
    database = Database(f"sqlite:///{place / 'hitrate.db'}")

    def stop_at_the_end(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    out = place / flavour
    start = time.process_time()
    try:
        write_export(database, place, SLUG, out, flavour=flavour, progress=stop_at_the_end)
    except KeyboardInterrupt:
        written = time.process_time()
    summary = write_export(database, place, SLUG, out, flavour=flavour)
    assert summary.n_kept == summary.n_parts
    kept_seconds = time.process_time() - written
    return {
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "seconds": written - start,
        "kept_seconds": kept_seconds,
    }


if __name__ == "__main__":
    sys.exit(main())
