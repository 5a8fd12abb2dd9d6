"""The predictions of a study: keep, list, delete. A model's predictions are whole or not there."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.coverage import belongs
from experiment.errors import ConflictError, InvalidError, NotFoundError
from experiment.models import Computed, Image, Prediction, Study

if TYPE_CHECKING:
    import pandas as pd

LONGEST_NAME = 80
LONGEST_ERROR = 500
ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class NewPrediction:
    """What is to be kept of one image: a value, or why there is none."""

    sha256: str
    value: float | None
    fingerprint: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model that a study has predictions of."""

    name: str
    n_images: int  # of the study's, with a prediction
    n_errors: int  # of the study's, with a reason why there is none
    n_missing: int  # of the study's, of which nothing is known
    fingerprint: str | None  # of the model as it was used; None: not known, or not one alone
    stored_at: datetime

    @property
    def n_of(self) -> int:
        """Images that the study shows."""
        return self.n_images + self.n_errors + self.n_missing


def store_predictions(
    session: Session,
    study: Study,
    model: str,
    rows: Iterable[NewPrediction],
    *,
    replace: bool = False,
) -> int:
    """Keep a model's predictions of a study's images; returns how many older ones they replaced.

    Raises
    ------
    InvalidError
        If the name cannot be a model's.
    ConflictError
        If there are predictions of it already and they are not to be replaced.
    """
    check_name(model)
    older = delete_rows(session, study, model)
    if older and not replace:
        raise ConflictError(already_there(study, [model]))
    now = datetime.now(UTC)
    new = [
        {
            "study_id": study.id,
            "model": model,
            "sha256": row.sha256,
            "value": row.value,
            "fingerprint": row.fingerprint,
            "error": None if row.error is None else row.error[:LONGEST_ERROR],
            "stored_at": now,
        }
        for row in rows
    ]
    for start in range(0, len(new), ROWS_AT_ONCE):
        session.execute(insert(Prediction), new[start : start + ROWS_AT_ONCE])
    return older


def already_there(study: Study, models: Sequence[str]) -> str:
    """That some models have predictions, and what to do."""
    return (
        f"{study.slug} has predictions of {', '.join(models)} already; replace them, or give the "
        "new ones another name"
    )


def check_name(model: str) -> None:
    """Refuse what cannot be shown as a model's name.

    Raises
    ------
    InvalidError
        Saying what is wrong with it.
    """
    if not model.strip() or model != model.strip() or not model.isprintable():
        raise InvalidError(
            f"a model cannot be called {model!r}; use letters, digits and signs, no space at the "
            "ends"
        )
    if len(model) > LONGEST_NAME:
        raise InvalidError(
            f"the model's name has {len(model)} characters; at most {LONGEST_NAME} are kept"
        )


def beside_kind(model: str, *, include_simulated: bool) -> str:
    """What the comparison of a model is called among a study's statistics."""
    return f"model{' with simulated people' if include_simulated else ''}: {model}"


def delete_rows(session: Session, study: Study, model: str) -> int:
    """Delete a model's predictions, and how it did beside the people; returns how many."""
    kinds = [beside_kind(model, include_simulated=yes) for yes in (False, True)]
    session.execute(delete(Computed).where(Computed.study_id == study.id, Computed.kind.in_(kinds)))
    gone = session.execute(
        delete(Prediction)
        .where(Prediction.study_id == study.id, Prediction.model == model)
        .returning(Prediction.sha256)
    )
    return len(gone.all())


def delete_model(session: Session, study: Study, model: str, by: Actor) -> int:
    """Delete all predictions of a model; returns how many; recorded.

    Raises
    ------
    NotFoundError
        If there are none.
    """
    n = delete_rows(session, study, model)
    if not n:
        raise NotFoundError(f"{study.slug} has no predictions of {model!r}")
    record(session, "predictions.deleted", by, study, model=model, predictions=n)
    return n


def model_names(session: Session, study: Study) -> list[str]:
    """The models that a study has predictions of, by name."""
    models = select(Prediction.model).where(Prediction.study_id == study.id).distinct()
    return sorted(session.scalars(models))


def stored_models(session: Session, study: Study) -> list[StoredModel]:
    """The models that a study has predictions of, by name."""
    of_study = Prediction.study_id == study.id
    facts = session.execute(
        select(
            Prediction.model,
            func.count(Prediction.value).label("n_values"),
            func.count(Prediction.fingerprint)
            .filter(Prediction.value.is_not(None))
            .label("n_made"),
            func.min(Prediction.fingerprint).label("least"),
            func.max(Prediction.fingerprint).label("most"),
            func.max(Prediction.stored_at).label("stored_at"),
        )
        .where(of_study)
        .group_by(Prediction.model)
    ).all()
    shown = shown_pictures(session, study)
    rows = session.execute(
        select(Prediction.model, Prediction.sha256, Prediction.value.is_(None)).where(of_study)
    )
    counted = Counter((model, is_error) for model, sha256, is_error in rows if sha256 in shown)
    models = []
    for row in sorted(facts, key=lambda row: row.model):
        n_images, n_errors = counted[row.model, False], counted[row.model, True]
        is_one = row.least == row.most and row.n_made == row.n_values
        models.append(
            StoredModel(
                name=row.model,
                n_images=n_images,
                n_errors=n_errors,
                n_missing=len(shown) - n_images - n_errors,
                fingerprint=row.least if is_one else None,
                stored_at=row.stored_at,
            )
        )
    return models


def shown_pictures(session: Session, study: Study) -> set[str]:
    """The sha256 of every image that the study may show."""
    wanted = [study.definition["images"][pool] for pool in ("targets", "fillers")]
    in_set = Image.image_set_id == study.image_set_id
    if "all" in wanted:
        return set(session.scalars(select(Image.sha256).where(in_set)))
    rows = session.execute(select(Image.sha256, Image.category, Image.attributes).where(in_set))
    return {row.sha256 for row in rows if any(belongs(row, pool) for pool in wanted)}


def predictions_version(session: Session, study: Study, model: str) -> str | None:
    """Changes whenever a model's predictions have been stored anew; None without any."""
    stored_at = session.scalar(
        select(func.max(Prediction.stored_at)).where(
            Prediction.study_id == study.id, Prediction.model == model
        )
    )
    return None if stored_at is None else stored_at.isoformat()


def prediction_table(session: Session, study: Study, model: str | None = None) -> "pd.DataFrame":
    """The codebook's table `predictions` of a study's images; of all models, or of one."""
    import pandas as pd

    query = (
        select(
            Image.image_id,
            Prediction.sha256,
            Prediction.model,
            Prediction.value,
            Prediction.fingerprint,
            Prediction.error,
        )
        .join(Image, Image.sha256 == Prediction.sha256)
        .where(Prediction.study_id == study.id, Image.image_set_id == study.image_set_id)
    )
    if model is not None:
        query = query.where(Prediction.model == model)
    columns = ("image_id", "sha256", "model", "prediction", "fingerprint", "error")
    rows = sorted(session.execute(query), key=lambda row: (row.model, row.image_id))
    table = pd.DataFrame([tuple(row) for row in rows], columns=list(columns), dtype=object)
    return table.astype({"prediction": "float64"})


def image_frame(session: Session, study: Study) -> "pd.DataFrame":
    """image_id and sha256 of every image of the study's set, by image_id."""
    import pandas as pd

    rows = session.execute(
        select(Image.image_id, Image.sha256).where(Image.image_set_id == study.image_set_id)
    )
    pairs = sorted((row.image_id, row.sha256) for row in rows)
    return pd.DataFrame(pairs, columns=["image_id", "sha256"], dtype=object)
