"""Two models on the same images: do their correlations with people's scores differ?

Both correlations are of the same images and share the scores, so they are dependent and overlap:
r1 is model 1 with the scores, r2 model 2 with the scores, r3 model 1 with model 2. The tests are
closed forms for Pearson correlations of normal numbers. For Spearman they are approximate. They
know other images only, with the same people: the paired bootstrap is the main result.

Sources: Williams 1959 (J R Stat Soc B 21:396); Dunn & Clark 1969 (J Am Stat Assoc 64:366);
Steiger 1980 (Psychol Bull 87:245); Meng, Rosenthal & Rubin 1992 (Psychol Bull 111:172);
Hittner, May & Silver 2003 (J Gen Psychol 130:149); Zou 2007 (Psychol Methods 12:399).
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.errors import AnalysisError

FEWEST = 4  # images; the formulas divide by n − 3
ROUNDING = 1e-9  # by which three correlations of the same data may seem impossible
APPROXIMATE = (
    "These closed forms are for Pearson correlations; for {} correlations they are approximate."
)


@dataclass(frozen=True, slots=True)
class DependentTest:
    """One test of r1 = r2; missing where the formula is not defined, as for two equal models."""

    test: str  # by whom
    statistic: float  # Student's t or a normal z; above 0 where r1 is the larger
    df: int | None  # degrees of freedom of t; None for z
    p: float  # two-sided

    def to_frame(self) -> pd.DataFrame:
        """One row, a column for each field."""
        return pd.DataFrame([asdict(self)])


@dataclass(frozen=True, slots=True)
class DifferenceInterval:
    """Zou's interval of r1 − r2."""

    low: float
    high: float
    level: float

    def to_frame(self) -> pd.DataFrame:
        """One row, a column for each field."""
        return pd.DataFrame([asdict(self)])


@dataclass(frozen=True, slots=True)
class DependentCorrelations:
    """Two correlations with the same scores, and every test of whether they differ."""

    method: str  # of the three correlations
    r1: float  # of model 1 with the scores
    r2: float  # of model 2 with the scores
    r3: float  # of model 1 with model 2
    n: int  # images
    tests: tuple[DependentTest, ...]
    zou: DifferenceInterval
    note: str | None  # what to keep in mind; None for Pearson

    def to_dict(self) -> dict[str, Any]:
        """Every field by name, nested as it is here."""
        return asdict(self)

    def to_frame(self) -> pd.DataFrame:
        """One row for each test and one for the interval: test, statistic, df, p, low, high."""
        rows = [asdict(test) | {"low": np.nan, "high": np.nan} for test in self.tests]
        limits = {"low": self.zou.low, "high": self.zou.high}
        rows.append({"test": "zou", "statistic": np.nan, "df": None, "p": np.nan, **limits})
        return pd.DataFrame(rows).astype({"df": "Int64"})


def williams(r1: float, r2: float, r3: float, n: int) -> DependentTest:
    """Williams' t (1959) with n − 3 degrees of freedom.

    Parameters
    ----------
    r1, r2, r3
        Correlation of model 1 with the scores, of model 2 with the scores, of both models.
    n
        Images.

    Raises
    ------
    AnalysisError
        If there are fewer than four images, or no data have these three correlations.
    """
    _check(r1, r2, r3, n)
    determinant = 1 - r1**2 - r2**2 - r3**2 + 2 * r1 * r2 * r3
    middle = (r1 + r2) / 2
    variance = 2 * (n - 1) / (n - 3) * determinant + middle**2 * (1 - r3) ** 3
    t = _ratio((r1 - r2) * np.sqrt((n - 1) * (1 + r3)), variance)
    return DependentTest("williams", t, n - 3, float(2 * stats.t.sf(abs(t), n - 3)))


def dunn_clark(r1: float, r2: float, r3: float, n: int) -> DependentTest:
    """Dunn and Clark's z (1969); parameters as in :func:`williams`."""
    _check(r1, r2, r3, n)
    covariance = r3 * (1 - r1**2 - r2**2) - r1 * r2 / 2 * (1 - r1**2 - r2**2 - r3**2)
    scale = (1 - r1**2) * (1 - r2**2)
    return _z_test("dunn_clark", r1, r2, n, _share(covariance, scale))


def steiger(r1: float, r2: float, r3: float, n: int) -> DependentTest:
    """Steiger's z (1980): Dunn and Clark's with the mean of r1 and r2 in the covariance."""
    _check(r1, r2, r3, n)
    return _z_test("steiger", r1, r2, n, _pooled((r1 + r2) / 2, r3))


