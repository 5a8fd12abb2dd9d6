"""The job "score": a model looks at a study's images, in a process of its own."""

import time
from collections import deque
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from experiment.access import SERVER, Actor
from experiment.accounts.audit import record
from experiment.errors import ConflictError, InvalidError
from experiment.jobs.lifecycle import add_job
from experiment.jobs.work import Work
from experiment.models import Image, Job, Study
from experiment.predictions.available import scorable_models
from experiment.predictions.storing import NewPrediction, store_predictions
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.lifecycle import study_images
from stimuli.image_set import ORIGINALS

WINDOW = 30.0  # seconds

if TYPE_CHECKING:
    from analysis.models.scoring import Prediction
    from analysis.models.sources import Picture


def start_scoring(session: Session, study: Study, model: str, by: Actor) -> Job:
    """Write the job down that scores a study's images; `launch` it after the commit.

    Raises
    ------
    InvalidError
        If there is no model of this name.
    ConflictError
        If it cannot score here (with the command that helps), or a job scores the study already.
    """
    known = {one.name: one for one in scorable_models()}
    if model not in known:
        raise InvalidError(f"there is no model {model!r}; there is: {', '.join(known)}")
    if (reason := known[model].reason) is not None:
        raise ConflictError(reason)
    return add_job(session, "score", by, study=study, unit="images", model=model)


def score_study(work: Work) -> dict[str, object]:
    """Score the images that a study shows, and keep all predictions at the end.

    The original pixels are scored, or the part of them that the study shows. What was scored before
    comes out of the cache, so that a job that was ended goes on where it was.
    """
    from analysis.errors import ModelError
    from analysis.models.cache import PredictionCache, cache_folder
    from analysis.models.scorer import Scorer
    from analysis.models.scoring import predict

    model = str(work.parameters["model"])
    with work.database.read() as session:
        study = find_study(session, str(work.study))
        pictures = pictures_of(session, study, work.settings)
        shown = study.paradigm["display"]["crop"]
    work.progress(0, len(pictures), f"{model} is being loaded")
    scorer = Scorer(model, crop=None if shown == "none" else shown)
    rows: list[Prediction] = []
    pace = Pace(len(pictures))
    with ExitStack() as stack:
        cache = stack.enter_context(PredictionCache(cache_folder(), scorer.fingerprint))
        for row in predict(pictures, scorer, cache=cache):
            rows.append(row)
            work.progress(len(rows), len(pictures), pace.words(len(rows)))
    failed = [row for row in rows if row.error is not None]
    if len(failed) == len(rows):
        first = f": {failed[0].image_id}: {failed[0].error}" if failed else ""
        raise ModelError(f"no image could be scored, so nothing was kept{first}")
    with work.database.write() as session:
        study = find_study(session, str(work.study))
        n_replaced = store_predictions(session, study, model, map(kept, rows), replace=True)
        result = {
            "model": model,
            "images": len(rows) - len(failed),
            "errors": len(failed),
            "replaced": n_replaced,
            "fingerprint": scorer.fingerprint.digest,
            "device": str(scorer.device),
        }
        record(session, "predictions.scored", SERVER, study, job=work.public_id, **result)
    return result


def pictures_of(session: Session, study: Study, settings: Settings) -> "list[Picture]":
    """The files of the images that a study shows."""
    from analysis.models.sources import Picture

    folder = settings.image_sets / study.image_set.name / ORIGINALS
    files = {file.stem: file for file in folder.glob("*")}

    def picture(image: Image) -> Picture:
        file: Path | None = files.get(image.sha256)
        gone = None if file else "its file is gone from the image set; import the set again"
        return Picture(image.image_id, file, image.sha256, gone)

    return [picture(image) for image in study_images(session, study)]


def kept(row: "Prediction") -> NewPrediction:
    """A scored picture as the study keeps it."""
    return NewPrediction(str(row.sha256), row.prediction, row.fingerprint, row.error)


class Pace:
    """How fast images are scored now: over the last half minute."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.seen: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])

    def words(self, done: int) -> str:
        """Images per second, and the time left."""
        now = time.monotonic()
        self.seen.append((now, done))
        while len(self.seen) > 2 and now - self.seen[0][0] > WINDOW:
            self.seen.popleft()
        begun, before = self.seen[0]
        if now == begun or done == before:
            return ""
        per_second = (done - before) / (now - begun)
        return f"{per_second:,.1f} images/s, {time_left((self.total - done) / per_second)}"


def time_left(seconds: float) -> str:
    """How long it takes still, for a person."""
    if seconds < 1:
        return "nearly done"
    if seconds < 90:
        return f"about {seconds:.0f} s left"
    if seconds < 90 * 60:
        return f"about {seconds / 60:.0f} min left"
    return f"about {seconds / 3600:.1f} h left"
