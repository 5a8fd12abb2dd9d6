"""Count tables of other people: what is understood, what is left out, what is refused."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.dataset import write_dataset
from analysis.errors import DatasetError
from analysis.importers.counts import import_counts
from analysis.importers.naming import count_column, image_column, is_rate


def counts(path: Path, text: str, **columns: str) -> pd.DataFrame:
    path.write_text(text, encoding="utf-8")
    return import_counts(path, columns).tables["image_counts"]


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("hits", ("", "hits")),
        ("H", ("", "hits")),
        ("target_hit", ("target", "hits")),
        ("filler_cr", ("filler", "correct_rejections")),
        ("False Alarms", ("", "false_alarms")),
        ("n_resp", ("", "responses")),
        ("memoir_nresp", ("memoir", "responses")),
        ("number_of_correct_rejections", ("", "correct_rejections")),
        ("target_hr", None),
        ("mean_response_time", None),
    ],
)
def test_count_columns_are_known_by_the_end_of_their_names(
    name: str, meaning: tuple[str, str] | None
) -> None:
    assert count_column(name) == meaning


def test_column_of_image_ids_is_known_by_its_name() -> None:
    assert image_column(["H", "file_name", "name"]) == "file_name"
    assert image_column(["H", "FA"]) is None


def test_hits_and_misses_make_repeats(tmp_path: Path) -> None:
    text = "image_name,target_hit,target_miss,target_fa,target_cr,target_hr\na.jpg,7,3,1,9,.7\n"
    table = counts(tmp_path / "t.csv", text)
    assert table.to_dict("records") == [
        {
            "image_id": "a",
            "hits": 7,
            "repeats": 10,
            "false_alarms": 1,
            "firsts": 10,
            "group": "target",
        }
    ]


def test_one_number_of_responses_serves_both_rates(tmp_path: Path) -> None:
    row = counts(tmp_path / "t.csv", "image_file,H,FA,n_resp\na.jpg,7,1,10\n").iloc[0]
    assert (row["hits"], row["repeats"], row["false_alarms"], row["firsts"]) == (7, 10, 1, 10)


def test_groups_stay_apart_and_unknown_pairs_are_missing(tmp_path: Path) -> None:
    text = "image,hits,misses,filler_fa,filler_cr\na,1,2,3,4\n"
    table = counts(tmp_path / "t.csv", text)
    assert table["group"].tolist() == ["target", "filler"]
    assert table["repeats"].isna().tolist() == [False, True]
    assert table["firsts"].isna().tolist() == [True, False]
    assert (table["repeats"].iloc[0], table["firsts"].iloc[1]) == (3, 7)


def test_reader_says_what_columns_are(tmp_path: Path) -> None:
    text = "picture,yes_old,n_old,yes_new,n_new\na,5,9,1,8\n"
    named = {
        "image_id": "picture",
        "hits": "yes_old",
        "repeats": "n_old",
        "false_alarms": "yes_new",
        "firsts": "n_new",
    }
    row = counts(tmp_path / "t.csv", text, **named).iloc[0]
    assert (row["hits"], row["repeats"], row["false_alarms"], row["firsts"]) == (5, 9, 1, 8)


def test_all_but_rates_become_attributes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "image,hits,misses,category,mood,hr,n_participants\nx/a.png,1,2,cat,calm,.3,9\n"
    )
    imported = import_counts(path)
    assert imported.tables["images"].to_dict("records") == [
        {"image_id": "x/a", "category": "cat", "mood": "calm", "n_participants": "9"}
    ]
    assert imported.left_out == ("hr: a rate or score, which is computed again from the counts",)
    assert write_dataset(imported.tables, tmp_path / "out").trials is None


@pytest.mark.parametrize(
    ("name", "rate"),
    [("target_hr", True), ("False-alarm rate", True), ("d_prime", True), ("current_height", False)],
)
def test_rates_are_known_by_the_end_of_their_names(name: str, rate: bool) -> None:
    assert is_rate(name) is rate


def test_a_named_column_leaves_the_others_to_be_guessed(tmp_path: Path) -> None:
    text = "image,H,FA,misses,shown\na,7,1,9,10\n"
    row = counts(tmp_path / "t.csv", text, responses="shown").iloc[0]
    assert (row["hits"], row["repeats"], row["false_alarms"], row["firsts"]) == (7, 10, 1, 10)


def test_suffixes_stay_where_ids_would_meet(tmp_path: Path) -> None:
    table = counts(tmp_path / "t.csv", "image,hits,misses\na.jpg,1,2\na.png,2,1\n")
    assert list(table["image_id"]) == ["a.jpg", "a.png"]


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("image,x\na,1\n", {}, "no columns hold counts"),
        ("image,hr\na,.5\n", {}, "are imported with --as scores"),
        ("image,hits,misses\n", {}, "has column names and no rows"),
        ("image;hits\na;1\n", {}, "no columns hold counts"),
        ("x,hits,misses\n1,1,2\n", {}, "no column names the images"),
        ("image,hits,misses\na,1.5,2\n", {}, "line 2, column hits: '1.5' is not a whole number"),
        ("image,hits,misses\na,-1,2\n", {}, "line 2, column hits: '-1' is below 0"),
        ("image,hits,repeats\na,3,2\n", {}, "line 2, column hits: is above repeats"),
        ("image,hits,misses\na,1,2\na,1,3\n", {}, "line 3, column image_id: image_id 'a' is also"),
        ("image,hits,misses,repeats\na,1,2,4\n", {}, "line 2, column repeats: is not hits"),
        ("image,hits,misses\na,1,2\n", {"hits": "h"}, "--map hits=h: t.csv has image, hits"),
        ("image,hits,misses\na,1,2\n", {"hit": "hits"}, "'hit' is none of"),
        ("image,a,b\na,1,2\n", {"hits": "a"}, "what are they a part of?"),
    ],
)
def test_what_cannot_be_right_is_refused(
    text: str, columns: dict[str, str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError) as error:
        counts(tmp_path / "t.csv", text, **columns)
    assert message in str(error.value)
