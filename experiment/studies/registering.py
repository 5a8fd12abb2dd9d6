"""What a study refers to in the database: its images as rows, its consent text as a document."""

import hashlib
from datetime import UTC, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from experiment.errors import StudyError
from experiment.models import ConsentDocument, Image, ImageSet
from stimuli.image_set import ImageSet as ImageSetFiles


def register_image_set(session: Session, files: ImageSetFiles) -> ImageSet:
    """The image set in the database, with the images that are new in its folder.

    Raises
    ------
    StudyError
        If a registered image_id now is another picture: answers already refer to the old one.
    """
    image_set = session.scalar(select(ImageSet).where(ImageSet.name == files.name))
    if image_set is None:
        image_set = ImageSet(name=files.name, created_at=datetime.now(UTC))
        session.add(image_set)
        session.flush()
    known: dict[str, str] = {
        row.image_id: row.sha256
        for row in session.execute(
            select(Image.image_id, Image.sha256).where(Image.image_set_id == image_set.id)
        )
    }
    rows = []
    for image in files.images:
        registered = known.get(image.image_id)
        if registered is None:
            rows.append(
                {
                    "image_set_id": image_set.id,
                    "image_id": image.image_id,
                    "sha256": image.sha256,
                    "width_px": image.width_px,
                    "height_px": image.height_px,
                    "category": image.category,
                    "licence": image.licence,
                    "attributes": dict(image.attributes),
                }
            )
        elif registered != image.sha256:
            raise StudyError(
                f"image set {files.name}: {image.image_id!r} is another picture than when the set "
                "was first used; import the changed pictures as a set of another name"
            )
    if rows:
        session.execute(insert(Image), rows)
    return image_set


def consent_document(session: Session, text: str) -> ConsentDocument:
    """The consent text as a document; the same text is one document."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    document = session.scalar(select(ConsentDocument).where(ConsentDocument.sha256 == sha256))
    if document is None:
        document = ConsentDocument(sha256=sha256, text=text, created_at=datetime.now(UTC))
        session.add(document)
        session.flush()
    return document
