"""First showings, repeats and lags."""

from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.order import Trials
from analysis.importers.plausible import check_surplus
from analysis.importers.rows import Notes, Rows
from analysis.importers.values import numbers


def derive_repeats(t: Trials, rows: Rows, found: dict[str, str], keep: str, notes: Notes) -> Trials:
    """Second showings are repeats; in a test after a study phase, those of studied images.

    Further showings are left out. ``t`` is in order.
    """
    study = t["phase"] == "study"
    t = t.assign(repeat=False)
    later = t.groupby(["stream", "image"], sort=False).cumcount()
    if study.any():
        in_part = t.groupby(["stream", "image", study], sort=False).cumcount()
        studied = pd.MultiIndex.from_frame(t.loc[study, ["stream", "image"]])
        known = pd.MultiIndex.from_frame(t[["stream", "image"]]).isin(studied)
        t["repeat"] = ~study & known
        notes.say("first and repeat: images of the test are repeats where the study phase has them")
        surplus = in_part > 0
    else:
        t["repeat"] = later == 1
        n = int(t["repeat"].sum())
        notes.say(f"first and repeat: an image's second showing within a run is its repeat ({n})")
        surplus = later > 1
    check_surplus(surplus[~study], rows, found, keep)
    reason = "a further showing of an image that the run has shown already"
    notes.leave_out(rows, np.sort(t.index[surplus].to_numpy()), reason)
    return t[~surplus]


def check_showings(t: Trials, rows: Rows, notes: Notes, keep: str) -> Trials:
    """Each showing of an image is there once in a run; rows that contradict are told."""
    study = t["phase"] == "study"
    surplus = study & t.duplicated(["stream", "image", "part", "repeat"])
    notes.leave_out(rows, np.sort(t.index[surplus]), "studied more than once")
    t = t[~surplus].sort_values("row")
    key = ["stream", "image", "repeat"]
    twice = t.duplicated(key)
    if not twice.any():
        return t.sort_values(["stream", "position"])
    first = t.groupby(key)["row"].transform("first")
    told = t.index[twice]
    if keep == "first":
        notes.leave_out(rows, told, "the same showing is on an earlier row, which was kept")
        return t[~twice].sort_values(["stream", "position"])

    def message(row: int) -> str:
        showing = "repeat" if t["repeat"][row] else "first showing"
        other = int(first[row])
        same = str(t["answer"][row]) == str(t["answer"][other])
        return (
            f"this {showing} of the image by this person is also on {rows.place(other)}, with "
            f"{'the same' if same else 'another'} answer; remove one, or keep the first of them "
            "(--keep first)"
        )

    notes.each(rows, told, None, message)
    return t[~twice].sort_values(["stream", "position"])


def check_positions(t: Trials, rows: Rows, column: str, notes: Notes) -> None:
    """No two trials of a run have one position."""
    places = ["stream", "part", "block", "given"]
    in_rows = t[t["given"].notna()].sort_values("row")
    twice = in_rows.index[in_rows.duplicated(places)]
    first = in_rows.groupby(places)["row"].transform("first")

    def message(row: int) -> str:
        return (
            f"'{rows.frame[column][row]}' is also on {rows.place(int(first[row]))}, of the same "
            "person and run; where positions start again, name a column of runs: "
            "--map run_id=COLUMN"
        )

    notes.each(rows, twice, column, message)


def first_places(t: Trials) -> "pd.Series[float]":
    """The position of the first showing that belongs to each repeat; else missing."""
    firsts = t[~t["repeat"]].set_index(["stream", "image"])["position"]
    repeats = t[t["repeat"]]
    pairs = pd.MultiIndex.from_frame(repeats[["stream", "image"]])
    found = firsts[~firsts.index.duplicated()].reindex(pairs).to_numpy(dtype=float)
    return pd.Series(found, index=repeats.index).reindex(t.index)


def put_in_order(t: Trials, rows: Rows, found: dict[str, str], notes: Notes) -> Trials:
    """Repeats come after first showings; rows in another order do not tell positions."""
    t = t.assign(is_known=True)
    before = first_places(t) >= t["position"]
    if not before.any():
        return t
    if "position" in found:
        message = "this repeat comes before the first showing of the image, by its position"
        notes.wrong(rows, np.sort(t.index[before]), found["position"], message)
        return t
    notes.say(
        "positions: unknown, as repeats stand above first showings; rows are numbered, first "
        "showings before repeats"
    )
    t = t.sort_values(["stream", "part", "repeat", "row"])
    return t.assign(position=t.groupby("stream", sort=False).cumcount(), is_known=False)


