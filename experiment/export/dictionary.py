"""What each column means: the words of docs/codebook.md, taken from the page itself."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROW = re.compile(r"^\| `(\w+)` \| ([^|]*) \| (.*) \|$")
UNITS = {"_ms": "ms", "_px": "pixels", "_s": "s"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A column of the codebook."""

    type: str  # in words, such as "whole number ≥ 1 or missing"
    text: str

    @property
    def sentence(self) -> str:
        """Meaning and type in one text, without Markdown."""
        return plain(f"{self.text} ({self.type})" if self.text else self.type)


def codebook() -> Path:
    """The page that explains the tables: beside this package once installed, docs/ in the
    sources."""
    here = Path(__file__).resolve().parents[1]
    installed = here / "codebook.md"
    return installed if installed.is_file() else here.parent / "docs" / "codebook.md"


@cache
def meanings() -> dict[str, dict[str, Meaning]]:
    """Table: column: meaning."""
    found: dict[str, dict[str, Meaning]] = {}
    table = ""
    for line in codebook().read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            table = line.removeprefix("## ").strip()
        elif row := ROW.match(line):
            name, kind, text = row.groups()
            found.setdefault(table, {})[name] = Meaning(kind.strip(), text.strip())
    return found


def meaning_of(table: str, column: str) -> str:
    """What a column of the native tables means; an attribute of images is the researcher's own."""
    known = meanings().get(table, {}).get(column)
    return "An attribute of the researcher's own." if known is None else known.sentence


def unit_of(column: str) -> str | None:
    """The unit that a column's name ends with."""
    return next((unit for end, unit in UNITS.items() if column.endswith(end)), None)


def plain(text: str) -> str:
    """Markdown as a sentence: no backticks, a capital letter first."""
    text = text.replace("`", "")
    return text[:1].upper() + text[1:]
