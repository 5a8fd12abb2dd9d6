"""The verbs of studies, and the command that calls them."""

import math
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image as PillowImage
from sqlalchemy import func, select, update

from experiment import database as schema
from experiment import participation, runs
from experiment.commands.study import study as command
from experiment.database import Database
from experiment.errors import ConflictError, ExperimentError, StudyError
from experiment.models import ConsentDocument, Image, Participant, ResultsLink, Run, Study
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.file import StudyDefinition, parse_study
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
from tests.experiment.visitor import SMALL

FILE = """
title = "Pets"
slug = "{slug}"
image_set = "{image_set}"
[paradigm]
preset = "lamem2015"
n_targets = 3
n_fillers = 4
n_vigilance = 2
target_lags = [3, 9]
vigilance_lags = [1, 3]
[goal]
responses_per_image = 10
"""


def definition(slug: str = "pets", image_set: str = "pictures", more: str = "") -> StudyDefinition:
    return parse_study(FILE.format(slug=slug, image_set=image_set) + more, f"{slug}.toml")


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


def test_a_link_opens_once_and_within_a_day(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    open_picture_study(settings, database, tmp_path / "pictures", 24, SMALL)
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


class Commands:
    """`hitrate study` on an instance of its own, with SQLite."""

    def __init__(self, instance: Path) -> None:
        self.instance = instance
        schema.upgrade(f"sqlite:///{instance / 'hitrate.db'}")

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(command, list(words), catch_exceptions=False)


@pytest.fixture
def commands(instance: Path, tmp_path: Path) -> Commands:
    folder = tmp_path / "originals"
    make_pictures(folder, 24)
    import_images(folder, instance / "image_sets", "pictures")
    return Commands(instance)


def test_a_study_from_file_to_closed(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "pets.toml"
    file.write_text(FILE.format(slug="pets", image_set="pictures"))
    assert "no study yet" in commands.run("list").output
    assert "Created pets as a draft" in commands.run("create", str(file)).output
    opened = commands.run("open", "pets")
    assert "pets is open: 24 pictures are ready" in opened.output
    assert "http://127.0.0.1:8000/s/pets" in opened.output
    assert len(list((commands.instance / "renditions").iterdir())) == 24
    assert "pets  open        0 finished  Pets" in commands.run("list").output
    assert "paused" in commands.run("pause", "pets").output
    assert "is open" in commands.run("open", "pets").output
    assert "hitrate export pets" in commands.run("close", "pets").output
    assert "closed" in commands.run("list").output


def test_a_text_that_is_not_written_yet_is_told_and_the_draft_replaced(
    commands: Commands, tmp_path: Path
) -> None:
    file = tmp_path / "pets.toml"
    text = FILE.format(slug="pets", image_set="pictures")
    file.write_text(text)
    created = commands.run("create", str(file))
    assert "the consent text still says [NAME OF THE RESEARCHER, INSTITUTION" in created.stderr
    assert f"hitrate study create {file} --replace" in created.stderr
    assert "Warning: the consent text still says [NAME" in commands.run("open", "pets").stderr
    file.write_text(
        text.replace("Pets", "Dear pets") + "[texts]\nconsent = 'I am [A](https://b.c)'"
    )
    with pytest.raises(StudyError, match="--replace"):
        commands.run("create", str(file))
    with pytest.raises(StudyError, match="pets is open; close it first"):
        commands.run("create", str(file), "--replace")
    commands.run("close", "pets")
    assert commands.run("create", str(file), "--replace").stderr == ""
    assert "Warning" not in commands.run("open", "pets").stderr
    assert "pets  open        0 finished  Dear pets" in commands.run("list").output


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


def test_a_link_to_a_study_that_takes_nobody_says_so(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "pets.toml"
    file.write_text(FILE.format(slug="pets", image_set="pictures"))
    commands.run("create", str(file))
    assert "pets is draft" in commands.run("link", "pets").stderr
    assert commands.run("link", "pets", "--preview").stderr == ""
    commands.run("open", "pets")
    assert commands.run("link", "pets").stderr == ""


def test_links_of_every_kind(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "pets.toml"
    file.write_text(FILE.format(slug="pets", image_set="pictures"))
    commands.run("create", str(file))
    assert commands.run("link", "pets").stdout == "http://127.0.0.1:8000/s/pets\n"
    there = commands.run("link", "pets", "--base-url", "https://lab.example/").stdout
    assert there == "https://lab.example/s/pets\n"
    for kind in ("preview", "simulated"):
        assert "/s/pets?mode=" in commands.run("link", "pets", f"--{kind}").output
    for kind in ("results", "report"):
        links = {commands.run("link", "pets", f"--{kind}").output for _ in range(2)}
        assert len(links) == 2
        assert all("/open/" in link for link in links)


def test_check_says_what_will_happen(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "pets.toml"
    file.write_text(FILE.format(slug="pets", image_set="pictures"))
    said = commands.run("check", str(file)).output
    # 2 × 3 + 4 + 2 × 2 trials of 1.4 s.
    assert "14 trials of 600 + 800 ms, 20 s (0.3 minutes)" in said
    assert "Images: a participant's run needs 9; 24 available" in said
    assert f"{math.ceil(10 * 24 / 3)} participants" in said
    # 10 responses: .7/(1 + 9 × .07) = .43 and .43/(2 − .43) = .27; .3/(1 + 9 × .03) = .24.
    assert "R = 0.43 (ρ = 0.27 between halves) like MemCat's hit rates, R = 0.24" in said
    assert "n_targets is 3; in lamem2015 it is 66" in said
    assert "Khosla" in said
    assert "the consent text still says [NAME OF THE RESEARCHER, INSTITUTION," in said
    assert "no study yet" in commands.run("list").output


def test_check_refuses_what_create_would_refuse(commands: Commands, tmp_path: Path) -> None:
    file = tmp_path / "pets.toml"
    file.write_text(FILE.format(slug="pets", image_set="pictures").replace("[3, 9]", "[13, 14]"))
    for verb in ("check", "create"):
        with pytest.raises(ExperimentError, match="target_lags"):
            commands.run(verb, str(file))


def test_init_writes_a_file_that_check_takes_and_never_overwrites(
    commands: Commands, tmp_path: Path
) -> None:
    file = tmp_path / "my-study.toml"
    assert "hitrate study check" in commands.run("init", str(file)).output
    with pytest.raises(StudyError, match="already there"):
        commands.run("init", str(file))
    with pytest.raises(StudyError, match="no image set 'demo'"):
        commands.run("check", str(file))


def test_commands_refuse_a_database_that_is_not_migrated(instance: Path) -> None:
    with pytest.raises(ExperimentError, match="hitrate db upgrade"):
        CliRunner().invoke(command, ["list"], catch_exceptions=False)
    assert instance.is_dir()
