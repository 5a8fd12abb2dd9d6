"""Check what the codebook promises beyond single fields: keys, references, rules of a row."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.tables.reading import Origin, Problems, Source
from analysis.tables.schema import TABLES, Table

Frames = Mapping[str, pd.DataFrame]
Sources = Mapping[str, Source]


def check_tables(frames: Frames, sources: Sources, folder: Path, problems: Problems) -> None:
    """Note every broken promise within and between the tables that are there."""
    for name, frame in frames.items():
        check_key(TABLES[name], frame, sources[name], problems)
    _check_references(frames, sources, problems)
    _check_thumbnails(frames["images"], sources["images"], folder, problems)
    if "trials" in frames:
        _check_trials(frames["trials"], sources["trials"], problems)
    if "trials" in frames and "runs" in frames:
        _check_runs(frames["trials"], frames["runs"], sources["trials"], problems)
        _check_returns(frames["trials"], frames["runs"], sources["trials"], problems)
    for name in ("exclusions", "flags"):
        if name in frames:
            _check_owners(frames, name, sources[name], problems)
    if "participants" in frames:
        people = frames["participants"]
        wrong = people["ended_at"].notna() & people["outcome"].isna()
        message = "there is one, but no outcome"
        _note(people, wrong, "ended_at", message, sources["participants"], problems)
    if "runs" in frames:
        runs = frames["runs"]
        wrong = runs["outcome"].notna() & runs["state"].notna() & (runs["state"] != "finished")
        message = "there is one, but the run is not finished"
        _note(runs, wrong, "outcome", message, sources["runs"], problems)
    if "predictions" in frames:
        check_predictions(frames["predictions"], sources["predictions"], problems)
    if "image_counts" in frames:
        check_counts(frames["image_counts"], sources["image_counts"], problems)


def check_predictions(frame: pd.DataFrame, source: Source, problems: Problems) -> None:
    """Exactly one of prediction and error is present."""
    both = frame["prediction"].notna() == frame["error"].notna()
    message = "exactly one of prediction and error must be there"
    _note(frame, both, "prediction", message, source, problems)


def check_counts(frame: pd.DataFrame, source: Origin, problems: Problems) -> None:
    """A pair of counts is known or missing as a pair, and its part is not above its whole."""
    for part, whole in (("hits", "repeats"), ("false_alarms", "firsts")):
        half_known = frame[part].isna() != frame[whole].isna()
        message = f"{part} and {whole} must both be there or both be missing"
        _note(frame, half_known, part, message, source, problems)
        above = (frame[part] > frame[whole]).fillna(False).astype(bool)
        _note(frame, above, part, f"is above {whole}", source, problems)


def _note(
    frame: pd.DataFrame,
    wrong: pd.Series,
    column: str | None,
    message: str,
    source: Origin,
    problems: Problems,
) -> None:
    for row in frame.index[wrong.to_numpy(dtype=bool)]:
        problems.add(source.problem(int(row), column, message))


def check_key(table: Table, frame: pd.DataFrame, source: Origin, problems: Problems) -> None:
    """Note every row whose key an earlier row has, with the earlier row's line."""
    key = list(table.key)
    if not key or frame.empty:
        return
    known = frame[frame[key].notna().all(axis=1)]
    doubled = known[known.duplicated(key)]
    if doubled.empty:
        return
    rows = pd.Series(known.index, index=known.index)
    first = rows.groupby([known[name] for name in key]).transform("first")
    for row in doubled.index:
        what = ", ".join(f"{name} '{frame.loc[row, name]}'" for name in key)
        other = f"{source.counted_in} {source.line(int(first.loc[row]))}"
        message = f"{what} is also on {other}; it must be there once"
        problems.add(source.problem(int(row), key[0] if len(key) == 1 else None, message))


REFERENCES = (  # table, column, table that names it
    ("trials", "image_id", "images"),
    ("trials", "participant_id", "participants"),
    ("trials", "run_id", "runs"),
    ("trials", "first_run_id", "runs"),
    ("runs", "participant_id", "participants"),
    ("answers", "participant_id", "participants"),
    ("rule_events", "run_id", "runs"),
    ("exclusions", "participant_id", "participants"),
    ("exclusions", "run_id", "runs"),
    ("flags", "participant_id", "participants"),
    ("flags", "run_id", "runs"),
    ("events", "run_id", "runs"),
    ("predictions", "image_id", "images"),
    ("image_counts", "image_id", "images"),
    ("image_scores", "image_id", "images"),
)


def _check_references(frames: Frames, sources: Sources, problems: Problems) -> None:
    for name, column, target in REFERENCES:
        if name not in frames or target not in frames:
            continue
        values = frames[name][column]
        unknown = values.notna() & ~values.isin(frames[target][TABLES[target].key[0]])
        told: set[str] = set()  # an id that is unknown is told once, with its first row
        for row in values.index[unknown]:
            if values.loc[row] in told:
                continue
            told.add(values.loc[row])
            times = int((values == values.loc[row]).sum())
            message = f"'{values.loc[row]}' is not in {sources[target].file}"
            message += f" ({times} rows)" if times > 1 else ""
            problems.add(sources[name].problem(int(row), column, message))


def _check_thumbnails(
    images: pd.DataFrame, source: Source, folder: Path, problems: Problems
) -> None:
    for row, name in images["thumbnail"].dropna().items():
        if not is_inside(name):
            message = f"'{name}' leaves the dataset's folder"
        elif not (folder / name).is_file():
            message = f"'{name}' is not a file of the dataset"
        else:
            continue
        problems.add(source.problem(int(str(row)), "thumbnail", message))


