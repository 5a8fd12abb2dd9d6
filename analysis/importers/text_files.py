"""Text tables of foreign origin: their encoding, separator, decimal sign and missing values."""

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import DatasetError
from analysis.importers.fields import NUMBER, clean, with_points
from analysis.importers.rows import Rows
from analysis.tables.reading import Problem, Problems

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 (little-endian, no byte order mark)",
    "utf-16-be": "UTF-16 (big-endian, no byte order mark)",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
}
CODECS = {said: kind for kind, said in ENCODINGS.items()}
CODECS |= {"UTF-8 with a byte order mark": "utf-8-sig"}
FOREIGN = (  # first bytes, what the file is, what to do
    (b"PK\x03\x04", "an Excel or OpenDocument workbook (or another zip file)", "save the sheet"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet"),
    (b"$FL", "an SPSS file", "in SPSS, save the data"),
    (b"MATLAB 5.0", "a MATLAB file", "in MATLAB, write the table with writetable(T, 'data.csv')"),
    (b"\x89HDF", "a MATLAB or other HDF5 file", "write the table"),
    (b"<stata_dta>", "a Stata file", "in Stata, export the data"),
    (b"\x1f\x8b", "compressed (gzip, or an R data file)", "unpack it, or write the table"),
    (b"%PDF", "a PDF file", "get the table itself"),
)


@dataclass(frozen=True, slots=True)
class Format:
    """How a text file is written; what is None is found out."""

    separator: str | None = None  # one of , ; tab | space
    encoding: str | None = None  # a name that Python knows
    decimal: str | None = None  # . or ,
    header: bool | None = None  # whether the first row holds the columns' names


def read_table(path: Path, form: Format | None = None) -> Rows:
    """Read a text table (or Parquet), find out how it is written, and say so.

    Raises
    ------
    DatasetError
        If it is no text, or rows have more fields than the header, with their lines.
    """
    form = form or Format()
    content = read_bytes(path)
    if content[:4] == b"PAR1":
        return _read_parquet(path)
    text, encoding = decode(path.name, content, form.encoding)
    detected = [encoding]
    body, skipped = text, 0
    announced = re.match(r'"?sep=(.)"?[ \t]*(?:\r\n|\r|\n)', text)
    if announced:
        body, skipped = text[announced.end() :], 1
    blank = re.match(r"(?:[ \t,;]*(?:\r\n|\r|\n))+", body)
    if blank:
        skipped += len(re.findall(r"\r\n|\r|\n", blank.group()))
        body = body[blank.end() :]
    if not body.strip():
        raise DatasetError(f"{path.name}: is empty; a table begins with a row of column names")
    separator = form.separator or (announced.group(1) if announced else find_separator(body))
    grid, lines = _grid(path.name, body, separator, skipped)
    detected.append(f"separated by {SEPARATORS.get(separator, repr(separator))}")
    first = [str(field).strip() for field in grid.iloc[0]]
    has_header = form.header if form.header is not None else not _holds_numbers(grid, first)
    if has_header:
        grid, lines = grid.iloc[1:], lines[1:]
        names = _names(path.name, first, grid)
    else:
        names = [f"column {i + 1}" for i in range(len(first))]
        detected.append("no row of column names")
    grid.columns = pd.Index(names)
    grid = grid[[name for name in names if name]]
    filled = (grid != "").any(axis=1).to_numpy()
    frame = grid[filled].reset_index(drop=True)
    frame = clean(frame)
    frame, decimal = with_points(frame, form.decimal, separator)
    if decimal == ",":
        detected.append("decimal commas")
    filled_lines = lines[filled]
    whole = (frame != "").any(axis=1).to_numpy()
    file = np.zeros(int(whole.sum()), dtype=np.int64)
    return Rows(
        frame[whole].reset_index(drop=True),
        (path.name,),
        file,
        filled_lines[whole],
        detected=(", ".join(detected),),
        has_header=has_header,
        form={
            "separator": separator,
            "encoding": form.encoding or CODECS[encoding],
            **({"decimal": decimal} if decimal else {}),
        },
    )


def read_bytes(path: Path) -> bytes:
    """A file's bytes; what is known not to be text is refused with what to do."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror})") from None
    for start, what, how in FOREIGN:
        if content.startswith(start):
            raise DatasetError(f"{path.name}: is {what}; {how} as CSV (UTF-8) and import that")
    return content


def decode(name: str, content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text of a file and, in words, its encoding."""
    if encoding is not None:
        try:
            text = content.decode(encoding)
        except (LookupError, UnicodeError) as error:
            raise DatasetError(f"{name}: cannot be read as {encoding} ({error})") from None
        text, said = text.removeprefix("\ufeff"), encoding
    else:
        found = next((kind for mark, kind in MARKS if content.startswith(mark)), None)
        if found is None:
            found = _unmarked(content)
        try:
            text = content.decode(found)
        except UnicodeError as error:
            raise DatasetError(f"{name}: is not well-formed {found}: {error}") from None
        said = "UTF-8 with a byte order mark" if found == "utf-8-sig" else ENCODINGS[found]
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise DatasetError(f"{name} line {line}: holds a NUL character; this is no text file")
    return text, said


def _unmarked(content: bytes) -> str:
    """UTF-8 if it can be that; UTF-16 by its zeros; else Windows-1252 (or Latin-1)."""
    start = content[:2000]
    if start and b"\x00" in start:
        odd, even = start[1::2].count(0), start[::2].count(0)
        if max(odd, even) > len(start) // 4:
            return "utf-16-le" if odd > even else "utf-16-be"
    for encoding in ("utf-8", "cp1252"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def find_separator(text: str) -> str:
    """The separator with which the first lines have as many fields as the header, but one."""
    sample = text[:20_000]
    if len(text) > len(sample):
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, best_score = ",", (0.0, 0)
    for separator in (",", ";", "\t", "|"):
        try:
            counts = [
                len(row) for row in csv.reader(io.StringIO(sample), delimiter=separator) if row
            ][:100]
        except csv.Error:
            continue
        if not counts or counts[0] < 2:
            continue
        score = (sum(count == counts[0] for count in counts) / len(counts), counts[0])
        if score > best_score:
            best, best_score = separator, score
    if best_score[1] == 0:
        counts = [len(line.split()) for line in sample.splitlines() if line.strip()][:100]
        if (
            counts
            and counts[0] > 1
            and Counter(counts).most_common(1)[0]
            == (
                counts[0],
                len(counts),
            )
        ):
            return " "
    return best


def _grid(
    name: str, body: str, separator: str, skipped: int
) -> tuple[pd.DataFrame, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """All fields as text, the header among them, and the line that each row begins on."""
    if len(separator) != 1:
        raise DatasetError(f"{name}: a separator is one character, not {separator!r}")
    try:
        grid = pd.read_csv(
            io.StringIO(body),
            sep=r"\s+" if separator == " " else separator,
            header=None,
            dtype=str,
            na_filter=False,
            skip_blank_lines=False,
            low_memory=False,
        ).fillna("")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError):
        return _ragged(name, body, separator, skipped)
    breaks = np.zeros(len(grid), dtype=np.int64)
    if '"' in body:
        for column in grid.columns:
            breaks += grid[column].str.count(r"\r\n|\r|\n").to_numpy(dtype=np.int64)
    lines = np.arange(len(grid)) + 1 + skipped + np.concatenate([[0], np.cumsum(breaks)[:-1]])
    return grid, lines


def _ragged(
    name: str, body: str, separator: str, skipped: int
) -> tuple[pd.DataFrame, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """The same for a file with rows longer than its header, which may be empty there."""
    problems = Problems()
    table: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(body), delimiter=separator, skipinitialspace=separator == " ")
    before = 0
    try:
        for fields in reader:
            row = fields or [""]
            width = len(table[0]) if table else len(row)
            line = skipped + before + 1
            before = reader.line_num
            if any(field.strip() for field in row[width:]):
                message = f"has {len(row)} fields, and the first row has {width}"
                problems.add(Problem(name, message, line))
            table.append(row[:width] + [""] * (width - len(row)))
            lines.append(line)
    except csv.Error as error:
        raise DatasetError(f"{name} line {skipped + reader.line_num}: {error}") from None
    if problems.total:
        raise problems.error(Path(name))
    return pd.DataFrame(table, dtype=str), np.array(lines, dtype=np.int64)


def _holds_numbers(grid: pd.DataFrame, first: list[str]) -> bool:
    """Whether the first row is one of data: a number stands there, above numbers."""
    number = re.compile(NUMBER)
    for place, field in enumerate(first):
        below = grid.iloc[1:4, place].astype(str).str.strip()
        if number.fullmatch(field) and (below.empty or below.str.fullmatch(NUMBER).any()):
            return True
    return False


def _names(name: str, first: list[str], grid: pd.DataFrame) -> list[str]:
    """Names of the columns; one without a name is called by its place, or "" if it is empty."""
    names = []
    for place, field in enumerate(first):
        plain = re.sub(r"[\x00-\x1f\x7f\ufeff]+", " ", field).strip()
        if not plain and bool((grid.iloc[:, place] != "").any()):
            plain = f"column {place + 1}"
        names.append(plain)
    twice = sorted(column for column, n in Counter(names).items() if n > 1 and column)
    if twice:
        raise DatasetError(f"{name}: column {twice[0]!r} is there twice; rename one of them")
    if not any(names):
        raise DatasetError(f"{name}: has no column names; a table begins with a row of them")
    return names


def _read_parquet(path: Path) -> Rows:
    try:
        frame = pd.read_parquet(path)
    except Exception as error:  # Arrow raises many kinds
        raise DatasetError(f"{path.name}: cannot be read as Parquet: {error}") from None
    frame.columns = frame.columns.astype(str)
    if not frame.columns.is_unique:
        raise DatasetError(f"{path.name}: two columns have one name")
    text = {
        name: frame[name].astype(object).where(frame[name].notna(), "").astype(str)
        for name in frame.columns
    }
    frame = clean(pd.DataFrame(text).reset_index(drop=True))
    n = len(frame)
    return Rows(
        frame,
        (path.name,),
        np.zeros(n, dtype=np.int64),
        np.arange(1, n + 1),
        counted_in="row",
        detected=("Parquet",),
    )
