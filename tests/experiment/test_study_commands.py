"""The command `hitrate study`, on an instance of its own."""

import math
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from experiment import database as schema
from experiment.commands.study import study as command
from experiment.errors import ExperimentError, StudyError
from stimuli.importers import import_images
from tests.experiment.pictures import make_pictures
from tests.experiment.study_files import FILE


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
    assert "pets  open        0 completed  Pets" in commands.run("list").output
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
    assert "pets  open        0 completed  Dear pets" in commands.run("list").output


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
    for kind in ("results", "report", "sequence"):
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
    other = tmp_path / "other.toml"
    for words, refusal in (
        (("--preset", "lamem2014"), "did you mean 'lamem2015'"),
        (("--language", "xx"), "no known language code"),
    ):
        with pytest.raises(StudyError, match=refusal):
            commands.run("init", str(other), *words)
        assert not other.exists()
    commands.run("init", str(other), "--preset", "lamem2015", "--language", "pt-BR")
    assert 'language = "pt-BR"' in other.read_text()
    with pytest.raises(StudyError, match="no image set 'demo'"):
        commands.run("check", str(file))


def test_commands_refuse_a_database_that_is_not_migrated(instance: Path) -> None:
    with pytest.raises(ExperimentError, match="hitrate db upgrade"):
        CliRunner().invoke(command, ["list"], catch_exceptions=False)
    assert instance.is_dir()
