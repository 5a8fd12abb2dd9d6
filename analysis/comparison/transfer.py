"""Models by what they were trained on, against data sets that they are tested on.

A cell on images that the model was trained on is marked: it says how well the model remembers, not
how well it predicts.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from analysis.comparison.scores_alone import ScoreComparison
from analysis.comparison.two_scales import Comparison
from analysis.errors import AnalysisError
from analysis.training_images.known import training_names

MARK = "trained on these images"
UNKNOWN = "not known"
NUMBERS = ("corr_half", "rho", "corr_all", "ceiling_all", "disattenuated", "n_images")


@dataclass(frozen=True, slots=True)
class TransferCell:
    """One model on one data set, on both scales; what its scores cannot tell is missing."""

    model: str
    trained_on: str  # data sets, as far as they are known
    tested_on: str  # the dataset's name
    score: str
    n_images: int
    corr_half: float  # scale A: the model against a half …
    rho: float  # … beside half against half
    corr_all: float  # scale B: the model against everybody …
    ceiling_all: float  # … beside √R, the most that any model can reach
    disattenuated: float  # d, from a half
    n_trained_on: int | None  # of these images, by a list; None where there is no list
    is_trained_on: bool  # on images of this data set, by a list, or by its name and title

    @property
    def mark(self) -> str:
        """What to write beside the cell's numbers; empty where the images are new."""
        return MARK if self.is_trained_on else ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A table of (trained on) × (tested on)."""

    method: str  # of all correlations
    cells: tuple[TransferCell, ...]

    def to_dict(self) -> dict[str, Any]:
        """Every field by name, nested as it is here."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """One row for each model and data set, with the cell's fields and its mark."""
        return pd.DataFrame([{**asdict(cell), "mark": cell.mark} for cell in self.cells])

    def to_table(self, number: str = "disattenuated") -> pd.DataFrame:
        """One number as a table: a row for each model, a column for each data set.

        Parameters
        ----------
        number
            corr_half, rho, corr_all, ceiling_all, disattenuated, n_images, or mark.

        Raises
        ------
        AnalysisError
            If it is none of these, or the cells are of more than one score.
        """
        if number not in (*NUMBERS, "mark"):
            known = ", ".join((*NUMBERS, "mark"))
            raise AnalysisError(f"a table cannot be of {number!r}; it can be of {known}")
        scores = sorted({cell.score for cell in self.cells})
        if len(scores) > 1:
            raise AnalysisError(
                f"the cells are of several scores ({', '.join(scores)}); make a table of each"
            )
        frame = self.to_frame()
        table = frame.pivot_table(
            index=["model", "trained_on"],
            columns="tested_on",
            values=number,
            aggfunc="first",
            dropna=False,
            observed=True,
            sort=False,
        )
        rows = frame.set_index(["model", "trained_on"]).index.unique()
        return table.reindex(index=rows, columns=list(frame["tested_on"].unique()))


def transfer_table(
    comparisons: Sequence[Comparison | ScoreComparison],
    training: Mapping[str, str] | None = None,
) -> Transfer:
    """Arrange comparisons of several models on several data sets.

    Parameters
    ----------
    comparisons
        Each of one model on one data set. Spearman's correlations are taken, whatever is at their
        top. A comparison with an ``overlap`` says itself how many of its images the model was
        trained on; of any other the data set's name or title tells, where it tells.
    training
        The names of the data sets that a model was trained on ("mine and lamem"), by the model's
        name, where hitrate does not know.

    Raises
    ------
    AnalysisError
        If there is no comparison, or two of the same model, data set and score.
    """
    if not comparisons:
        raise AnalysisError("there is no comparison to make a table of")
    cells: dict[tuple[str, str, str], TransferCell] = {}
    for result in comparisons:
        key = (result.model, result.dataset, result.score)
        if key in cells:
            raise AnalysisError(
                f"model {result.model} is compared twice with the {result.score} of "
                f"{result.dataset}; a table has room for one"
            )
        given = (training or {}).get(result.model)
        about = given or training_names(result.model) or UNKNOWN
        cells[key] = _cell(result, about, given or "")
    return Transfer("spearman", tuple(cells.values()))


def _cell(result: Comparison | ScoreComparison, about: str, given: str) -> TransferCell:
    missing = float("nan")
    if isinstance(result, Comparison):
        scales = result.spearman
        numbers = (
            scales.corr_half,
            scales.rho,
            scales.corr_all,
            scales.ceiling_all,
            scales.disattenuated,
        )
    elif result.scores_of_halves:
        numbers = (result.spearman, missing, missing, missing, missing)
    else:
        numbers = (missing, missing, result.spearman, missing, missing)
    named = result.n_trained_on is None and _is_named(result.dataset, given)
    return TransferCell(
        result.model,
        about,
        result.dataset,
        result.score,
        result.n_images,
        *numbers,
        n_trained_on=result.n_trained_on,
        is_trained_on=result.is_trained_on or named,
    )


def _is_named(dataset: str, given: str) -> bool:
    """Whether the data sets that a model is said to be trained on are this one, among others."""
    own = _letters(dataset)
    names = [_letters(name) for name in re.split(r",|;|\band\b", given)]
    return any(name and name in own for name in names)


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.lower())
