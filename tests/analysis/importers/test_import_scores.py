"""Score tables in the exact form of LaMem, MemCat and THINGS, with made-up numbers."""

from pathlib import Path

import pytest

from analysis.errors import DatasetError
from tests.analysis.importers.importing import Result, import_files


def scores(result: Result) -> list[tuple[str, str, float]]:
    """The table image_scores as plain rows."""
    table = result.dataset.image_scores
    assert table is not None
    return list(table[["image_id", "score", "value"]].itertuples(index=False, name=None))


def test_lamem_splits_give_a_score_each_and_say_whose_they_are(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "train_1.txt": "00029118.jpg 0.962963\n00047893.jpg 0.900000\n",
        "train_2.txt": "00047893.jpg 0.850000\n00029118.jpg 0.912000\n",
    }
    result = import_files(tmp_path, files)
    assert scores(result) == [
        ("00029118", "memorability_train_1", 0.962963),
        ("00047893", "memorability_train_1", 0.9),
        ("00047893", "memorability_train_2", 0.85),
        ("00029118", "memorability_train_2", 0.912),
    ]
    assert list(result.dataset.images["image_id"]) == ["00029118", "00047893"]
    assert result.dataset.meta["scores_of_halves"] == [
        "memorability_train_1",
        "memorability_train_2",
    ]
    assert any("on scale A" in line for line in result.dataset.meta["import"]["understood"])
    assert [source["name"] for source in result.dataset.meta["import"]["sources"]] == list(files)


def test_lamem_splits_name_lines_that_contradict(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as error:
        import_files(tmp_path, {"val_3.txt": "a.jpg 0.5\na.jpg 0.5\nb.jpg 0.1\nb.jpg 0.2\n"})
    assert "val_3.txt line 4, column column 2: 'b' is also on val_3.txt line 3 with another" in str(
        error.value
    )
    assert "1 problem" in str(error.value)


def test_memcat_gives_its_counts_and_its_scores(tmp_path: Path) -> None:
    text = (
        "image_file,category,subcategory,current_height,current_width,source,searched_label,"
        "resize_factor,H,FA,n_resp,memorability_wo_fa_correction,memorability_w_fa_correction\n"
        "000000003832.jpg,vehicle,pleasure boat,426,640,coco,boat,1,63,5,80,0.7875,0.725\n"
    )
    result = import_files(tmp_path, {"memcat_image_data.csv": text})
    counts = result.dataset.image_counts
    assert counts is not None
    row = counts.iloc[0]
    assert (row["hits"], row["repeats"], row["false_alarms"], row["firsts"]) == (63, 80, 5, 80)
    # 63/80 and (63 − 5)/80, as MemCat prints them.
    assert scores(result) == [
        ("000000003832", "memorability_wo_fa_correction", 0.7875),
        ("000000003832", "memorability_w_fa_correction", 0.725),
    ]
    assert result.dataset.images.iloc[0]["category"] == "vehicle"


def test_things_gives_corrected_recognition(tmp_path: Path) -> None:
    text = "image_nr,image_name,file_path,cr\n"
    text += "1,aardvark_01b.jpg,images/aardvark/aardvark_01b.jpg,0.81\n"
    result = import_files(tmp_path, {"THINGS_Memorability_Scores.csv": text})
    assert scores(result) == [("aardvark_01b", "corrected_recognition", 0.81)]
    assert result.said("image_nr: numbers the rows")
    assert result.said("file_path: another name of the image")


def test_any_table_of_images_and_numbers_gives_scores(tmp_path: Path) -> None:
    text = "picture;category;memorability;n;note\na.png;cat;0,75;12;x\nb.png;dog;;9;y\n"
    result = import_files(tmp_path, {"t.csv": text}, kind="scores")
    assert scores(result) == [("a", "memorability", 0.75)]
    table = result.dataset.image_scores
    assert table is not None
    assert table["n"].tolist() == [12]
    assert result.dataset.images["category"].tolist() == ["cat", "dog"]
    assert result.said("note: holds no numbers")
    assert result.said("1 row: no value in memorability (t.csv line 3)")


def test_unparsable_scores_are_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="line 3, column score: 'high' is not a number"):
        import_files(tmp_path, {"t.csv": "image,score\na,1\nb,high\nc,2\n"}, kind="scores")
