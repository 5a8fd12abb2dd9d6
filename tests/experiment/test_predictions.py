"""Predictions from a file: what matches, what does not, and that it is all or nothing."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from experiment.access import COMMAND
from experiment.commands.predictions import predictions as command
from experiment.database import Database
from experiment.errors import ConflictError, ExperimentError, InvalidError, NotFoundError
from experiment.models import AuditEntry, Image, Prediction, Study
from experiment.predictions.importing import Imported, import_predictions, kept_aside
from experiment.predictions.storing import (
    NewPrediction,
    delete_model,
    prediction_table,
    store_predictions,
    stored_models,
)
from experiment.runs import find_study
from tests.experiment.rows import add_study

N = 24  # pictures of the study


@pytest.fixture
def study(database: Database) -> Study:
    """The study `pictures`, of picture_000 to picture_023."""
    with database.write() as session:
        study = add_study(session)
        study.slug = "pictures"
        study.definition = {"images": {"targets": "all", "fillers": "all"}}
        for number, image in enumerate(study.image_set.images):
            image.image_id = f"picture_{number:03}"
        study.image_set.images += [
            Image(
                image_id=f"picture_{number:03}",
                sha256=f"{number:064x}",
                width_px=1,
                height_px=1,
                attributes={},
            )
            for number in range(3, N)
        ]
    return study


def sha256_of(database: Database, number: int) -> str:
    with database.read() as session:
        query = select(Image.sha256).where(Image.image_id == f"picture_{number:03}")
        return session.scalars(query).one()


def take(database: Database, path: Path, text: str, **options: object) -> Imported:
    """Import a file with this text."""
    path.write_text(text)
    with database.write() as session:
        study = find_study(session, "pictures")
        return import_predictions(session, study, path, COMMAND, **options)  # type: ignore[arg-type] # model and replace


def plain(numbers: range, header: str = "image,resmem") -> str:
    """A table of pictures, each with a hundredth of its number."""
    rows = [f"picture_{number:03}.png,{number / 100}" for number in numbers]
    return "\n".join([header, *rows])


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).select_from(Prediction)).one()


def test_a_plain_table_is_matched_by_the_names_of_its_files(
    study: Study, database: Database, tmp_path: Path
) -> None:
    found = take(database, tmp_path / "a.csv", plain(range(N)))
    assert found.sentences() == ["resmem: predictions of 24 of 24 images."]
    with database.read() as session:
        table = prediction_table(session, study, "resmem")
    assert list(table["prediction"]) == pytest.approx([number / 100 for number in range(N)])
    assert table["image_id"].iloc[7] == "picture_007"
    assert table["sha256"].iloc[7] == sha256_of(database, 7)


def test_pictures_are_matched_by_their_hash_where_nothing_else_names_them(
    study: Study, database: Database, tmp_path: Path
) -> None:
    rows = [f"{sha256_of(database, number)},0.{number}" for number in (3, 5)]
    take(database, tmp_path / "a.csv", "\n".join(["file,net", *rows]))
    with database.read() as session:
        table = prediction_table(session, study)
    assert dict(zip(table["image_id"], table["prediction"], strict=True)) == {
        "picture_003": 0.3,
        "picture_005": 0.5,
    }


def test_what_is_missing_and_what_matches_nothing_is_told(
    study: Study, database: Database, tmp_path: Path
) -> None:
    text = "\n".join([plain(range(20)), "elsewhere.png,0.5", "picture_020.png,"])
    found = take(database, tmp_path / "a.csv", text)
    (one,) = found.models
    # 20 values; picture_020 has none in the file; 021 to 023 are not in it.
    assert (one.n_images, one.n_errors, one.n_of) == (20, 1, N)
    assert one.missing == ("picture_021", "picture_022", "picture_023")
    told = found.sentences()
    assert told[0].startswith("resmem: predictions of 20 of 24 images. The file has no value for 1")
    assert "it has no 'elsewhere.png'" in told[1]
    with database.read() as session:
        (stored,) = stored_models(session, study)
    assert (stored.n_images, stored.n_errors, stored.n_missing) == (20, 1, 3)


def test_a_hash_of_another_picture_sets_the_prediction_aside(
    study: Study, database: Database, tmp_path: Path
) -> None:
    other, own = "ab" * 32, sha256_of(database, 1)
    text = (
        "image_id,sha256,model,prediction,fingerprint,error\n"
        f"picture_000,{other},net,0.5,,\n"
        f"picture_001,{own},net,0.25,{'cd' * 32},\n"
    )
    found = take(database, tmp_path / "a.csv", text)
    assert "another picture was scored ('picture_000')" in found.unmatched[0]
    with database.read() as session:
        table = prediction_table(session, study)
        (stored,) = stored_models(session, study)
    assert list(table["image_id"]) == ["picture_001"]
    assert stored.fingerprint == "cd" * 32


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("image,net\nelsewhere,0.5\n", "no prediction is of an image of the study"),
        ("image,net\npicture_001,0.5\npicture_001.png,0.25\n", "two predictions of net"),
        ("image,net\npicture_001,0.5\npicture_001,0.25\n", "picture_001"),
        ("", "is empty"),
        ("image;net\npicture_001;0,5\n", "separates by semicolons"),
        ("image,net\npicture_001,many\n", "a.csv: has the columns"),
        ("image_id,model,prediction\npicture_001,net,inf\n", "is not a number"),
        ("image_id,model,prediction\npicture_001,,0.5\n", "is empty"),
        (f"image,{'x' * 81}\npicture_001,0.5\n", "81 characters"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(
    study: Study, database: Database, tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        take(database, tmp_path / "a.csv", text)
    assert told in str(refused.value)
    assert str(tmp_path) not in str(refused.value)
    assert count(database) == 0


def test_predictions_of_a_model_are_replaced_only_when_that_is_asked_for(
    study: Study, database: Database, tmp_path: Path
) -> None:
    take(database, tmp_path / "a.csv", plain(range(N)))
    both = "image,resmem,net\npicture_000,0.9,0.1\n"
    with pytest.raises(ConflictError, match="predictions of resmem already"):
        take(database, tmp_path / "a.csv", both)
    assert count(database) == N  # net was not kept either
    found = take(database, tmp_path / "a.csv", both, replace=True)
    assert [one.n_replaced for one in found.models] == [N, 0]
    assert "They took the place of 24 older ones." in found.sentences()[0]
    with database.read() as session:
        table = prediction_table(session, study)
    assert list(zip(table["model"], table["prediction"], strict=True)) == [
        ("net", 0.1),
        ("resmem", 0.9),
    ]


def test_a_model_can_be_given_a_name_where_the_file_has_one(
    study: Study, database: Database, tmp_path: Path
) -> None:
    text = plain(range(3), "image,prediction")
    assert take(database, tmp_path / "my net.csv", text).models[0].model == "my net"
    assert take(database, tmp_path / "a.csv", text, model="other").models[0].model == "other"
    with pytest.raises(InvalidError, match="several models"):
        take(database, tmp_path / "a.csv", "image,a,b\npicture_000,1,2\n", model="other")


@pytest.mark.parametrize("name", ["", " ", "a ", "a\nb", "x" * 81])
def test_a_name_that_no_page_can_show_is_refused(
    study: Study, database: Database, name: str
) -> None:
    with database.write() as session, pytest.raises(InvalidError):
        store_predictions(session, study, name, [NewPrediction("a" * 64, 0.5, None, None)])


def test_what_was_imported_and_deleted_is_in_the_record(
    study: Study, database: Database, tmp_path: Path
) -> None:
    take(database, tmp_path / "a.csv", plain(range(N)))
    with database.write() as session:
        assert delete_model(session, find_study(session, "pictures"), "resmem", COMMAND) == N
        with pytest.raises(NotFoundError):
            delete_model(session, find_study(session, "pictures"), "resmem", COMMAND)
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.detail) for entry in entries] == [
        ("predictions.imported", {"models": {"resmem": N}, "replaced": 0}),
        ("predictions.deleted", {"model": "resmem", "predictions": N}),
    ]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/net.csv", "net.csv"),
        ("C:\\Users\\me\\net.csv", "net.csv"),
        ("..", "predictions.csv"),
        ("", "predictions.csv"),
        (f"{'ü' * 300}.csv", f"{'ü' * 46}.csv"),
    ],
)
def test_a_file_that_is_sent_keeps_its_name_and_nothing_else_of_its_path(
    sent: str, kept: str
) -> None:
    with kept_aside(b"content", sent) as path:
        assert (path.name, path.read_bytes()) == (kept, b"content")
    assert not path.parent.exists()


def test_the_commands_import_list_and_delete(
    study: Study,
    database: Database,
    instance: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(
        "HITRATE_DATABASE_URL", database.engine.url.render_as_string(hide_password=False)
    )

    def run(*words: str, answer: str = "") -> str:
        result = CliRunner().invoke(command, [*words, "--instance", str(instance)], input=answer)
        if isinstance(result.exception, ExperimentError):
            return str(result.exception)
        return result.output

    file = tmp_path / "a.csv"
    file.write_text(plain(range(N)))
    assert "has no predictions" in run("list", "pictures")
    assert "resmem: predictions of 24 of 24 images." in run("import", "pictures", str(file))
    assert "already" in run("import", "pictures", str(file))
    assert "net: predictions" in run("import", "pictures", str(file), "--model", "net")
    assert "took the place of 24" in run("import", "pictures", str(file), "--replace")
    listed = run("list", "pictures").splitlines()
    assert [line.split("  ")[:2] for line in listed] == [
        ["net", "24 of 24 images"],
        ["resmem", "24 of 24 images"],
    ]
    assert "there" not in run("delete", "pictures", "other")
    assert "it has: net, resmem" in run("delete", "pictures", "other")
    assert "Aborted" in run("delete", "pictures", "net", answer="n\n")
    assert "Deleted" in run("delete", "pictures", "net", answer="y\n")
    assert "Deleted" in run("delete", "pictures", "resmem", "--yes")
    assert count(database) == 0
