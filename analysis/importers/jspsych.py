"""jsPsych's data: JSON (arrays, several people in one, JSON lines) and CSV."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.columns import find_columns
from analysis.importers.fields import clean
from analysis.importers.images import is_picture, stimulus_names
from analysis.importers.naming import image_column, squeeze
from analysis.importers.order import whose_trials
from analysis.importers.rows import Notes, Rows
from analysis.importers.table_map import TableMap
from analysis.importers.text_files import decode, read_bytes
from analysis.importers.trials import WHATS, Made, import_trials

DEEPEST = 6  # levels of arrays and objects above the trials
HOLDERS = ("trials", "data", "results", "responses")  # names of a person's array of trials
ORDER, RUN = "(order)", "(run)"  # columns of ours


def is_json(path: Path) -> bool:
    """Whether a file is JSON by its name."""
    return path.suffix.lower() in (".json", ".jsonl", ".ndjson")


def read_json(path: Path) -> Rows:
    """Trials of a JSON file as rows of text, counted from 1 in their order.

    Raises
    ------
    DatasetError
        If it is not JSON, or holds no trials.
    """
    text, encoding = decode(path.name, read_bytes(path))
    trials: list[dict[str, Any]] = []
    try:
        _gather(_load(path.name, text), {}, trials, path.name, 0)
    except RecursionError:
        raise DatasetError(f"{path.name}: is nested too deeply to be data") from None
    if not trials:
        raise DatasetError(f"{path.name}: holds no trials; jsPsych's data are an array of them")
    frame = pd.DataFrame([{str(k): _text(v) for k, v in trial.items()} for trial in trials])
    frame.columns = pd.Index([_text(str(name)).strip() for name in frame.columns])
    if not frame.columns.is_unique or "" in frame.columns:
        raise DatasetError(f"{path.name}: fields of trials have empty or equal names")
    n = len(frame)
    return Rows(
        clean(frame.fillna("")),
        (path.name,),
        np.zeros(n, dtype=np.int64),
        np.arange(1, n + 1),
        counted_in="trial",
        detected=(f"{encoding}, JSON",),
    )


def _load(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        whole = error
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) < 2:
        raise DatasetError(f"{name}: is not JSON: {whole}") from None
    loaded = []
    for number, line in lines:
        try:
            loaded.append(json.loads(line))
        except ValueError as error:
            if number == lines[0][0]:
                raise DatasetError(f"{name}: is not JSON: {whole}") from None
            raise DatasetError(f"{name} line {number}: is not JSON: {error}") from None
    return loaded


def _gather(
    node: Any, about: dict[str, Any], trials: list[dict[str, Any]], name: str, depth: int
) -> None:
    """Add the trials in a node, each with what is said about all of them."""
    if depth > DEEPEST:
        raise DatasetError(f"{name}: is nested too deeply to be data")
    if isinstance(node, list):
        for item in node:
            _gather(item, about, trials, name, depth + 1)
        return
    if not isinstance(node, dict):
        raise DatasetError(
            f"{name}: holds {str(node)[:40]!r} where a trial belongs; jsPsych's data are an array "
            "of objects"
        )
    holder = next((key for key in HOLDERS if _is_trials(node.get(key))), None)
    if holder is not None:
        others = {k: v for k, v in node.items() if not isinstance(v, list | dict)}
        _gather(node[holder], {**about, **others}, trials, name, depth + 1)
    elif node and all(_is_trials(value) for value in node.values()):
        for person, value in node.items():
            _gather(value, {**about, "participant_id": person}, trials, name, depth + 1)
    else:
        trials.append({**about, **node})


def _is_trials(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _text(value: Any) -> str:
    """A field as text; what is nested stays JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return _text(value[0])
    try:
        return json.dumps(value).encode("utf-8", "replace").decode("utf-8")
    except ValueError:  # a whole number of thousands of digits
        return "a number too long to be written"


def is_jspsych(columns: list[str]) -> bool:
    """Whether a table's columns are those of jsPsych."""
    names = {squeeze(name) for name in columns}
    return "trialtype" in names and bool(names & {"timeelapsed", "trialindex"})


def import_jspsych(
    rows: Rows, table_map: TableMap, notes: Notes, images: pd.DataFrame | None = None
) -> Made:
    """Import jsPsych's trials: those that show an image.

    Raises
    ------
    DatasetError
        As :func:`analysis.importers.trials.import_trials`, or if no trial shows an image.
    """
    column = table_map.columns.get("image_id") or _image_column(rows)
    if column is None or column not in rows.columns:
        raise DatasetError(
            f"{rows.files[0]}: no field names the images ({', '.join(rows.columns)}); "
            "say which one: --map image_id=FIELD"
        )
    names = stimulus_names(rows.frame[column])
    shows = names != ""
    if squeeze(column) == "stimulus" and "image_id" not in table_map.columns:
        shows &= is_picture(names)
    taught = shows & _beside_text(rows.frame[column], names, shows)
    reason = "a picture beside text that no other trial shows, such as an example"
    notes.leave_out(rows, rows.frame.index[taught], reason)
    others = rows.frame.index[~shows]
    if len(others):
        kind = next((name for name in rows.columns if squeeze(name) == "trialtype"), None)
        listed = ""
        if kind is not None:
            kinds = rows.frame.loc[others, kind].replace("", "no type").value_counts().head(6)
            listed = ": " + ", ".join(f"{name} {n}" for name, n in kinds.items())
        notes.leave_out(rows, others, f"trials that show no image{listed}")
    rows = rows.take(shows & ~taught)
    if rows.frame.empty:
        notes.check(rows.files[0])
        raise DatasetError(f"{rows.files[0]}: no trial shows an image ({column})")
    hidden = [name for name in rows.columns if squeeze(name) in ("trialindex", "timeelapsed")]
    index = next((name for name in hidden if squeeze(name) == "trialindex"), None)
    notes.units["rt"] = "ms"
    own = Rows(rows.frame.drop(columns=hidden), rows.files, rows.file, rows.lines, rows.counted_in)
    found = find_columns(own, table_map, [what for what in WHATS if what != "onset"])
    found["image_id"] = column
    rows = _named_buttons(rows, found, table_map, notes)
    if "position" not in found and index is not None:
        rows = _ranked(rows, index, found, table_map, notes)
    return import_trials(rows, table_map, notes, images=images, found=found)


