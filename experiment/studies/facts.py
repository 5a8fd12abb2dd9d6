"""What the list of studies tells of each: its state, its people, and how near its goal is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from experiment.access import Actor
from experiment.coverage import pool_of
from experiment.design.paradigms import Paradigm
from experiment.models import Image, Membership, Study
from experiment.studies.listing import IN_PROGRESS, outcome_counts
from experiment.studies.needs import counted_needs, participants_needed


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """A study, as its row in the list has it."""

    study: Study
    role: str  # of who asks
    people: Mapping[str, int]  # by outcome, and those in progress; previews count nowhere
    needed: int | None  # people who complete it, for its goal; None: it is never reached

    @property
    def completed(self) -> int:
        """People who have played to the end."""
        return self.people.get("completed", 0)

    @property
    def in_progress(self) -> int:
        """People who have agreed and not ended."""
        return self.people.get(IN_PROGRESS, 0)

    @property
    def others(self) -> int:
        """People who ended in any other way."""
        return sum(self.people.values()) - self.completed - self.in_progress

    @property
    def share(self) -> float | None:
        """How much of the goal is reached, at most 1."""
        return None if self.needed is None else min(1.0, self.completed / self.needed)


def studies_of(session: Session, by: Actor) -> list[StudyFacts]:
    """Every study that who asks may see, the latest first."""
    found = roles_of(session, by)
    people = outcome_counts(session)
    sizes = image_counts(session)
    return [
        StudyFacts(
            study, role, people.get(study.id, Counter()), people_wanted(session, study, sizes)
        )
        for study, role in found
    ]


def facts_of_study(session: Session, study: Study, role: str) -> StudyFacts:
    """One study, as its row in the list has it."""
    people = outcome_counts(session).get(study.id, Counter())
    return StudyFacts(study, role, people, people_wanted(session, study, image_counts(session)))


def roles_of(session: Session, by: Actor) -> list[tuple[Study, str]]:
    """Studies with the role of who asks in each; an administrator is owner of all."""
    query = (
        select(Study)
        .options(joinedload(Study.image_set))
        .order_by(Study.created_at.desc(), Study.id.desc())
    )
    if by.researcher is None or by.researcher.is_admin:
        return [(study, "owner") for study in session.scalars(query)]
    mine = select(Membership.study_id, Membership.role).where(
        Membership.researcher_id == by.researcher.id
    )
    roles = {row.study_id: row.role for row in session.execute(mine)}
    studies = session.scalars(query.where(Study.id.in_(roles)))
    return [(study, roles[study.id]) for study in studies]


def image_counts(session: Session) -> dict[int, int]:
    """How many images each set has."""
    rows = session.execute(
        select(Image.image_set_id, func.count().label("n")).group_by(Image.image_set_id)
    )
    return {row.image_set_id: row.n for row in rows}


def people_wanted(session: Session, study: Study, sizes: Mapping[int, int]) -> int | None:
    """People who complete the study until every target has its responses; None: never."""
    paradigm = Paradigm.from_dict(study.paradigm)
    needs = counted_needs(paradigm, study.definition["runs_per_participant"])
    targets = study.definition["images"]["targets"]
    n_images = sizes.get(study.image_set_id, 0)
    if targets != "all":
        n_images = n_in_pool(session, study.image_set_id, n_images, hashable(targets))
    return participants_needed(study.definition["goal"]["responses_per_image"], n_images, needs)


def hashable(pool: Mapping[str, list[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A pool as a key."""
    return tuple((column, tuple(allowed)) for column, allowed in pool.items())


def n_in_pool(session: Session, image_set_id: int, n_images: int, pool: Any) -> int:
    """Images of a set that are in a pool; counted once for a set of this size."""
    count = counter(str(session.get_bind().engine.url))
    return int(count(session, image_set_id, n_images, pool))


@lru_cache(maxsize=4)
def counter(url: str) -> Any:  # noqa: ARG001 (each database has its own)
    """A function that counts the images of a pool, and remembers."""
    known: dict[Any, int] = {}

    def count(session: Session, image_set_id: int, n_images: int, pool: Any) -> int:
        key = (image_set_id, n_images, pool)
        if key not in known:
            rows: Any = session.execute(
                select(Image.id, Image.category, Image.attributes).where(
                    Image.image_set_id == image_set_id
                )
            ).all()
            known[key] = len(pool_of(rows, {column: list(allowed) for column, allowed in pool}))
        return known[key]

    return count
