"""The verbs that change the state of studies."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image as PillowImage
from sqlalchemy import func, select, update

from experiment import participation, runs
from experiment.database import Database
from experiment.errors import ConflictError, StudyError
from experiment.models import ConsentDocument, Image, Participant, ResultsLink, Run, Study
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.file import parse_study
from experiment.studies.lifecycle import (
    close_study,
    create_study,
    make_results_link,
    open_study,
    pause_study,
    study_images,
    use_results_link,
)
from stimuli.importers import import_images
from tests.experiment.pictures import make_pictures, open_picture_study
from tests.experiment.study_files import FILE, definition
from tests.experiment.visitor import SMALL


@pytest.fixture
def pictures(settings: Settings, tmp_path: Path) -> Path:
    """24 imported pictures, 12 of them in the folder `cats`."""
    folder = tmp_path / "originals"
    make_pictures(folder, 24)
    (folder / "cats").mkdir()
    for file in sorted(folder.glob("*.png"))[:12]:
        file.rename(folder / "cats" / file.name)
    import_images(folder, settings.image_sets, "pictures")
    return folder


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.usefixtures("pictures")
def test_creating_a_study_registers_its_images_once(settings: Settings, database: Database) -> None:
    for slug in ("one", "two"):
        with database.write() as session:
            create_study(session, settings, definition(slug))
    assert count(database, Study) == 2
    assert count(database, Image) == 24
    assert count(database, ConsentDocument) == 1
    with database.read() as session:
        assert find_study(session, "one").state == "draft"
        assert len(study_images(session, find_study(session, "one"))) == 24


@pytest.mark.usefixtures("pictures")
def test_a_slug_is_taken_once(settings: Settings, database: Database) -> None:
    with database.write() as session:
        create_study(session, settings, definition())
    with (
        pytest.raises(StudyError, match=r"already a study 'pets' \(draft\)"),
        database.write() as session,
    ):
        create_study(session, settings, definition())


def test_pictures_that_were_added_are_registered_and_changed_ones_refused(
    settings: Settings, database: Database, pictures: Path
) -> None:
    with database.write() as session:
        create_study(session, settings, definition("one"))
    PillowImage.new("RGB", (30, 30), "red").save(pictures / "new.png")
    import_images(pictures, settings.image_sets, "pictures")
    with database.write() as session:
        create_study(session, settings, definition("two"))
    assert count(database, Image) == 25
    with database.write() as session:
        session.execute(update(Image).where(Image.image_id == "new").values(sha256="0" * 64))
    with (
        pytest.raises(StudyError, match="'new' is another picture"),
        database.write() as session,
    ):
        create_study(session, settings, definition("three"))
    assert count(database, Study) == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            "[images]\ntargets = { category = 'cat' }",
            r"^pets.toml: images.targets.category: no image of 'pictures' has 'cat'; "
            "did you mean 'cats'",
        ),
        ("[images]\nfillers = { category = ['cats', 'emus'] }", "has 'emus'; known are: cats"),
        (
            "[images]\ntargets = { colour = 'red' }",
            "^pets.toml: images.targets: 'pictures' has no column 'colour'; known are: category",
        ),
    ],
)
@pytest.mark.usefixtures("pictures")
def test_pools_of_what_no_image_has_are_refused_with_what_there_is(
    settings: Settings, database: Database, more: str, words: str
) -> None:
    with pytest.raises(StudyError, match=words), database.write() as session:
        create_study(session, settings, definition(more=more))
    assert count(database, Study) == 0


@pytest.mark.usefixtures("pictures")
def test_all_runs_of_a_participant_must_find_new_images(
    settings: Settings, database: Database
) -> None:
    text = "runs_per_participant = 3\n" + FILE.format(slug="pets", image_set="pictures")
    with (
        pytest.raises(
            StudyError,
            match=r"^pets.toml: images: .* 3 runs need 27 different images, but .* has 24",
        ),
        database.write() as session,
    ):
        create_study(session, settings, parse_study(text, "pets.toml"))


@pytest.mark.usefixtures("pictures")
def test_a_pool_shows_its_images_alone(settings: Settings, database: Database) -> None:
    cats = "[images]\ntargets = { category = 'cats' }\nfillers = { category = ['cats'] }"
    with database.write() as session:
        created = create_study(session, settings, definition(more=cats))
        assert {image.category for image in study_images(session, created)} == {"cats"}
        assert len(study_images(session, created)) == 12


def test_an_absent_image_set_says_how_to_make_it(settings: Settings, database: Database) -> None:
    with (
        pytest.raises(StudyError, match="hitrate stimuli import FOLDER --name nothing"),
        database.write() as session,
    ):
        create_study(session, settings, definition(image_set="nothing"))


@pytest.mark.usefixtures("pictures")
def test_only_an_open_study_can_be_paused(settings: Settings, database: Database) -> None:
    with database.write() as session:
        created = create_study(session, settings, definition())
        with pytest.raises(ConflictError, match="is draft"):
            pause_study(session, created)


def test_a_link_opens_once_and_within_a_day(settings: Settings, database: Database) -> None:
    open_picture_study(settings, database, 24, SMALL)
    with database.write() as session:
        study = find_study(session, "pictures")
        token, old = (make_results_link(session, study, "results") for _ in range(2))
    with database.write() as session:
        assert use_results_link(session, "wrong") is None
        assert use_results_link(session, token) == ("pictures", "results")
    with database.write() as session:
        assert use_results_link(session, token) is None
        session.execute(
            update(ResultsLink)
            .where(ResultsLink.used_at.is_(None))
            .values(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        )
        assert use_results_link(session, old) is None
    with database.read() as session:
        kept = session.scalars(select(ResultsLink.token_sha256)).all()
    assert token not in kept


@pytest.mark.parametrize(("mode", "is_replaced"), [("preview", True), (None, False)])
@pytest.mark.usefixtures("pictures")
def test_a_study_is_replaced_with_its_previews_and_never_with_answers(
    settings: Settings, database: Database, mode: participation.Mode, is_replaced: bool
) -> None:
    with database.write() as session:
        created = create_study(session, settings, definition())
        make_results_link(session, created, "results")
        open_study(session, created)
        person = participation.start_participant(session, created, mode)
        participation.agree(session, created, person)
        run = runs.start_run(session, created, person)
        runs.resume_run(session, run.token, device={}, origin_epoch_ms=None, last_shown=None)
        close_study(session, created)
    with (
        nullcontext() if is_replaced else pytest.raises(StudyError, match="people have taken part"),
        database.write() as session,
    ):
        assert create_study(session, settings, definition(), replace=True).state == "draft"
    assert count(database, Study) == 1
    assert count(database, Participant) == count(database, Run) == (0 if is_replaced else 1)