def _beside_text(
    stimuli: "pd.Series[str]", names: "pd.Series[Any]", shows: "pd.Series[bool]"
) -> "pd.Series[bool]":
    """Trials whose HTML has text beside its image, where most have none and the image is new."""
    words = stimuli.str.replace(r"<[^>]*>|&\w+;", "", regex=True).str.strip()
    has_text = shows & stimuli.str.contains("<", regex=False) & (words != "")
    if has_text.sum() * 2 >= shows.sum():
        return has_text & False
    return has_text & ~names.isin(names[shows & ~has_text])


def _image_column(rows: Rows) -> str | None:
    names = [name for name in rows.columns if bool((rows.frame[name] != "").any())]
    return image_column([name for name in names if squeeze(name) != "name"])


def _named_buttons(rows: Rows, found: dict[str, str], table_map: TableMap, notes: Notes) -> Rows:
    """Rows whose responses are the labels of buttons, or "button 0": an index is no answer."""
    column = found.get("response")
    kind = next((name for name in rows.columns if squeeze(name) == "trialtype"), None)
    said = [text for texts in table_map.values.get("response", {}).values() for text in texts]
    if column is None or kind is None or any(text.isdigit() for text in said):
        return rows
    values = rows.frame[column]
    is_index = rows.frame[kind].str.contains("button", regex=False) & values.str.isdigit()
    if not is_index.any():
        return rows
    lists = rows.frame["choices"] if "choices" in rows.columns else pd.Series("", values.index)
    pairs = pd.DataFrame({"index": values, "choices": lists})[is_index]
    labels = {pair: _label(*pair) for pair in pairs.drop_duplicates().itertuples(index=False)}
    named = pd.Series([labels[pair] for pair in pairs.itertuples(index=False)], pairs.index)
    if named.str.match(r"button \d+$").any():
        notes.say(f"{column}: the index of a button, which does not tell the answer by itself")
    else:
        notes.say(f"{column}: the index of a button, whose label is in choices")
    return rows.with_columns({column: values.mask(is_index, named.reindex(values.index))})


def _label(index: str, choices: str) -> str:
    """The label of a button where the list of labels is there, else its index in words."""
    try:
        label = json.loads(choices)[int(index)]
    except (ValueError, LookupError, TypeError, RecursionError):
        label = None
    return label.strip() if isinstance(label, str) and label.strip() else f"button {index}"


def _ranked(
    rows: Rows, index: str, found: dict[str, str], table_map: TableMap, notes: Notes
) -> Rows:
    """Rows with the place of each among its person's image trials, by jsPsych's own number.

    Where numbers start again in a person, each start is a run.
    """
    is_person_told = "participant_id" in {*found, *table_map.constants}
    if is_person_told:
        twice = rows.frame.assign(**{ORDER: rows.file}).duplicated()
        reason = "the same as an earlier row, field by field"
        notes.leave_out(rows, rows.frame.index[twice], reason)
        rows = rows.take(~twice)
    number = pd.to_numeric(rows.frame[index].mask(rows.frame[index] == ""), errors="coerce")
    keys = [rows.file, *(rows.frame[found[k]] for k in ("participant_id", "run_id") if k in found)]
    groups = pd.concat([pd.Series(key).reset_index(drop=True) for key in keys], axis=1)
    groups.columns = pd.RangeIndex(groups.shape[1])
    code = groups.groupby(list(groups.columns), sort=False).ngroup()
    if number.isna().any():
        return rows
    if pd.DataFrame({"c": code, "n": number}).duplicated().any():
        restarts = number.groupby(code).diff() < 0
        if not is_person_told:
            raise whose_trials(rows, index, rows.frame.index[restarts])
        parts = restarts.groupby(code).cumsum()
        code = pd.DataFrame({"c": code, "p": parts}).groupby(["c", "p"]).ngroup()
        if "run_id" in found or pd.DataFrame({"c": code, "n": number}).duplicated().any():
            return rows
        notes.say(f"runs: {index} starts again within a person; each start is a new run")
        rows = rows.with_columns({RUN: (parts + 1).astype("str")})
        found["run_id"] = RUN
    if (number.groupby(code).diff().dropna() > 0).all():
        notes.say(f"positions: the order of image trials, as {index} numbers them")
    else:
        notes.say(f"positions: the order of image trials by {index}, not that of the rows")
    order = pd.DataFrame({"code": code, "number": number}).sort_values(["code", "number"])
    rank = order.groupby("code").cumcount().reindex(rows.frame.index)
    found["position"] = ORDER
    return rows.with_columns({ORDER: rank.astype("str")})
