"""What of a study may change when; and that no change of somebody else's is written over."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from experiment.access import COMMAND, Actor
from experiment.database import Database
from experiment.errors import StudyError
from experiment.models import (
    AuditEntry,
    Consent,
    ConsentDocument,
    Membership,
    Participant,
    Study,
    StudyRelation,
)
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.editing import (
    EditedMeanwhileError,
    LockedError,
    change_study,
    copy_study,
    may_change_all,
)
from experiment.studies.file import parse_values
from experiment.studies.lifecycle import close_study, create_study, delete_unplayed, open_study
from experiment.studies.values import definition_of, values_of
from tests.experiment.image_sets import add_image_set
from tests.experiment.lab import add_researcher
from tests.experiment.rows import NOW, a_participant
from tests.experiment.study_files import definition

LAB = '[recruitment]\nkind = "lab"\ncodes = { completed = "C0FFEE" }\n[privacy]\n'
Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def study(settings: Settings, database: Database) -> str:
    """The slug of a draft."""
    add_image_set(settings)
    with database.write() as session:
        return create_study(session, settings, definition(more=LAB)).slug


def edit(
    database: Database, settings: Settings, change: Edit, revision: int = 1, by: Actor = COMMAND
) -> list[str]:
    """Change the study `pets` as a page does: its tables, read again."""
    with database.write() as session:
        study = find_study(session, "pets")
        values = values_of(definition_of(study))
        change(values)
        asked = parse_values(values, "page")
        return [c.key for c in change_study(session, settings, study, asked, revision, by)]


def add_person(session: Session, slug: str = "pets", *, is_preview: bool = False) -> Participant:
    """Somebody who has agreed to the study."""
    study = find_study(session, slug)
    person = a_participant(study, f"person {is_preview}")
    person.is_preview = is_preview
    session.add(person)
    session.flush()
    agreed = Consent(
        participant_id=person.id,
        study_id=study.id,
        consent_document_id=study.consent_document_id,
        agreed_at=NOW,
    )
    session.add(agreed)
    return person


def latest(database: Database) -> AuditEntry:
    with database.read() as session:
        return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def test_a_draft_changes_in_everything_and_its_previews_go(
    study: str, settings: Settings, database: Database
) -> None:
    with database.write() as session:
        add_person(session, is_preview=True)
    changed = edit(database, settings, lambda values: values["paradigm"].update(n_targets=4))
    assert changed == ["paradigm.n_targets"]
    with database.read() as session:
        found = find_study(session, study)
        assert (found.paradigm["n_targets"], found.revision) == (4, 2)
        assert session.scalars(select(Participant)).all() == []
    assert latest(database).detail == {"revision": 2, "changed": {"paradigm.n_targets": [3, 4]}}


def test_a_preview_stays_where_only_words_change(
    study: str, settings: Settings, database: Database
) -> None:
    with database.write() as session:
        add_person(session, is_preview=True)
    assert edit(database, settings, lambda values: values.update(title="Dear pets")) == ["title"]
    with database.read() as session:
        assert len(session.scalars(select(Participant)).all()) == 1


def test_nothing_changed_is_no_new_revision(
    study: str, settings: Settings, database: Database
) -> None:
    assert edit(database, settings, lambda values: values.copy()) == []
    with database.read() as session:
        assert find_study(session, study).revision == 1
    assert latest(database).action == "study.created"


def test_a_change_of_what_somebody_else_has_changed_is_refused_and_says_by_whom(
    study: str, settings: Settings, database: Database
) -> None:
    with database.write() as session:
        eve = Actor("page", add_researcher(session, "eve@lab.example"))
    edit(database, settings, lambda values: values.update(title="Eve's pets"), by=eve)
    with pytest.raises(EditedMeanwhileError, match=r"eve@lab.example has changed title at \d\d:\d"):
        edit(database, settings, lambda values: values.update(title="Mine"), revision=1)
    assert edit(database, settings, lambda values: values.update(title="Mine"), 2) == ["title"]


FREE: dict[str, Edit] = {
    "title": lambda values: values.update(title="Other"),
    "notice": lambda values: values.update(notice="A trial"),
    "texts.debrief": lambda values: values.setdefault("texts", {}).update(debrief="It was fun"),
    "goal.participants": lambda values: values["goal"].update(participants=20),
    "recruitment.codes.completed": lambda values: values["recruitment"]["codes"].update(
        completed="OTHER"
    ),
    "recruitment.codes.full": lambda values: values["recruitment"]["codes"].update(full="FULL"),
    "privacy.identities_days": lambda values: values.update(privacy={"identities_days": 30}),
}
LOCKED: dict[str, Edit] = {
    "paradigm.n_targets": lambda values: values["paradigm"].update(n_targets=4),
    "display.size_px": lambda values: values.update(display={"size_px": 300}),
    "images.targets": lambda values: values.update(images={"targets": {"category": ["food"]}}),
    "runs_per_participant": lambda values: values.update(runs_per_participant=2),
    "language": lambda values: values.update(language="de"),
    "questions": lambda values: values.update(questions=[{"use": "age", "when": "after"}]),
    "recruitment.must_have_id": lambda values: values["recruitment"].update(must_have_id=True),
    "privacy.identities_days": lambda values: values.update(privacy={"identities_days": 91}),
}


@pytest.mark.parametrize("key", FREE)
def test_a_study_in_use_changes_in_what_does_not_touch_the_data(
    study: str, settings: Settings, database: Database, key: str
) -> None:
    with database.write() as session:
        open_study(session, find_study(session, study))
        add_person(session)
    assert edit(database, settings, FREE[key]) == [key]
    with database.read() as session:
        assert len(session.scalars(select(Participant)).all()) == 1
        assert find_study(session, study).state == "open"


@pytest.mark.parametrize("key", LOCKED)
def test_a_study_in_use_keeps_what_its_data_came_from(
    study: str, settings: Settings, database: Database, key: str
) -> None:
    with database.write() as session:
        open_study(session, find_study(session, study))
        add_person(session)
    with pytest.raises(LockedError, match=rf"pets is open and in use: .*{key}.* cannot change"):
        edit(database, settings, LOCKED[key])
    with database.read() as session:
        assert find_study(session, study).revision == 1


def test_codes_and_words_are_recorded_by_name_only(
    study: str, settings: Settings, database: Database
) -> None:
    edit(database, settings, FREE["recruitment.codes.completed"])
    assert latest(database).detail["changed"] == {"recruitment.codes.completed": None}


def test_a_new_consent_text_is_for_new_people(
    study: str, settings: Settings, database: Database
) -> None:
    with database.write() as session:
        open_study(session, find_study(session, study))
        person = add_person(session)
    edit(database, settings, lambda v: v.update(texts={"consent": "Agree to {minutes} min?"}))
    with database.read() as session:
        agreed = session.scalars(
            select(ConsentDocument.text).join(Consent).where(Consent.participant_id == person.id)
        ).one()
        assert "voluntary" in agreed
        now = find_study(session, study)
        assert now.consent_document.text == "Agree to 1 min?"
        assert definition_of(now).texts["consent"] == "Agree to {minutes} min?"


def test_a_closed_study_that_nobody_played_changes_in_everything(
    study: str, settings: Settings, database: Database
) -> None:
    with database.write() as session:
        open_study(session, find_study(session, study))
        assert not may_change_all(session, find_study(session, study))
        close_study(session, find_study(session, study))
        assert may_change_all(session, find_study(session, study))
    assert edit(database, settings, LOCKED["language"])[0] == "language"


def test_the_slug_stays(study: str, settings: Settings, database: Database) -> None:
    with pytest.raises(StudyError, match="is in every address of the study and stays; copy"):
        edit(database, settings, lambda values: values.update(slug="cats"))


def test_what_cannot_be_changes_nothing(study: str, settings: Settings, database: Database) -> None:
    with pytest.raises(StudyError, match="40"):
        edit(database, settings, lambda values: values["paradigm"].update(n_fillers=60))
    with database.read() as session:
        assert find_study(session, study).paradigm["n_fillers"] == 4


def test_a_copy_is_a_draft_of_its_maker_and_nobodys_else(
    study: str, settings: Settings, database: Database
) -> None:
    with database.write() as session:
        eve = add_researcher(session, "eve@lab.example")
        open_study(session, find_study(session, study))
        add_person(session)
        copy = copy_study(
            session, settings, find_study(session, study), "pets-2", "More pets", Actor("page", eve)
        )
        assert (copy.state, copy.revision) == ("draft", 1)
        ours, theirs = definition_of(find_study(session, study)), definition_of(copy)
        assert values_of(ours) | {"slug": "pets-2", "title": "More pets"} == values_of(theirs)
        owners = session.scalars(select(Membership).where(Membership.study_id == copy.id)).all()
        assert [(one.researcher_id, one.role) for one in owners] == [(eve.id, "owner")]
    assert latest(database).detail == {"source": "pets"}
    with database.write() as session, pytest.raises(StudyError, match="already a study 'pets-2'"):
        copy_study(session, settings, find_study(session, study), "pets-2", "x", COMMAND)


def test_a_deleted_draft_leaves_its_record_and_no_report(
    study: str, settings: Settings, database: Database
) -> None:
    (settings.reports / "pets").mkdir(parents=True)
    with database.write() as session:
        add_person(session, is_preview=True)
        delete_unplayed(session, settings, find_study(session, study), COMMAND)
    with database.read() as session:
        assert session.scalars(select(Study)).all() == []
    entry = latest(database)
    assert (entry.action, entry.study, entry.study_id) == ("study.deleted", "pets", None)
    assert not (settings.reports / "pets").exists()


def test_a_study_is_related_to_studies_of_ones_own_only(
    study: str, settings: Settings, database: Database
) -> None:
    with database.write() as session:
        eve = Actor("page", add_researcher(session, "eve@lab.example"))
    asked = definition("cats")
    related = parse_values(values_of(asked) | {"related": ["pets"]}, "page")
    with database.write() as session, pytest.raises(StudyError, match="there is none yet"):
        create_study(session, settings, related, by=eve)
    with database.write() as session:
        create_study(session, settings, related, by=COMMAND)
        assert len(session.scalars(select(StudyRelation)).all()) == 2
    with database.write() as session:
        cats = find_study(session, "cats")
        change_study(session, settings, cats, asked, 1, COMMAND)
        assert session.scalars(select(StudyRelation)).all() == []
