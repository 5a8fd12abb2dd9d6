"""What an import finds among files that lie under other names than people gave them.

A page's upload keeps each file under a name of its own; the path that it had within its folder is
only told, and nothing on disk is ever named by it.
"""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from stimuli.errors import RefusedImageError, StimuliError
from stimuli.image_set import MANIFEST
from stimuli.manifests import described_source
from stimuli.sources import (
    Entry,
    Source,
    file_entry,
    is_clutter,
    open_regular,
    read_whole,
    refused_entry,
)

TABLES = {".csv", ".tsv"}


def listed_source(files: Mapping[str, Path], refused: Mapping[str, RefusedImageError]) -> Source:
    """Files by the paths that people know them by, sorted; a folder around all is left out.

    Parameters
    ----------
    files, refused
        Where each file lies, by its path with '/'; those that are refused without a look.
    """
    source = Source()
    wanted = []
    for path in sorted(files):
        if any(is_clutter(part) for part in PurePosixPath(path).parts):
            source.skipped["hidden files"] += 1
        else:
            wanted.append(path)
    wrapper = common_folder([*wanted, *refused])
    if wrapper:
        source.notes.append(f"everything lies in {wrapper}/, which is left out of the image ids")
    for path in wanted:
        relative = path[len(wrapper) + 1 :] if wrapper else path
        source.entries.append(
            file_entry(relative, relative, lambda place=files[path]: open_regular(place))  # type: ignore[misc] # mypy cannot infer lambdas with defaults
        )
    for path, reason in sorted(refused.items()):
        relative = path[len(wrapper) + 1 :] if wrapper else path
        source.entries.append(refused_entry(relative, reason))
    return source


def common_folder(paths: list[str]) -> str:
    """The folder that all paths begin with, or nothing."""
    firsts = {path.partition("/")[0] if "/" in path else "" for path in paths}
    return firsts.pop() if len(firsts) == 1 else ""


def with_table(source: Source, folder: Path) -> Source:
    """A source as the table at its top describes it; as it is, if there is none.

    Parameters
    ----------
    source, folder
        Whose labels are paths; where the table may be unpacked.

    Raises
    ------
    StimuliError
        If there are several tables and none is called manifest.csv, or it is none.
    """
    tables = [e for e in source.entries if "/" not in e.label and e.suffix in TABLES]
    tables = [entry for entry in tables if entry.refused is None]
    named = [entry for entry in tables if entry.label.lower() == MANIFEST]
    if not tables:
        return source
    if len(tables) > 1 and not named:
        names = ", ".join(entry.label for entry in tables)
        raise StimuliError(
            f"there are several tables ({names}): call the one that describes the images "
            f"{MANIFEST}, or send only that one"
        )
    table = (named or tables)[0]
    return described_source(unpacked(table, folder), table.label, source)


def unpacked(table: Entry, folder: Path) -> Path:
    """A file with the content of a table."""
    path = folder / "table.csv"
    try:
        path.write_bytes(read_whole(table))
    except RefusedImageError as refused:
        raise StimuliError(f"{table.label} cannot be read: {refused}") from refused
    return path