def hittner(r1: float, r2: float, r3: float, n: int) -> DependentTest:
    """Hittner, May and Silver's z (2003): as Steiger's, with the mean taken on Fisher's z."""
    _check(r1, r2, r3, n)
    middle = float(np.tanh((_fisher(r1) + _fisher(r2)) / 2))
    return _z_test("hittner", r1, r2, n, _pooled(middle, r3))


def meng(r1: float, r2: float, r3: float, n: int) -> DependentTest:
    """Meng, Rosenthal and Rubin's z (1992); parameters as in :func:`williams`."""
    _check(r1, r2, r3, n)
    square = (r1**2 + r2**2) / 2
    f = min(1.0, _share((1 - r3) / 2, 1 - square))
    h = _share(1 - f * square, 1 - square)
    z = _ratio((_fisher(r1) - _fisher(r2)) * np.sqrt(n - 3), 2 * (1 - r3) * h)
    return DependentTest("meng", z, None, float(2 * stats.norm.sf(abs(z))))


def zou(r1: float, r2: float, r3: float, n: int, level: float = 0.95) -> DifferenceInterval:
    """Zou's interval (2007) of r1 − r2 from the Fisher intervals of both.

    Parameters and errors as in :func:`williams`; the limits are missing where |r1| or |r2| is 1.
    """
    _check(r1, r2, r3, n)
    reach = stats.norm.ppf((1 + level) / 2) / np.sqrt(n - 3)
    low1, high1 = np.tanh([_fisher(r1) - reach, _fisher(r1) + reach])
    low2, high2 = np.tanh([_fisher(r2) - reach, _fisher(r2) + reach])
    dependence = (r3 - r1 * r2 / 2) * (1 - r1**2 - r2**2 - r3**2) + r3**3
    c = _share(dependence, (1 - r1**2) * (1 - r2**2))
    below = (r1 - low1) ** 2 + (high2 - r2) ** 2 - 2 * c * (r1 - low1) * (high2 - r2)
    above = (high1 - r1) ** 2 + (r2 - low2) ** 2 - 2 * c * (high1 - r1) * (r2 - low2)
    difference = r1 - r2
    low = difference - np.sqrt(max(below, 0.0))  # 0 up to rounding for two equal models
    high = difference + np.sqrt(max(above, 0.0))
    if np.isnan(c):
        return DifferenceInterval(float("nan"), float("nan"), level)
    return DifferenceInterval(float(low), float(high), level)


def dependent_correlations(
    r1: float, r2: float, r3: float, n: int, *, method: str = "pearson", level: float = 0.95
) -> DependentCorrelations:
    """Every test and the interval of two correlations with the same scores.

    Parameters
    ----------
    r1, r2, r3, n
        As in :func:`williams`.
    method
        Of the correlations. For any but pearson the result's ``note`` says that the closed forms
        are approximate.
    level
        Of Zou's interval.
    """
    tests = tuple(test(r1, r2, r3, n) for test in (williams, steiger, hittner, meng, dunn_clark))
    name = {"spearman": "Spearman", "kendall": "Kendall"}.get(method, method)
    note = None if method == "pearson" else APPROXIMATE.format(name)
    return DependentCorrelations(method, r1, r2, r3, n, tests, zou(r1, r2, r3, n, level), note)


def _check(r1: float, r2: float, r3: float, n: int) -> None:
    if n < FEWEST:
        raise AnalysisError(f"{n} images: tests of two correlations need at least {FEWEST}")
    for r in (r1, r2, r3):
        if abs(r) > 1 + ROUNDING:
            raise AnalysisError(f"{r:g} is no correlation: it is not between −1 and 1")
    if 1 - r1**2 - r2**2 - r3**2 + 2 * r1 * r2 * r3 < -ROUNDING:
        raise AnalysisError(
            f"no data have the correlations {r1:g}, {r2:g} and {r3:g}; all three are to be of the "
            "same images"
        )


def _fisher(r: float) -> float:
    """Fisher's z; missing for a perfect correlation, whose z has no limit."""
    return float(np.arctanh(r)) if abs(r) < 1 else float("nan")


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def _ratio(numerator: float, variance: float) -> float:
    """numerator / √variance; missing where there is no variance, as for two equal models."""
    return float(numerator / np.sqrt(variance)) if variance > ROUNDING else float("nan")


def _pooled(middle: float, r3: float) -> float:
    """Correlation of both z under r1 = r2 = the middle one."""
    square = middle**2
    covariance = r3 * (1 - 2 * square) - square / 2 * (1 - 2 * square - r3**2)
    return _share(covariance, (1 - square) ** 2)


def _z_test(name: str, r1: float, r2: float, n: int, c: float) -> DependentTest:
    z = _ratio((_fisher(r1) - _fisher(r2)) * np.sqrt(n - 3), 2 - 2 * c)
    return DependentTest(name, z, None, float(2 * stats.norm.sf(abs(z))))
