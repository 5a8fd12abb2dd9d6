"""The checker of Psych-DS finds what the specification forbids, in the specification's example."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.experiment.psych_ds_rules import problems

DATA = "data/primary_data/study-123a_subject-aaa1_session-3_data.csv"  # the specification's example
ABOUT = {
    "name": "Example dataset",
    "description": "This dataset is just an example",
    "variableMeasured": ["var1", "var2", "var3"],
    "@type": "Dataset",
    "@context": "https://schema.org",
}


def write(root: Path, files: dict[str, Any]) -> Path:
    """The specification's minimal dataset, with these files in it or (None) not in it."""
    valid: dict[str, Any] = {
        "dataset_description.json": ABOUT,
        "README.md": "An example",
        "CHANGES.md": "First",
        DATA: "var1,var2,var3\n1,2,3\n",
    }
    for name, content in {**valid, **files}.items():
        if content is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            text = content if isinstance(content, str) else json.dumps(content)
            (root / name).write_text(text, encoding="utf-8")
    return root


def codes(root: Path) -> set[str]:
    return {problem.partition(":")[0] for problem in problems(root)}


def test_the_specifications_example_is_fine(tmp_path: Path) -> None:
    assert problems(write(tmp_path, {})) == []


@pytest.mark.parametrize(
    ("name", "is_valid"),
    [  # those of the schema's troubleshooting of data files
        ("study-ExampleStudy_data.csv", True),
        ("study-ExampleStudy_condition-2_data.csv", True),
        ("data.csv", False),
        ("subject-XYZ_data2.csv", False),
        ("condition1-A_condition2-C_data.csv", False),
        ("subject-XYZ.csv", False),
        ("subject-X_Y_data.csv", False),
    ],
)
def test_names_of_data_files(name: str, is_valid: bool, tmp_path: Path) -> None:
    root = write(tmp_path, {f"data/{name}": "var1,var2,var3\n1,2,3\n"})
    assert ("FILENAME_KEYWORD_FORMATTING_ERROR" not in codes(root)) is is_valid


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("MISSING_DATASET_DESCRIPTION", {"dataset_description.json": None}),
        ("INVALID_JSON_FORMATTING", {"dataset_description.json": "{"}),
        ("INVALID_JSONLD_FORMATTING", {"dataset_description.json": []}),
        ("MISSING_DATASET_TYPE", {"dataset_description.json": {
            key: value for key, value in ABOUT.items() if key != "@type"
        }}),
        ("INCORRECT_DATASET_TYPE", {"dataset_description.json": {**ABOUT, "@type": "Person"}}),
        ("JSON_KEY_REQUIRED", {"dataset_description.json": {**ABOUT, "@context": "https://x.org"}}),
        ("JSON_KEY_REQUIRED", {"dataset_description.json": {**ABOUT, "name": ""}}),
        ("CSV_COLUMN_MISSING_FROM_METADATA", {DATA: "var1,var2,var4\n1,2,3\n"}),
        ("CSV_COLUMN_MISSING_FROM_METADATA", {
            DATA.replace(".csv", ".json"): {"variableMeasured": ["var4"]}
        }),
        ("VARIABLE_OF_NO_COLUMN", {DATA: "var1,var2\n1,2\n"}),
        ("VARIABLE_TWICE", {
            "dataset_description.json": {**ABOUT, "variableMeasured": [*"ab", "a"]},
            DATA: "a,b\n1,2\n",
        }),
        ("OBJECT_TYPE_MISSING", {
            "dataset_description.json": {**ABOUT, "variableMeasured": [{"name": "var1"}]}
        }),
        ("MISSING_DATAFILE", {DATA: None, "data/raw/movie.mp4": "…"}),
        ("MISSING_DATA_DIRECTORY", {DATA: None}),
        ("CSV_HEADER_MISSING", {DATA: "\n1,2,3\n"}),
        ("CSV_HEADER_REPEATED", {DATA: "var1,var1,var3\n1,2,3\n"}),
        ("CSV_HEADER_LENGTH_MISMATCH", {DATA: "var1,var2,var3\n1,2\n"}),
        ("CSV_HEADER_LENGTH_MISMATCH", {DATA: "var1,var2,var3\n1,2,3\n\n1,2,3\n"}),
        ("CSV_FORMATTING_ERROR", {DATA: 'var1,var2,var3\n1,2,"3\n'}),
        ("ROWID_VALUES_NOT_UNIQUE", {DATA: "row_id,var2\n1,2\n1,3\n"}),
        ("FILENAME_UNOFFICIAL_KEYWORD_WARNING", {"data/mood-sad_data.csv": "var1\n1\n"}),
        ("WRONG_METADATA_LOCATION", {"data/dataset_description.json": ABOUT}),
        ("FILE_NOT_CHECKED", {"notes.txt": "mine"}),
        ("FILE_EMPTY", {"README.md": ""}),
        ("MISSING_README_DOC", {"README.md": None}),
        ("MISSING_CHANGES_DOC", {"CHANGES.md": None}),
    ],
)  # fmt: skip
def test_what_is_forbidden_is_found(code: str, files: dict[str, Any], tmp_path: Path) -> None:
    assert code in codes(write(tmp_path, files))
