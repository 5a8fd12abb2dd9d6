"""What of a study may change when, and the verbs that change, copy and delete one.

Before anybody has taken part, a draft or closed study may change in everything but its slug, which
is in every address. Afterwards, or while it is open or paused, only what does not touch the data:

- its title, notice and texts; a new consent text is a new document, to which only new people agree;
- its goal: responses per image, quota, pay;
- the recruiter's codes and the addresses to which people are sent back;
- how long recruiters' ids are kept, but only to shorten it: people were promised the rest.

Everything else needs a copy. What changed is kept in the record, by name; numbers also by value.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.access import Actor
from experiment.accounts.audit import record
from experiment.errors import ConflictError, StudyError
from experiment.models import AuditEntry, Study
from experiment.settings import Settings
from experiment.studies.defaults import with_minutes
from experiment.studies.file import StudyDefinition, parse_values
from experiment.studies.lifecycle import (
    create_study,
    forget_previews,
    has_people,
    lock,
    write_definition,
)
from experiment.studies.registering import consent_document
from experiment.studies.values import definition_of, values_of

# What may change at any time: keys, and tables by their name and a full stop.
FREE = (
    *("title", "notice", "texts.", "goal.", "recruitment.codes.", "recruitment.redirects."),
    *("recruitment.host", "recruitment.experiment_id", "recruitment.credit_token"),
    "recruitment.credited",
)
DAYS = "privacy.identities_days"


class EditedMeanwhileError(ConflictError):
    """Somebody else has changed the study since it was read; nothing of this change is kept."""

    code = "edited_meanwhile"


class LockedError(ConflictError):
    """A study in use cannot change in this."""

    code = "study_in_use"


@dataclass(frozen=True, slots=True)
class Change:
    """One key of a study that is to be another."""

    key: str
    before: Any
    after: Any

    def is_free(self) -> bool:
        """Whether a study in use may change in this."""
        if self.key == DAYS:
            return bool(self.after > 0 and (self.before == 0 or self.after < self.before))
        return self.key.startswith(FREE)


def changes(before: StudyDefinition, after: StudyDefinition) -> list[Change]:
    """Every key that differs, in the order of the file."""
    old, new = dict(flat(before)), dict(flat(after))
    return [
        Change(key, old.get(key), new.get(key))
        for key in {**old, **new}
        if old.get(key) != new.get(key)
    ]


def flat(definition: StudyDefinition) -> Iterator[tuple[str, Any]]:
    """Every key with its effective value; tables of [display], [goal] … by their names."""
    kept = definition.to_dict()
    del kept["consent"]
    paradigm = definition.paradigm.to_dict()
    display = paradigm.pop("display")
    yield from (("title", definition.title), ("slug", definition.slug))
    yield "image_set", definition.image_set
    yield from flattened(kept | {"texts": dict(definition.texts)}, "")
    yield from flattened(paradigm, "paradigm.")
    yield from flattened(display, "display.")


def flattened(table: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    """The keys of a table and those of the tables in it."""
    for key, value in table.items():
        # The values of a pool belong together.
        if isinstance(value, Mapping) and where != "images.":
            yield from flattened(value, f"{where}{key}.")
        else:
            yield f"{where}{key}", value


def may_change_all(session: Session, study: Study) -> bool:
    """Whether everything but the slug may change."""
    return study.state in ("draft", "closed") and not has_people(session, study)


def change_study(
    session: Session,
    settings: Settings,
    study: Study,
    definition: StudyDefinition,
    revision: int,
    by: Actor,
) -> list[Change]:
    """Make a study into this definition, if it still is of this revision; says what changed.

    Raises
    ------
    EditedMeanwhileError
        If it has been changed since.
    LockedError
        If it is in use, and something else than the rules above allow is to change.
    StudyError, SequenceError
        If the definition cannot be.
    """
    study = lock(session, study)
    if study.revision != revision:
        raise EditedMeanwhileError(edited_by(session, study, revision))
    changed = changes(definition_of(study), definition)
    if not changed:
        return []
    if definition.slug != study.slug:
        raise StudyError(
            f"{definition.source}: slug: {study.slug!r} is in every address of the study and "
            "stays; copy the study for another one"
        )
    if may_change_all(session, study):
        if any(not change.key.startswith(FREE) for change in changed):
            forget_previews(session, study)
        write_definition(session, settings, study, definition, by)
    else:
        refuse_locked(study, changed)
        write_words(session, study, definition)
    study.revision += 1
    record(
        session,
        "study.changed",
        by,
        study,
        revision=study.revision,
        changed={change.key: for_record(change) for change in changed},
    )
    return changed


def refuse_locked(study: Study, changed: list[Change]) -> None:
    """Refuse changes that a study in use may not have."""
    locked = [change.key for change in changed if not change.is_free()]
    if not locked:
        return
    some = ", ".join(locked[:6]) + (" …" if len(locked) > 6 else "")
    advice = "close it first, or copy it" if study.state in ("open", "paused") else "copy it"
    if locked == [DAYS]:
        advice = "people were promised this time: make it shorter, or leave it"
    raise LockedError(
        f"{study.slug} is {study.state} and in use: {some} cannot change any more; {advice}"
    )


def write_words(session: Session, study: Study, definition: StudyDefinition) -> None:
    """Keep what may change in a study in use, and nothing else."""
    consent = with_minutes(definition.texts["consent"], definition.paradigm)
    study.title = definition.title
    study.consent_document_id = consent_document(session, consent).id
    study.definition = definition.to_dict()
    session.flush()


def for_record(change: Change) -> list[Any] | None:
    """Before and after, if both are numbers or nothing; codes and texts are named only."""
    both = [change.before, change.after]
    is_short = all(value is None or isinstance(value, int | float) for value in both)
    return both if is_short and not change.key.startswith("recruitment.") else None


def edited_by(session: Session, study: Study, revision: int) -> str:
    """Who changed what meanwhile, in a sentence."""
    latest = session.scalar(
        select(AuditEntry)
        .where(AuditEntry.study_id == study.id, AuditEntry.action == "study.changed")
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    what = "it has been changed"
    if latest is not None:
        keys = list(latest.detail.get("changed", {}))
        some = ", ".join(keys[:6]) + (" …" if len(keys) > 6 else "")
        what = f"{latest.who} has changed {some} at {latest.at:%H:%M} UTC"
    return (
        f"{study.slug} is at revision {study.revision}, and you began with {revision}: {what}. "
        "Nothing of yours has been saved; look at what it is now, and put your changes in again"
    )


def copy_study(
    session: Session, settings: Settings, study: Study, slug: str, title: str, by: Actor
) -> Study:
    """A draft like this study, under another slug, of which its maker is the owner.

    Raises
    ------
    StudyError
        If the slug is taken or cannot be one, or as `create_study`.
    """
    values = values_of(definition_of(study)) | {"slug": slug, "title": title}
    copy = create_study(session, settings, parse_values(values, f"copy of {study.slug}"), by=by)
    record(session, "study.copied", by, copy, source=study.slug)
    return copy
