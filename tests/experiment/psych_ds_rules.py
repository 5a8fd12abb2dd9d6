"""The rules of Psych-DS 1.5.0, written from its specification ("Rules and Conventions" and the
schema model, versions 1.4.2 to 1.5.0) and from nothing that hitrate writes. Codes are the schema's
own; the last two are stricter than it: `variableMeasured` has to be exact as well as complete.
"""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAME = re.compile(r"([a-z]+-[a-zA-Z0-9]+)(_[a-z]+-[a-zA-Z0-9]+)*_data\.csv")
OFFICIAL = {
    *("study", "site", "subject", "session", "task", "condition", "trial", "stimulus"),
    "description",
}
SCHEMA_ORG = ("https://schema.org", "http://schema.org")
REQUIRED = ("name", "description", "variableMeasured")
FOLDERS = ("data", "analysis", "results", "materials", "documentation", "products")
TEXTS = ("README", "CHANGES")


def problems(root: Path) -> list[str]:
    """``CODE: where and what`` for each broken rule or recommendation; [] if there is none."""
    return [*metadata_problems(root), *place_problems(root), *data_problems(root)]


def read_json(file: Path) -> Any:
    """The content of a JSON file, or the code of what is wrong with it."""
    try:
        return json.loads(file.read_bytes().decode("utf-8"))
    except UnicodeDecodeError:
        return "JSON_ENCODING_ERROR"
    except json.JSONDecodeError:
        return "INVALID_JSON_FORMATTING"


def metadata_problems(root: Path) -> Iterator[str]:
    """The global metadata file: there, JSON, a Dataset of schema.org with the required fields."""
    file = root / "dataset_description.json"
    if not file.is_file():
        yield "MISSING_DATASET_DESCRIPTION: dataset_description.json"
        return
    about = read_json(file)
    if isinstance(about, str):
        yield f"{about}: {file.name}"
        return
    if not isinstance(about, dict):
        yield f"INVALID_JSONLD_FORMATTING: {file.name} is no object"
        return
    if "@type" not in about and "type" not in about:
        yield f"MISSING_DATASET_TYPE: {file.name}"
    elif unprefixed(str(about.get("@type", about.get("type")))) != "Dataset":
        yield f"INCORRECT_DATASET_TYPE: {file.name}"
    for key in REQUIRED:
        if not field_of(about, key):
            yield f"JSON_KEY_REQUIRED: {key} of schema.org in {file.name}"
    for text in TEXTS:
        if not any((root / f"{text}{suffix}").is_file() for suffix in (".md", ".txt")):
            yield f"MISSING_{text}_DOC: {text}.md"


def unprefixed(name: str) -> str:
    """A term of schema.org without its namespace."""
    for namespace in SCHEMA_ORG:
        if name.startswith(f"{namespace}/"):
            return name.removeprefix(f"{namespace}/")
    return name


def field_of(about: dict[str, Any], key: str) -> Any:
    """A field in the namespace of schema.org; None if it is not there."""
    for namespace in SCHEMA_ORG:
        if f"{namespace}/{key}" in about:
            return about[f"{namespace}/{key}"]
    is_schema_org = str(about.get("@context", "")).rstrip("/") in SCHEMA_ORG
    return about.get(key) if is_schema_org else None


def place_problems(root: Path) -> Iterator[str]:
    """Files that the specification has no place for, empty ones, and metadata elsewhere."""
    ignored = root / ".psychds-ignore"
    patterns = ignored.read_text("utf-8").split() if ignored.is_file() else []
    if not (root / "data").is_dir():
        yield "MISSING_DATA_DIRECTORY: data"
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        place = file.relative_to(root)
        if file.stat().st_size == 0:
            yield f"FILE_EMPTY: {place}"
        if file.name == "dataset_description.json" and len(place.parts) > 1:
            yield f"WRONG_METADATA_LOCATION: {place}"
        known = {"dataset_description.json", ".psychds-ignore"} | {
            f"{text}{suffix}" for text in TEXTS for suffix in (".md", ".txt")
        }
        is_known = place.parts[0] in FOLDERS if len(place.parts) > 1 else file.name in known
        if not is_known and place.as_posix() not in patterns:
            yield f"FILE_NOT_CHECKED: {place}"


