"""The codebook tells people what the checker demands, no more and no less."""

import re
from pathlib import Path

import pytest

from analysis.tables.schema import TABLES

CODEBOOK = Path(__file__).resolve().parents[2] / "docs" / "codebook.md"


def sections() -> dict[str, str]:
    """The codebook's sections by their titles."""
    parts = re.split(r"^## (.+)$", CODEBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def columns_of(section: str) -> dict[str, str]:
    """The type of every column that a section's table names, in its order."""
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| .*\|$", section, flags=re.MULTILINE)
    return dict(rows)


@pytest.mark.parametrize("name", TABLES)
def test_codebook_names_the_columns_and_types_that_the_checker_demands(name: str) -> None:
    demanded = {column.name: column.type_text() for column in TABLES[name].columns}
    assert columns_of(sections()[name]) == demanded
    assert list(columns_of(sections()[name])) == list(demanded)


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if len(table.key) > 1])
def test_codebook_says_which_columns_name_a_row_together(name: str) -> None:
    key = "(" + ", ".join(f"`{column}`" for column in TABLES[name].key) + ") is unique"
    assert key in re.sub(r"\s+", " ", sections()[name])


def test_codebook_has_no_table_that_the_checker_does_not_know() -> None:
    assert set(sections()) == {"dataset.json", *TABLES}
