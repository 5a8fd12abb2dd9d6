"""People under names that tell nobody who they are."""

import re
from typing import Any

import pandas as pd

from analysis.importers.naming import squeeze

# A short label with a number says nothing: 7, s01, sub-12. Everything else may name somebody.
HARMLESS = r"(?:sub-)?(?:[A-Za-z]{0,11}[-_ ]?\d{1,4}|[A-Za-z]\d{1,2}[A-Za-z]?)"
TELLING_COLUMNS = (
    *("prolific", "worker", "mturk", "mail", "name", "sona", "student", "ipaddress"),
)
TELLING = re.compile(
    r"[0-9a-f]{24}"  # Prolific
    r"|(?<![A-Z0-9])A[A-Z0-9]{11,14}(?![A-Z0-9])"  # MTurk
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # e-mail
    r"|(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)"  # IP
)


def public_ids(names: "pd.Series[Any]", column: str) -> "tuple[pd.Series[Any], dict[str, str]]":
    """Ids for the dataset, and which name each replaced id stands for (empty if none had to).

    Ids are kept where all are short labels with a number, such as s01, and the column is not
    called like something that identifies people. Else they become p001, p002, … in the order of
    first appearance.
    """
    uniques = [str(name) for name in pd.unique(names) if name != ""]
    plain = squeeze(column)
    telling = plain == "ip" or any(word in plain for word in TELLING_COLUMNS)
    if not telling and all(re.fullmatch(HARMLESS, name) for name in uniques):
        return names, {}
    digits = max(3, len(str(len(uniques))))
    new = {name: f"p{number:0{digits}}" for number, name in enumerate(uniques, 1)}
    return names.map({**new, "": ""}), new


def without_names(text: str, replaced: dict[str, str]) -> str:
    """A text in which replaced ids, and what looks like one, do not appear."""
    if replaced:
        names = sorted((name for name in replaced if len(name) > 3), key=len, reverse=True)
        if any(name in text for name in names):
            pattern = re.compile("|".join(re.escape(name) for name in names))
            text = pattern.sub(lambda match: replaced[match.group()], text)
    return TELLING.sub("…", text)