def is_inside(name: str) -> bool:
    """Whether a path named in a dataset stays within the dataset's folder."""
    path = Path(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _check_trials(trials: pd.DataFrame, source: Source, problems: Problems) -> None:
    if not {"is_repeat", "responded"} <= set(source.frame.columns):
        return  # that is told, and nothing below means anything without them

    def note(wrong: pd.Series, column: str, message: str) -> None:
        _note(trials, wrong, column, message, source, problems)

    lag, between = trials["lag"].astype(float), trials["n_intervening"].astype(float)
    repeat, responded = trials["is_repeat"], trials["responded"]
    note(~repeat & lag.notna(), "lag", "a first showing has no lag")
    note(~repeat & between.notna(), "n_intervening", "a first showing has none")
    note(lag.notna() & between.notna() & (between != lag - 1), "n_intervening", "is not lag − 1")
    note(~repeat & trials["is_interrupted"], "is_interrupted", "only a repeat can be interrupted")
    note(~responded & trials["key"].notna(), "key", "there is a key, but responded is false")
    if "key" in source.frame.columns:
        note(responded & trials["key"].isna(), "key", "responded is true, but there is no key")
    note(~responded & trials["rt_ms"].notna(), "rt_ms", "there is one, but responded is false")
    note(
        trials["is_early"].notna() & trials["rt_ms"].isna(),
        "is_early",
        "there is one, but no rt_ms",
    )
    note(trials["offset_ms"] < trials["onset_ms"], "offset_ms", "is before onset_ms")
    note(repeat & (trials["role"] == "lure"), "is_repeat", "a lure is shown once")
    earlier = trials["first_run_id"].notna()
    note(~repeat & earlier, "first_run_id", "a first showing has none")
    note(repeat & earlier & lag.notna(), "lag", "a repeat of an earlier run has no lag")
    note(
        repeat & earlier & between.notna(),
        "n_intervening",
        "a repeat of an earlier run has none",
    )
    note(~earlier & trials["delay_s"].notna(), "delay_s", "there is one, but no first_run_id")
    note(
        earlier & (trials["first_run_id"] == trials["run_id"]),
        "first_run_id",
        "is the run itself; within one run it is missing",
    )
    persons = trials.groupby("run_id")["participant_id"].transform("first")
    other = (
        persons.notna() & trials["participant_id"].notna() & (persons != trials["participant_id"])
    )
    note(other, "run_id", "is another participant's run above")

    showing = ["run_id", "image_id", "is_repeat"]
    known = trials[trials[["run_id", "image_id", "position"]].notna().all(axis=1)]
    twice = known.duplicated(showing)
    message = "the run has this showing of the image already (a first and a repeat: one each)"
    _note(known, twice, "image_id", message, source, problems)
    firsts = known[~known["is_repeat"] & ~twice].set_index(["run_id", "image_id"])["position"]
    repeats = known[known["is_repeat"] & ~twice]
    pairs = pd.MultiIndex.from_frame(repeats[["run_id", "image_id"]])
    distance = repeats["position"].astype(float) - firsts.reindex(pairs).to_numpy(dtype=float)
    _note(repeats, distance <= 0, "position", "the repeat is before the first", source, problems)
    own = repeats["lag"].astype(float)
    known_place = repeats["is_position_known"].astype(bool)
    wrong = own.notna() & known_place & (distance > 0) & (own != distance)
    message = "is not the repeat's position minus the first's"
    _note(repeats, wrong, "lag", message, source, problems)
    both = repeats["first_run_id"].notna() & (repeats["first_run_id"] != repeats["run_id"])
    both &= pairs.isin(firsts.index)
    message = "the run has its own first showing of the image"
    _note(repeats, both, "first_run_id", message, source, problems)


def _check_runs(
    trials: pd.DataFrame, runs: pd.DataFrame, source: Source, problems: Problems
) -> None:
    known = runs.drop_duplicates("run_id").set_index("run_id")
    for column in ("participant_id", "run"):
        theirs = trials["run_id"].map(known[column])
        wrong = theirs.notna() & trials[column].notna() & (theirs != trials[column])
        message = f"is not the {column} that the table runs gives this run"
        _note(trials, wrong & ~trials.duplicated("run_id"), column, message, source, problems)


def _check_returns(
    trials: pd.DataFrame, runs: pd.DataFrame, source: Source, problems: Problems
) -> None:
    """The run that showed an image first is an earlier one of the same participant."""
    known = runs.drop_duplicates("run_id").set_index("run_id")
    first_run = trials["first_run_id"].map(known["run"]).astype(float)
    person = trials["first_run_id"].map(known["participant_id"])
    other = person.notna() & trials["participant_id"].notna() & (person != trials["participant_id"])
    _note(trials, other, "first_run_id", "is a run of another participant", source, problems)
    late = ~other & (first_run >= trials["run"].astype(float))
    late &= trials["first_run_id"] != trials["run_id"]
    _note(trials, late, "first_run_id", "is no earlier run than this one", source, problems)


def _check_owners(frames: Frames, name: str, source: Source, problems: Problems) -> None:
    """A run that a row names is a run of the participant whom it names."""
    rows = frames[name]
    for table in ("runs", "trials"):
        if table in frames:
            known = frames[table].drop_duplicates("run_id").set_index("run_id")["participant_id"]
            owner = rows["run_id"].map(known)
            person = rows["participant_id"]
            wrong = owner.notna() & person.notna() & (owner != person)
            message = f"is not a run of this participant in {table}"
            _note(rows, wrong, "run_id", message, source, problems)
            return
