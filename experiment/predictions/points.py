"""What the charts of a model show: its prediction of each image, and what people remember of it."""

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.errors import NotFoundError
from experiment.models import Image, Prediction, Study
from experiment.results.live import image_scores


class Points(BaseModel):
    """Images with a prediction and a rate, column by column, by image_id."""

    image_id: list[str]
    sha256: list[str]
    prediction: list[float]
    hit_rate: list[float | None]
    repeats: list[int]
    false_alarm_rate: list[float | None]
    firsts: list[int]


def points_of(session: Session, study: Study, model: str) -> Points | None:
    """The images that a model has a prediction of and people a rate; None: the rates are being
    computed for the first time.

    Raises
    ------
    NotFoundError
        If the study has no predictions of this model.
    """
    found = session.execute(
        select(Image.id, Image.image_id, Image.sha256, Prediction.value)
        .join(Prediction, Prediction.sha256 == Image.sha256)
        .where(
            Prediction.study_id == study.id,
            Prediction.model == model,
            Image.image_set_id == study.image_set_id,
        )
    ).all()
    if not found:
        raise NotFoundError(f"{study.slug} has no predictions of {model!r}")
    scores, _, _ = image_scores(session, study)
    if scores is None:
        return None
    columns = scores.columns
    places = {key: place for place, key in enumerate(columns["id"])}
    rated = sorted(
        (name, sha256, value, places[key])
        for key, name, sha256, value in found
        if value is not None
        and key in places
        and columns["repeats"][places[key]] + columns["firsts"][places[key]] > 0
    )
    rates = ("hit_rate", "repeats", "false_alarm_rate", "firsts")
    return Points(
        image_id=[name for name, _, _, _ in rated],
        sha256=[sha256 for _, sha256, _, _ in rated],
        prediction=[value for _, _, value, _ in rated],
        **{rate: [columns[rate][place] for *_, place in rated] for rate in rates},
    )
