"""The method in words, what to cite, and the page docs/exporting.md."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

import experiment
from analysis.dataset import read_dataset
from experiment.commands.export import FLAVOURS as COMMAND_FLAVOURS
from experiment.commands.export import export as export_command
from experiment.database import Database
from experiment.design.presets import PRESETS
from experiment.export.citation import references
from experiment.export.facts import Facts, LeftOut, facts_of
from experiment.export.methods import method_paragraphs
from experiment.export.options import Options
from experiment.export.writing import FLAVOURS
from experiment.models import AuditEntry, Exclusion, Image, Participant, Prediction, Run, Study
from tests.experiment.export_lab import T0, Lab, make_lab

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "exporting.md").read_text("utf-8")


@pytest.fixture
def lab(database: Database, tmp_path: Path) -> Lab:
    return make_lab(database, tmp_path)


def known(lab: Lab) -> tuple[Study, Facts]:
    with lab.database.read() as session:
        study = session.scalars(select(Study).where(Study.slug == "known")).one()
        assert study.image_set.name == "letters"  # loaded while the session is open
        return study, facts_of(session, study, Options())


def words(lab: Lab, **options: bool) -> dict[str, str]:
    study, facts = known(lab)
    return method_paragraphs(study, facts, Options(**options))  # type: ignore[arg-type] # the booleans only


def test_numbers_in_the_method_are_those_of_the_database(lab: Lab) -> None:
    """aaaa finished a run with nine of its ten trials stored; dddd agreed and did nothing."""
    _, facts = known(lab)
    assert facts == Facts(
        n_images=6, n_people=2, n_played=1, n_finished=1, outcomes=(), n_runs=1, n_whole_runs=1,
        n_trials=9, first_at=T0, last_at=facts.last_at, left_out=(),
    )  # fmt: skip
    assert facts.last_at is not None
    assert (facts.last_at - T0).total_seconds() == 60  # the run's end
    assert words(lab)["Participants"] == (
        "2 people agreed to take part on 2026-01-31 (UTC). 1 of them began the game and 1 finished "
        "at least one run; there are 1 runs, 1 of them played to their planned end, with 9 shown "
        "trials."
    )


def test_exclusions_are_told_by_rule_and_by_what_they_take(lab: Lab) -> None:
    with lab.database.write() as session:
        person = session.scalars(select(Participant).where(Participant.public_id == "aaaa")).one()
        run = session.scalars(select(Run).where(Run.public_id == "aaaa-run")).one()
        for run_id, level, rule, who in (
            (run.id, 1, "vigilance", "rule"),
            (run.id, None, "vigilance", "rule"),
            (None, None, "by hand", "researcher"),
        ):
            session.add(
                Exclusion(
                    participant_id=person.id, run_id=run_id, level=level, rule=rule, number=None,
                    decided_by=who, created_at=T0,
                )
            )  # fmt: skip
    assert words(lab)["Exclusions"] == (
        "Left out of the scores, and still in the data: 1 participant by hand (by hand); 1 run by "
        "the rule 'vigilance'; 1 level by the rule 'vigilance'. One participant or run may be left "
        "out for several reasons."
    )
    assert known(lab)[1].left_out[0] == LeftOut("participants", "by hand", "researcher", 1)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_published_paradigm_can_be_told_in_words(lab: Lab, preset: str) -> None:
    paradigm = PRESETS[preset]
    with lab.database.write() as session:
        study = session.scalars(select(Study).where(Study.slug == "known")).one()
        study.paradigm = paradigm.to_dict()
        study.definition = {"preset": preset, "recruitment": {"kind": "prolific"}}
    found = words(lab)
    assert f"shown for {paradigm.stimulus_ms} ms, followed by {paradigm.gap_ms} ms" in found["Task"]
    assert paradigm.source in found["Task"]
    assert "recruited through Prolific" in found["Participants"]
    assert found["Differences from the published task"].startswith("none in the parameters")
    assert found["Attention rules"].count("vigilance:") == 1
    study, facts = known(lab)
    assert references(study, facts)["The paradigm"] == paradigm.source


def test_a_paradigm_of_ones_own_has_no_differences_and_no_source(lab: Lab) -> None:
    own = replace(
        PRESETS["lamem2015"], name="own", source="", attention=(), n_vigilance=0, keys=("r", " "),
        feedback="border", gap_ms=1500,
    )  # fmt: skip
    with lab.database.write() as session:
        study = session.scalars(select(Study).where(Study.slug == "known")).one()
        study.paradigm = own.to_dict()
        study.definition = {"language": "en"}
    found = words(lab)
    assert "Differences from the published task" not in found
    assert "The task is the researchers' own. Each image" in found["Task"]
    assert "pressed the key r or the space bar whenever" in found["Task"]
    assert "vigilance" not in found["Task"]
    assert found["Attention rules"] == "There were no attention rules."
    study, facts = known(lab)
    assert "The paradigm" not in references(study, facts)


def test_a_study_that_nobody_came_to_says_so(lab: Lab) -> None:
    with lab.database.write() as session:
        for person in session.scalars(select(Participant)):
            session.delete(person)
    assert words(lab)["Participants"] == "Nobody has agreed to take part."


def test_predictions_are_exported_unless_they_are_hidden(lab: Lab, tmp_path: Path) -> None:
    with lab.database.write() as session:
        study = session.scalars(select(Study).where(Study.slug == "known")).one()
        sums = {image.image_id: image.sha256 for image in session.scalars(select(Image))}
        for image, value, error in (("b", 0.75, None), ("a", None, "cannot be read")):
            session.add(
                Prediction(
                    study_id=study.id, model="=resmem", sha256=sums[image], value=value,
                    fingerprint=None, error=error, stored_at=T0,
                )
            )  # fmt: skip
    lab.export(tmp_path / "out")
    assert (tmp_path / "out" / "predictions.csv").read_text("utf-8").splitlines() == [
        "image_id,sha256,model,prediction,fingerprint,error",
        f"a,{sums['a']},'=resmem,,,cannot be read",
        f"b,{sums['b']},'=resmem,0.75,,",
    ]
    assert read_dataset(tmp_path / "out").predictions is not None
    with lab.database.write() as session:
        session.scalars(select(Study).where(Study.slug == "known")).one().is_blinded = True
    lab.export(tmp_path / "out")
    assert not (tmp_path / "out" / "predictions.csv").exists()


def test_the_commands_of_the_page_work_and_are_recorded(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = lab.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("HITRATE_DATABASE_URL", url)
    monkeypatch.setenv("HITRATE_INSTANCE", str(lab.instance))
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^    hitrate export (.*?)(?: +#.*)?$", PAGE, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        arguments = command.replace("export kitchens", "known").split()
        result = CliRunner().invoke(export_command, ["known", *arguments[1:]])
        assert result.exit_code == 0, result.output
        assert "6 images, 2 participants, 1 runs, 9 trials" in result.output
    assert (tmp_path / "kitchens-data" / "dataset.json").is_file()
    assert (tmp_path / "kitchens.zip").is_file()
    with lab.database.read() as session:
        entries = list(session.scalars(select(AuditEntry)))
    assert [(entry.who, entry.action, entry.study) for entry in entries] == [
        ("command", "export.made", "known")
    ] * 2


def test_the_python_of_the_page_works(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    url = lab.database.engine.url.render_as_string(hide_password=False)
    code = code.replace("sqlite:///instance/hitrate.db", url).replace('"kitchens"', '"known"')
    monkeypatch.chdir(tmp_path)
    exec(compile(code + "\ndatabase.close()", "exporting.md", "exec"), {})  # noqa: S102 (our own page)
    assert (tmp_path / "kitchens.zip").is_file()


def test_the_page_and_the_command_name_every_flavour() -> None:
    assert tuple(FLAVOURS) == COMMAND_FLAVOURS
    assert set(re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE)) == set(FLAVOURS)
    assert (Path(experiment.__file__).parent / "export" / "bids_events.json").is_file()
