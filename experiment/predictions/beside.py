"""A study's models beside its people: from the database to the comparison that is kept."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from experiment.database import Database
from experiment.errors import NotFoundError
from experiment.export.people import exclusion_rows
from experiment.export.rows import read_runs
from experiment.models import Study
from experiment.predictions.comparing import Beside, compare_model
from experiment.predictions.storing import prediction_table, predictions_version
from experiment.results.live import count_people, data_version, exclusion_frame, trial_frame
from experiment.studies.lifecycle import images_of

if TYPE_CHECKING:
    from analysis.dataset import Dataset


def includes_simulated(session: Session, study: Study) -> bool:
    """Whether simulated people stand for the people, as they do where there are no others."""
    n_real, n_simulated = count_people(session, study)
    return n_real == 0 and n_simulated > 0


def beside_version(session: Session, study: Study, model: str) -> str:
    """Changes whenever the comparison of a model with the people may have changed."""
    return f"{predictions_version(session, study, model)} {data_version(session, study)}"


def compute_beside(session: Session, study: Study, model: str) -> Beside:
    """Hold a model of a study against its people so far."""
    simulated = includes_simulated(session, study)
    return compare_model(
        study_dataset(session, study, include_simulated=simulated),
        prediction_table(session, study, model),
        model,
        includes_simulated=simulated,
    )


def study_dataset(session: Session, study: Study, *, include_simulated: bool) -> "Dataset":
    """What people did so far, as analysis reads it."""
    import pandas as pd

    from analysis.dataset import Dataset

    chosen = {"include_simulated": include_simulated, "include_preview": False}
    images = images_of(session, study)
    return Dataset(
        path=Path(study.slug),
        images=pd.DataFrame({"image_id": [image.image_id for image in images]}),
        trials=trial_frame(session, read_runs(session, study, **chosen)),
        exclusions=exclusion_frame(exclusion_rows(session, study, **chosen)),
        meta={"name": study.slug, "title": study.title},
    )


@dataclass(frozen=True, slots=True)
class KeptBeside:
    """The comparison of a model as it was last computed."""

    beside: Beside | None  # None: it is being computed for the first time
    computed_at: datetime | None
    is_current: bool  # whether it is of the data as they are now


def kept_beside(database: Database, study: Study, model: str) -> KeptBeside:
    """The comparison of a model with the people, from what is kept; computed aside where older."""
    with database.read() as session:
        if predictions_version(session, study, model) is None:
            raise NotFoundError(f"{study.slug} has no predictions of {model!r}")
        return KeptBeside(compute_beside(session, study, model), datetime.now(UTC), True)
