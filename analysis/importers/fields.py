"""Fields of foreign text tables: stray spaces, spellings of missing, decimal commas."""

import pandas as pd

from analysis.importers.naming import squeeze

MISSING = frozenset(
    (
        *("NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "null", "NULL", "Null", "None", "none"),
        *("-", "--", ".", "#N/A", "<NA>", "undefined"),
    )
)
RESPONSES = ("response", "resp", "key", "keypress", "keypressed", "keyresp", "keyrespkeys")
DECIMAL_COMMA = r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?"
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"


def clean(frame: pd.DataFrame) -> pd.DataFrame:
    """Fields without stray spaces and control characters; all spellings of missing are empty.

    A response that is nothing but one space is the space bar's, and is called so.
    """
    columns = {}
    for name in frame.columns:
        values = frame[name].astype("str")
        bare = values.str.strip()
        if squeeze(str(name)) in RESPONSES:
            bare = bare.mask(values == " ", "space")
        if bool(bare.str.contains(r"[\x00-\x1f\x7f\x85\u2028\u2029]", regex=True).any()):
            bare = bare.str.replace(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", regex=True)
        columns[name] = bare.mask(bare.isin(MISSING), "")
    return pd.DataFrame(columns, index=frame.index)


def with_points(
    frame: pd.DataFrame, decimal: str | None, separator: str
) -> tuple[pd.DataFrame, str | None]:
    """Numbers with points; the decimal sign is a comma where whole columns are written so."""
    if decimal == ".":
        return frame, "."
    columns: dict[str, pd.Series] = {}
    for name in frame.columns:
        values = frame[name]
        if not bool(values.str.contains(",", regex=False).any()):
            continue
        with_comma = values.str.fullmatch(DECIMAL_COMMA)
        plain = values.str.fullmatch(NUMBER)
        odd = (values != "") & ~with_comma & ~plain
        if with_comma.any() and (odd.sum() <= with_comma.sum() * 0.1):
            columns[name] = values.mask(with_comma, values.str.replace(",", ".", regex=False))
    if not columns or (separator == "," and decimal is None and not _all_commas(frame, columns)):
        return frame, decimal
    return frame.assign(**columns), ","


def _all_commas(frame: pd.DataFrame, columns: "dict[str, pd.Series]") -> bool:
    """Whether no other column of a comma-separated file has decimal points."""
    point = r"[-+]?\d*\.\d+"
    others = [name for name in frame.columns if name not in columns]
    return not any(bool(frame[name].str.fullmatch(point).any()) for name in others)
