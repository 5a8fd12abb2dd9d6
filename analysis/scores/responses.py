"""From trials to people × images: which trials count, and the sparse matrices of what they say."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.dataset import Dataset
from analysis.errors import AnalysisError

COUNTS = ("hits", "repeats", "false_alarms", "firsts")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Trials that do not count, and why; a trial is counted under the first reason that fits."""

    reason: str
    n_trials: int
    n_participants: int  # with at least one such trial


@dataclass(frozen=True, slots=True)
class Selection:
    """The trials that count, and what was left out."""

    trials: pd.DataFrame
    left_out: tuple[LeftOut, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row for each reason: reason, n_trials, n_participants."""
        rows = [(part.reason, part.n_trials, part.n_participants) for part in self.left_out]
        return pd.DataFrame(rows, columns=["reason", "n_trials", "n_participants"])


def select_trials(
    dataset: Dataset,
    *,
    role: str = "target",
    include_interrupted: bool = False,
    include_excluded: bool = False,
) -> Selection:
    """Choose the trials that count for scores of one role, and say what was left out.

    Lures, the new images of a test phase, count with the first showings of targets.

    Left out: other roles; first showings in a study phase, which are there to be remembered; what
    the table ``exclusions`` names (a person, a run, a level; a pair is left out whole where either
    showing is, in whichever level or run it lies); repeats whose interval spans an interruption.

    Raises
    ------
    AnalysisError
        If the dataset has no trials.
    """
    if dataset.trials is None:
        raise AnalysisError(f"{dataset.path}: has no table trials")
    trials = dataset.trials
    reasons: list[tuple[str, pd.Series]] = [
        (f"{images}, which are kept apart", trials["role"] == other)
        for other, images in (
            ("target", "targets"),
            ("filler", "fillers"),
            ("vigilance", "vigilance images"),
            ("lure", "lures"),
        )
        if other != role and (role, other) != ("target", "lure")
    ]
    reasons.append(("shown in a study phase", (trials["phase"] == "study") & ~trials["is_repeat"]))
    if not include_excluded and dataset.exclusions is not None:
        for rule, rows in dataset.exclusions.groupby("rule", sort=True):
            reasons.append((f"left out by the rule {rule}", _excluded(trials, rows)))
    if not include_interrupted:
        reasons.append(("repeats whose interval was interrupted", trials["is_interrupted"]))
    counts = pd.Series(True, index=trials.index)
    left_out = []
    for reason, wrong in reasons:
        fresh = trials.loc[wrong & counts, "participant_id"]
        if len(fresh):
            left_out.append(LeftOut(reason, len(fresh), fresh.nunique()))
        counts &= ~wrong
    return Selection(trials[counts], tuple(left_out))


def _excluded(trials: pd.DataFrame, exclusions: pd.DataFrame) -> pd.Series:
    """Which trials a rule's rows name; the other showing of a pair goes with the one that is."""
    named = pd.Series(False, index=trials.index)
    has_run, has_level = exclusions["run_id"].notna(), exclusions["level"].notna()
    for of_run in (False, True):
        for of_level in (False, True):
            rows = exclusions[(has_run == of_run) & (has_level == of_level)]
            keys = ["participant_id", *["run_id"] * of_run, *["level"] * of_level]
            if len(rows):
                named |= _are_in(trials, rows, keys)
    returns = trials["first_run_id"].notna() if "first_run_id" in trials else None
    if has_level.any() or (returns is not None and returns.any()):
        pairs = trials[["participant_id", "run_id", "image_id"]]
        if returns is not None:  # a pair is known by the run of its first showing
            pairs = pairs.assign(run_id=trials["first_run_id"].where(returns, trials["run_id"]))
        named |= _are_in(pairs, pairs[named], ["run_id", "image_id"])
    return named


def _are_in(trials: pd.DataFrame, rows: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Which trials have the keys of one of the rows."""
    if keys == ["participant_id"]:
        return trials["participant_id"].isin(rows["participant_id"])
    wanted = trials["participant_id"].isin(rows["participant_id"])  # few, as a rule
    left, right = trials.loc[wanted, keys].astype(object), rows[keys].astype(object)
    found = left.merge(right.drop_duplicates(), how="left", on=keys, indicator=True)["_merge"]
    result = pd.Series(False, index=trials.index)
    result[wanted] = (found == "both").to_numpy()
    return result


@dataclass(frozen=True, slots=True)
class EarlyKeys:
    """Keys that came before an answer to the image was possible; they stay in the scores."""

    n_early: int  # trials whose key is below the paradigm's early_key_ms
    n_responded: int  # trials with a key
    n_unknown: int  # trials with a key of which it is not known

    def to_frame(self) -> pd.DataFrame:
        """One row, a column for each field."""
        return pd.DataFrame([asdict(self)])


def count_early(trials: pd.DataFrame) -> EarlyKeys:
    """Count the keys that were too early to be an answer, from the codebook's is_early.

    Parameters
    ----------
    trials
        Any of a dataset's trials, such as those of :func:`select_trials`; without a column
        is_early it is not known of any.
    """
    responded = trials[trials["responded"]]
    if "is_early" not in responded:
        return EarlyKeys(0, len(responded), len(responded))
    early = responded["is_early"].astype("boolean")
    return EarlyKeys(int(early.sum()), len(responded), int(early.isna().sum()))


@dataclass(frozen=True, slots=True)
class Presentation:
    """How many images were shown as they should be; the others stay in the scores."""

    n_dropped: int  # trials during which the screen dropped a frame or more
    n_frames_known: int  # trials of which that is known
    n_without_focus: int  # trials during which the window was not in front all the time
    n_focus_known: int

    def to_frame(self) -> pd.DataFrame:
        """One row, a column for each field."""
        return pd.DataFrame([asdict(self)])


def count_presentation(trials: pd.DataFrame) -> Presentation:
    """Count trials with dropped frames and without focus.

    Parameters
    ----------
    trials
        Any of a dataset's trials, such as those of :func:`select_trials`; without the columns
        dropped_frames and had_focus it is not known of any.
    """
    nothing = pd.Series(pd.NA, index=trials.index)
    frames = trials.get("dropped_frames", nothing).astype("Float64").dropna()
    focus = trials.get("had_focus", nothing).astype("boolean").dropna()
    return Presentation(int((frames > 0).sum()), len(frames), int((~focus).sum()), len(focus))


@dataclass(frozen=True, slots=True)
class Responses:
    """What each row (a person) did on each column (an image): four sparse counts.

    Every matrix has shape (rows, columns) and holds whole numbers: 1 where a person had such a
    trial on an image once.
    """

    row_ids: pd.Index
    column_ids: pd.Index
    hits: sparse.csr_array
    repeats: sparse.csr_array
    false_alarms: sparse.csr_array
    firsts: sparse.csr_array

    def counts(self) -> pd.DataFrame:
        """Hits, repeats, false alarms and firsts of each column, summed over rows."""
        sums = {name: np.asarray(getattr(self, name).sum(axis=0)).ravel() for name in COUNTS}
        return pd.DataFrame(sums, index=self.column_ids)

    def of_columns(self, ids: pd.Index) -> "Responses":
        """The same rows' responses to some of the columns."""
        chosen = self.column_ids.get_indexer(ids)
        counts = (self.hits, self.repeats, self.false_alarms, self.firsts)
        return Responses(self.row_ids, ids, *(matrix[:, chosen] for matrix in counts))


def to_responses(
    trials: pd.DataFrame,
    *,
    rows: str = "participant_id",
    columns: str = "image_id",
    column_ids: pd.Index | None = None,
) -> Responses:
    """Count hits, repeats, false alarms and first showings for each (row, column).

    Rows and columns are sorted by their names unless ``column_ids`` gives the columns, so that
    neither the order of the trials nor images that nobody saw change what follows from a seed.
    """
    row_ids = pd.Index(sorted(trials[rows].unique()), name=rows)
    if column_ids is None:
        column_ids = pd.Index(sorted(trials[columns].unique()), name=columns)
    row = row_ids.get_indexer(pd.Index(trials[rows]))
    column = column_ids.get_indexer(pd.Index(trials[columns]))
    repeat = trials["is_repeat"].to_numpy(dtype=bool)
    responded = trials["responded"].to_numpy(dtype=bool)
    shape = (len(row_ids), len(column_ids))

    def count(chosen: "np.ndarray[Any, np.dtype[np.bool_]]") -> sparse.csr_array:
        ones = np.ones(int(chosen.sum()), dtype=np.int32)
        matrix = sparse.coo_array((ones, (row[chosen], column[chosen])), shape=shape)
        return sparse.csr_array(matrix)  # sums what is there twice

    return Responses(
        row_ids,
        column_ids,
        hits=count(repeat & responded),
        repeats=count(repeat),
        false_alarms=count(~repeat & responded),
        firsts=count(~repeat),
    )
