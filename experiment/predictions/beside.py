"""A study's models beside its people: computed aside, as the other statistics of results are."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from experiment.current import Instance
from experiment.database import Database
from experiment.errors import NotFoundError
from experiment.models import Computed, Study
from experiment.predictions.comparing import Beside, compare_model
from experiment.predictions.storing import (
    beside_kind,
    image_frame,
    model_names,
    prediction_table,
    predictions_version,
)
from experiment.results.background import freshen
from experiment.results.kept import Kept, find_kept
from experiment.results.live import are_simulated_shown, count_people
from experiment.results.scores import read_study
from experiment.results.statistics import Statistic
from experiment.results.version import data_version

if TYPE_CHECKING:
    from analysis.dataset import Dataset


@dataclass(frozen=True, slots=True)
class KeptBeside:
    """The comparison of a model as it was computed last."""

    beside: Beside | None  # None: nobody played, or it is being computed for the first time
    computed_at: datetime | None
    is_current: bool  # whether it is of the data as they are now
    has_people: bool  # whether there is anybody to hold the model against


def kept_beside(instance: Instance, study: Study, model: str) -> KeptBeside:
    """How a model does beside the people, as computed last; where due, it is computed anew, aside.

    Raises
    ------
    NotFoundError
        If the study has no predictions of this model.
    """
    with instance.database.read() as session:
        if predictions_version(session, study, model) is None:
            raise NotFoundError(f"{study.slug} has no predictions of {model!r}")
        n_real, n_simulated = count_people(session, study)
        simulated = are_simulated_shown(n_real, n_simulated, None)
        statistic = statistic_of(model, include_simulated=simulated)
        kept = find_kept(session, study, statistic.kind, statistic.version(session, study))
        computed = kept or last_computed(session, study)
    if n_real + n_simulated:
        freshen(
            instance.settings, instance.compute, study.slug, computed, include_simulated=simulated
        )
    return KeptBeside(
        beside=None if kept is None else Beside.model_validate(kept.value),
        computed_at=None if kept is None else kept.as_of,
        is_current=kept is not None and kept.is_current,
        has_people=n_real + n_simulated > 0,
    )


def last_computed(session: Session, study: Study) -> Kept | None:
    """When anything of the study was computed last: a new model is due, and nothing has failed."""
    at = session.scalar(select(func.max(Computed.computed_at)).where(Computed.study_id == study.id))
    return None if at is None else Kept(value={}, as_of=at, seconds=0.0, is_current=False)


def statistics(session: Session, study: Study, include_simulated: bool) -> list[Statistic]:
    """The comparison of each model that a study has predictions of."""
    return [
        statistic_of(model, include_simulated=include_simulated)
        for model in model_names(session, study)
    ]


def statistic_of(model: str, *, include_simulated: bool) -> Statistic:
    """One model's comparison, which depends on what people did and on what the model says."""

    def version(session: Session, study: Study) -> str:
        return f"{data_version(session, study)} {predictions_version(session, study, model)}"

    def compute(database: Database, study: Study) -> dict[str, Any]:
        beside = compute_beside(database, study, model, include_simulated=include_simulated)
        return beside.model_dump(mode="json")

    return Statistic(beside_kind(model, include_simulated=include_simulated), version, compute)


def compute_beside(
    database: Database, study: Study, model: str, *, include_simulated: bool
) -> Beside:
    """Hold a model of a study against its people so far."""
    with database.read() as session:
        data = study_dataset(session, study, include_simulated=include_simulated)
        predictions = prediction_table(session, study, model)
    return compare_model(data, predictions, model, includes_simulated=include_simulated)


def study_dataset(session: Session, study: Study, *, include_simulated: bool) -> "Dataset":
    """What people did so far, as a dataset of the trials that count."""
    from analysis.dataset import Dataset

    read = read_study(session, study, include_simulated=include_simulated)
    images = image_frame(session, study)[["image_id"]]
    names = images["image_id"].to_numpy()
    trials = read.trials.assign(
        image_id=names[read.trials["image_id"]],
        run_id=read.trials["participant_id"],
        level=1,
        phase="game",
        role="target",
        is_interrupted=False,
    )
    return Dataset(
        path=Path(study.slug),
        images=images,
        trials=trials,
        meta={"name": study.slug, "title": study.title},
    )
