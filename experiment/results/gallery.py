"""The images of a study in the order of any score, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.models import Image, Study
from experiment.results.live import ImageScores

PAGE = 60
# What the images can be sorted by: the column, in words.
ORDERS = {
    "hit_rate": "hit rate",
    "false_alarm_rate": "false-alarm rate",
    "corrected_recognition": "corrected recognition (hits − false alarms)",
    "d_prime": "d′",
    "repeats": "number of responses",
    "rt_ms_median": "median reaction time of hits",
    "image_id": "name",
}


@dataclass(frozen=True, slots=True)
class ScoredImage:
    """One image with its counts and scores; a score without a valid trial is None."""

    image_id: str
    sha256: str
    category: str | None
    hits: int
    repeats: int
    false_alarms: int
    firsts: int
    hit_rate: float | None
    false_alarm_rate: float | None
    corrected_recognition: float | None
    d_prime: float | None
    rt_ms_median: float | None

    def to_dict(self) -> dict[str, Any]:
        """Every field by name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class GalleryPage:
    """Some of the images in the wanted order."""

    images: tuple[ScoredImage, ...]
    n_images: int  # on all pages
    page: int  # 1-based
    n_pages: int


def categories(session: Session, study: Study) -> list[str]:
    """The categories that the study's images have."""
    query = select(Image.category).where(
        Image.image_set_id == study.image_set_id, Image.category.is_not(None)
    )
    return sorted({str(category) for category in session.scalars(query.distinct())})


def order_of(scores: ImageScores, sort: str, *, descending: bool) -> list[int]:
    """Places of the images in the columns, in the wanted order; those without the score are last,
    and equal ones stand by name."""
    n_images = len(scores.columns["id"])
    if sort == "image_id":
        return list(range(n_images))[:: -1 if descending else 1]
    values = scores.columns[sort]
    known = [place for place in range(n_images) if values[place] is not None]
    known.sort(key=lambda place: values[place], reverse=descending)  # stable also in reverse
    return known + [place for place in range(n_images) if values[place] is None]


def ordered(
    session: Session,
    study: Study,
    scores: ImageScores,
    *,
    sort: str = "hit_rate",
    descending: bool = True,
    category: str | None = None,
) -> list[int]:
    """Places of the images (of one category) in the columns, in the wanted order."""
    places = order_of(scores, sort, descending=descending)
    if category is None:
        return places
    query = select(Image.id).where(
        Image.image_set_id == study.image_set_id, Image.category == category
    )
    chosen = set(session.scalars(query))
    ids = scores.columns["id"]
    return [place for place in places if ids[place] in chosen]


def scored_images(
    session: Session, scores: ImageScores, places: Sequence[int]
) -> tuple[ScoredImage, ...]:
    """The images at these places of the columns."""
    ids = scores.columns["id"]
    wanted = [ids[place] for place in places]
    rows: dict[int, Any] = {}
    for start in range(0, len(wanted), 1000):  # databases take so many values at once
        query = select(Image.id, Image.image_id, Image.sha256, Image.category).where(
            Image.id.in_(wanted[start : start + 1000])
        )
        rows |= {row.id: row for row in session.execute(query)}
    names = [name for name in scores.columns if name != "id"]
    return tuple(
        ScoredImage(
            image_id=rows[ids[place]].image_id,
            sha256=rows[ids[place]].sha256,
            category=rows[ids[place]].category,
            **{name: scores.columns[name][place] for name in names},
        )
        for place in places
        if ids[place] in rows
    )


def gallery_page(
    session: Session, scores: ImageScores, places: Sequence[int], page: int
) -> GalleryPage:
    """A page of images in this order; the last one where there are fewer pages."""
    n_pages = max(1, -(-len(places) // PAGE))
    page = min(max(page, 1), n_pages)
    shown = places[(page - 1) * PAGE : page * PAGE]
    return GalleryPage(scored_images(session, scores, shown), len(places), page, n_pages)