def data_problems(root: Path) -> Iterator[str]:
    """The data files: names, form, and that the metadata name each of their columns."""
    about = root / "dataset_description.json"
    base = read_json(about) if about.is_file() else None
    if not isinstance(base, dict):
        return
    n_valid, columns = 0, set[str]()
    for file in sorted((root / "data").rglob("*")):
        place = file.relative_to(root)
        if file.suffix == ".json":
            yield from metadata_of_parts(file, place)
        if file.suffix != ".csv":
            continue
        if not NAME.fullmatch(file.name):
            yield f"FILENAME_KEYWORD_FORMATTING_ERROR: {place}"
            continue
        keys = [pair.split("-")[0] for pair in file.stem.split("_")[:-1]]
        for key in sorted(set(keys) - OFFICIAL):
            yield f"FILENAME_UNOFFICIAL_KEYWORD_WARNING: {key} in {place}"
        found, header = csv_problems(file, place)
        yield from found
        n_valid += not found
        columns |= set(header)
        measured, said = variables(compiled(root, file, base), place)
        yield from said
        for column in header:
            if column not in measured:
                yield f"CSV_COLUMN_MISSING_FROM_METADATA: {column} of {place}"
        if file.with_suffix(".json").is_file():
            for name in sorted(set(measured) - set(header)):
                yield f"VARIABLE_OF_NO_COLUMN: {name} in the metadata of {place}"
    if not n_valid:
        yield "MISSING_DATAFILE: data"
    everything, said = variables(base, Path("dataset_description.json"))
    yield from said
    for column in sorted(columns - set(everything)):
        yield f"CSV_COLUMN_MISSING_FROM_METADATA: {column} in dataset_description.json"
    for name in sorted(set(everything) - columns):
        yield f"VARIABLE_OF_NO_COLUMN: {name} in dataset_description.json"
    for name in sorted({name for name in everything if everything.count(name) > 1}):
        yield f"VARIABLE_TWICE: {name} in dataset_description.json"


def metadata_of_parts(file: Path, place: Path) -> Iterator[str]:
    """Metadata of a folder or of one data file: JSON, with a data file of that name."""
    if isinstance(said := read_json(file), str):
        yield f"{said}: {place}"
    if file.name != "file_metadata.json" and not file.with_suffix(".csv").is_file():
        yield f"FILE_NOT_CHECKED: {place} has no data file"


def compiled(root: Path, file: Path, base: dict[str, Any]) -> dict[str, Any]:
    """Metadata of a data file: the nearer file's fields replace those of the more general one."""
    metadata = dict(base)
    folders = [folder for folder in reversed(file.parents) if root in folder.parents]
    nearer = [*(folder / "file_metadata.json" for folder in folders), file.with_suffix(".json")]
    for one in nearer:
        if one.is_file() and isinstance(said := read_json(one), dict):
            metadata |= said
    return metadata


def variables(metadata: dict[str, Any], place: Path) -> tuple[list[str], list[str]]:
    """The names in `variableMeasured`, and what is wrong with it: it is an array of texts or of
    PropertyValue objects with a name."""
    measured = field_of(metadata, "variableMeasured")
    if not isinstance(measured, list):
        return [], [f"JSON_KEY_REQUIRED: variableMeasured of {place} is no array"]
    names, wrong = [], []
    for variable in measured:
        if isinstance(variable, str):
            names.append(variable)
        elif not isinstance(variable, dict) or not isinstance(variable.get("name"), str):
            wrong.append(f"JSON_KEY_REQUIRED: a variable of {place} has no name")
        else:
            names.append(variable["name"])
            kind = variable.get("@type", variable.get("type"))
            if kind is None:
                wrong.append(f"OBJECT_TYPE_MISSING: {variable['name']} of {place}")
            elif unprefixed(str(kind)) != "PropertyValue":
                wrong.append(f"INVALID_OBJECT_TYPE: {variable['name']} of {place}")
    return names, wrong


def csv_problems(file: Path, place: Path) -> tuple[list[str], list[str]]:
    """What is wrong with the form of a data file, and its header."""
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        return [f"CSV_FORMATTING_ERROR: {place}: {error}"], []
    if not rows or not any(rows[0]) or not all(rows[0]):
        return [f"CSV_HEADER_MISSING: {place}"], []
    header, found = rows[0], []
    if len(set(header)) < len(header):
        found.append(f"CSV_HEADER_REPEATED: {place}")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            found.append(f"CSV_HEADER_LENGTH_MISMATCH: row {number} of {place}")
    if "row_id" in header:
        ids = [row[header.index("row_id")] for row in rows[1:]]
        if len(set(ids)) < len(ids):
            found.append(f"ROWID_VALUES_NOT_UNIQUE: {place}")
    return found, header
