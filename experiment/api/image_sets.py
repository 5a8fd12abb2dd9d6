"""Image sets over the API: what there is, what is in one, delete one."""

import shutil
from datetime import datetime

from flask import jsonify, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from experiment.access import access, asking
from experiment.api.blueprint import REFUSALS, api, parse_query
from experiment.current import instance
from experiment.image_sets import (
    SetFacts,
    delete_image_set,
    facts_of,
    images_in,
    researcher_of,
    users_of,
)
from experiment.openapi import described
from experiment.participant.schemas import Problem
from stimuli.image_set import image_set_names


class SetState(BaseModel):
    """An image set."""

    image_set: str
    images: int
    bytes: int = Field(description="Of the original files.")
    categories: dict[str, int] = Field(description="Images of each.")
    licences: dict[str, int]
    formats: dict[str, int]
    attributes: list[str] = Field(description="The researcher's own columns.")
    studies: list[str] = Field(description="Slugs of the studies that use it and that you may see.")
    other_studies: int = Field(description="How many more use it.")
    changed_at: datetime


class Sets(BaseModel):
    """Image sets by name."""

    image_sets: list[SetState]
    next: str | None = Field(description="`after` of the next page, if there is one.")


class ImageState(BaseModel):
    """An image of a set."""

    image_id: str
    sha256: str
    width_px: int
    height_px: int
    category: str | None
    licence: str | None
    attributes: dict[str, str]
    thumbnail_url: str


class OneSet(SetState):
    """An image set, with a page of its images."""

    page: list[ImageState]
    next: str | None = Field(description="`after` of the next page, if there is one.")


class SetsQuery(BaseModel):
    """A page of image sets."""

    model_config = ConfigDict(extra="forbid")
    after: str = Field(default="", max_length=64, description="`next` of the last page.")
    limit: int = Field(default=50, ge=1, le=200)


class ImagesQuery(BaseModel):
    """A page of images."""

    model_config = ConfigDict(extra="forbid")
    after: str = Field(default="", max_length=255, description="`next` of the last page.")
    limit: int = Field(default=100, ge=1, le=1000)


def set_state(session: Session, facts: SetFacts) -> SetState:
    """An image set as the API tells it."""
    users = users_of(session, researcher_of(asking()), facts.name)
    return SetState(
        image_set=facts.name,
        images=facts.n_images,
        bytes=facts.n_bytes,
        categories=dict(facts.categories),
        licences=dict(facts.licences),
        formats=dict(facts.formats),
        attributes=list(facts.attributes),
        studies=[slug for slug, _ in users.studies],
        other_studies=users.n_others,
        changed_at=facts.changed_at,
    )


@api.get("/image-sets")
@access("researcher")
@described("Image sets by name.", REFUSALS | {200: Sets, 409: Problem}, query=SetsQuery)
def get_image_sets() -> ResponseReturnValue:
    """Image sets by name."""
    query = parse_query(SetsQuery)
    settings = instance().settings
    names = [name for name in image_set_names(settings.image_sets) if name > query.after]
    with instance().database.read() as session:
        page = [set_state(session, facts_of(settings, name)) for name in names[: query.limit]]
    more = page[-1].image_set if len(names) > len(page) else None
    return jsonify(Sets(image_sets=page, next=more).model_dump(mode="json"))


@api.get("/image-sets/<set_name:name>")
@access("researcher")
@described(
    "An image set, with a page of its images.",
    REFUSALS | {200: OneSet, 409: Problem},
    query=ImagesQuery,
)
def get_image_set(name: str) -> ResponseReturnValue:
    """An image set."""
    query = parse_query(ImagesQuery)
    settings = instance().settings
    images = [image for image in images_in(settings, name).images if image.image_id > query.after]
    page = [
        ImageState(
            image_id=image.image_id,
            sha256=image.sha256,
            width_px=image.width_px,
            height_px=image.height_px,
            category=image.category,
            licence=image.licence,
            attributes=dict(image.attributes),
            thumbnail_url=url_for("image_sets.thumbnail", name=name, sha256=image.sha256),
        )
        for image in images[: query.limit]
    ]
    more = page[-1].image_id if len(images) > len(page) else None
    with instance().database.read() as session:
        state = set_state(session, facts_of(settings, name))
    return jsonify(OneSet(**state.model_dump(), page=page, next=more).model_dump(mode="json"))


@api.delete("/image-sets/<set_name:name>")
@access("researcher", "write")
@described(
    "Delete an image set of yours that no study uses.",
    REFUSALS | {204: "", 400: Problem, 409: Problem},
)
def delete_set(name: str) -> ResponseReturnValue:
    """Delete an image set."""
    with instance().database.write() as session:
        aside = delete_image_set(session, instance().settings, name, asking())
    shutil.rmtree(aside)
    return "", 204