def find_lags(t: Trials, rows: Rows, found: dict[str, str], notes: Notes) -> Trials:
    """Add ``lag``: given, or counted where a run's whole stream is there, else missing."""
    distance = t["position"] - first_places(t)
    apart = (t["phase"] == "test") & t["repeat"]
    if (t["phase"] == "study").any() or apart.any():
        distance = distance.mask(apart)
    given = _given(t, rows, found, notes)
    if given is not None:
        return _take_given(t, given, distance, rows, found, notes)
    lag = distance.where(t["is_whole"] & t["is_known"])
    n_repeats, n_known = int(t["repeat"].sum()), int(lag.notna().sum())
    if n_known and "position" not in found and bool((lag[lag.notna()] == 1).all()) and n_known > 1:
        notes.say(
            "lags: missing; every repeat stands right below its first showing, so that rows seem "
            "to be sorted by image; positions are the order of rows"
        )
        return t.assign(lag=np.nan, is_known=False)
    if n_repeats:
        notes.say(_lag_sentence(n_known, n_repeats, t, found))
    return t.assign(lag=lag)


def _lag_sentence(n_known: int, n_repeats: int, t: Trials, found: dict[str, str]) -> str:
    if not n_known and (t["phase"] == "test").any():
        return "lags: missing, as studying and testing are separate"
    if not n_known:
        return "lags: missing, as trials of the runs are not there"
    rest = "" if n_known == n_repeats else f"; missing for {n_repeats - n_known}"
    how = (
        "as positions follow one another without a gap"
        if "position" in found
        else "as if every trial of a run had its row"
    )
    return f"lags: counted from positions for {n_known} repeats, {how}{rest}"


def _given(t: Trials, rows: Rows, found: dict[str, str], notes: Notes) -> "pd.Series[float] | None":
    what = next((name for name in ("lag", "n_intervening") if name in found), None)
    if what is None:
        return None
    column = found[what]
    values = numbers(what, column, rows, notes).loc[t.index].where(t["repeat"])
    low = 1 if what == "lag" else 0
    broken = values.notna() & (values % 1 != 0)
    notes.wrong(rows, t.index[broken], column, "{} is not a whole number of trials")
    below = values < low
    message = "{} is no lag, which is 1 back to back; does the column count the images between? "
    message += f"then --map n_intervening={column}"
    if what == "n_intervening":
        message = "{} is below 0"
    notes.wrong(rows, t.index[below], column, message)
    notes.say(
        f"{column}: the lag"
        if what == "lag"
        else f"{column}: images between the two showings; the lag is one more"
    )
    return values + (0 if what == "lag" else 1)


def _take_given(
    t: Trials,
    given: "pd.Series[float]",
    distance: "pd.Series[float]",
    rows: Rows,
    found: dict[str, str],
    notes: Notes,
) -> Trials:
    both = given.notna() & distance.notna()
    differs = both & (given != distance)
    if not differs.any():
        return t.assign(lag=given.where(given.notna(), distance.where(t["is_whole"])))
    column = found.get("lag") or found["n_intervening"]
    if "lag" in found and bool((distance[both] - given[both] == 1).all()):
        notes.say(f"{column}: counts the images between, as positions show; the lag is one more")
        return t.assign(lag=(given + 1).where(given.notna(), distance.where(t["is_whole"])))
    if "position" not in found or not t["is_whole"].all():
        notes.say(
            f"positions: those of the rows that are there, which {column} does not agree with "
            f"({int(differs.sum())} repeats; {rows.places(np.sort(t.index[differs]))}); the given "
            "lags are kept and positions are marked as unknown"
        )
        return t.assign(lag=given, is_known=False)
    message = "{} is not the distance of the two positions of the image"
    notes.wrong(rows, np.sort(t.index[differs]), column, message)
    return t.assign(lag=given)


def answer_status(
    t: Trials, answer: "pd.Series[Any]", correct: "pd.Series[Any]", rows: Rows
) -> "pd.Series[bool]":
    """Repeats by what was answered and whether that was right."""
    unclear = ~answer.isin(["old", "new", "none"]) | (correct == "")
    if unclear.any():
        raise DatasetError(
            f"{rows.place(int(t.index[unclear.to_numpy()][0]))}: nothing says whether this showing "
            "is a first or a repeat; name the column that does: --map status=COLUMN"
        )
    return pd.Series((answer == "old") == (correct == "right"), index=t.index)
