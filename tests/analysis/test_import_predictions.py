"""Predictions as files hold them, and whose images they are."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import DatasetError
from analysis.importers.predictions import match_predictions, read_predictions

SHA_A, SHA_B = "a" * 64, "b" * 64


def read(path: Path, text: str) -> pd.DataFrame:
    path.write_text(text, encoding="utf-8")
    return read_predictions(path).table


def images(*ids: str, sha256: list[str | None] | None = None) -> pd.DataFrame:
    return pd.DataFrame({"image_id": ids, "sha256": sha256 or [None] * len(ids)}, dtype=object)


def test_codebook_table_is_read_with_its_failures(tmp_path: Path) -> None:
    text = "image_id,sha256,model,prediction,fingerprint,error\na,,m,.5,f,\nb,,m,,,truncated\n"
    table = read(tmp_path / "p.csv", text)
    assert list(table["prediction"].isna()) == [False, True]
    assert table["error"].iloc[1] == "truncated"


def test_plain_column_is_a_model_of_its_name(tmp_path: Path) -> None:
    table = read(tmp_path / "set1.csv", "image_name,resmem,note\na.jpg,0.25,x\nb.jpg,,y\n")
    assert list(table["model"]) == ["resmem", "resmem"]
    assert table["prediction"].iloc[0] == 0.25
    assert table["error"].iloc[1] == "no value in the file"


def test_column_called_prediction_takes_the_file_name_for_the_model(tmp_path: Path) -> None:
    assert set(read(tmp_path / "vitmem.csv", "image,score\na,1\nb,2\n")["model"]) == {"vitmem"}


def test_several_columns_are_several_models(tmp_path: Path) -> None:
    table = read(tmp_path / "p.csv", "image,one,two\na,1,2\n")
    assert dict(zip(table["model"], table["prediction"], strict=True)) == {"one": 1, "two": 2}


def test_parquet_reads_like_csv(tmp_path: Path) -> None:
    pd.DataFrame({"image": ["a"], "m": [0.5]}).to_parquet(tmp_path / "p.parquet")
    table = read_predictions(tmp_path / "p.parquet").table
    assert table[["image_id", "model", "prediction"]].to_numpy().tolist() == [["a", "m", 0.5]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image_id,model,prediction\na,m,x\n", "p.csv line 2, column prediction: 'x' is not a num"),
        ("image_id,model,prediction\na,m,1\na,m,2\n", "is also on line 2"),
        ("image,note\na,b\n", "has the columns image, note; predictions need"),
        ("image_id,model,prediction\n", "has column names and no rows"),
        ("image,m\n", "has column names and no rows"),
        ("img001,0.5\nimg002,0.6\n", "p.csv line 1: '0.5' stands where a column's name belongs"),
        ("image,m\na,1\na,2\n", "image_id 'a', model 'm' is also on line 2"),
    ],
)
def test_wrong_predictions_are_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as error:
        read(tmp_path / "p.csv", text)
    assert message in str(error.value)


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is not a file"):
        read_predictions(tmp_path / "p.csv")


def predictions(*rows: tuple[str, str | None, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["image_id", "sha256", "prediction"])
    return frame.assign(model="m", fingerprint=None, error=None)


def test_predictions_find_their_images_by_id_by_sha256_and_without_suffix() -> None:
    rows = predictions(("x/a", None, 1), ("elsewhere", SHA_B, 2), ("x/c.jpg", None, 3))
    matched = match_predictions(rows, images("x/a", "x/b", "x/c", sha256=[None, SHA_B, None]))
    found = dict(zip(matched.table["image_id"], matched.table["prediction"], strict=True))
    assert found == {"x/a": 1, "x/b": 2, "x/c": 3}
    assert matched.unknown.empty
    assert matched.other_picture.empty


def test_prediction_of_another_picture_or_image_is_set_aside() -> None:
    rows = predictions(("a", SHA_B, 1), ("z", None, 2), ("b", None, 3))
    matched = match_predictions(rows, images("a", "b", sha256=[SHA_A, None]))
    assert list(matched.table["image_id"]) == ["b"]
    assert list(matched.other_picture["image_id"]) == ["a"]
    assert "1 of 3 predictions set aside" in matched.notes()[1]
    assert list(matched.unknown["image_id"]) == ["z"]


def test_a_file_name_is_enough_where_only_one_image_has_it() -> None:
    rows = predictions(
        ("/home/x/a.jpg", None, 1), ("deep\\b.png", None, 2), ("1/c", None, 3), ("2/c", None, 4)
    )
    matched = match_predictions(rows, images("set/a", "b", "set/c", "two/d", "three/d"))
    assert list(matched.table["image_id"]) == ["set/a", "b"]
    assert list(matched.unknown["image_id"]) == ["1/c", "2/c"]  # whose is set/c?


def test_a_file_name_takes_no_image_that_is_named_in_full() -> None:
    rows = predictions(("a", None, 1), ("other/a", None, 2), ("b", None, 3))
    matched = match_predictions(rows, images("a", "b"))
    assert list(matched.table["prediction"]) == [1, 3]
    assert matched.notes() == (
        "2 of 3 predictions are of the dataset's images; it has no 'other/a'",
    )


def test_predictions_of_no_image_are_refused_with_names_of_both() -> None:
    rows = predictions(*((f"zz{i}", None, i) for i in range(5)))
    with pytest.raises(DatasetError) as error:
        match_predictions(rows, images("img0", "img1"))
    assert "they are of 'zz0', 'zz1', 'zz2', …; the dataset has 'img0', 'img1'" in str(error.value)


def test_two_predictions_of_one_image_are_refused() -> None:
    with pytest.raises(DatasetError, match="two predictions of m"):
        match_predictions(predictions(("a.jpg", None, 1), ("a", None, 2)), images("a"))
