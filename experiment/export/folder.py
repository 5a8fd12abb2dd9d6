"""What an export consists of, and that it never goes over what somebody else put there."""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from experiment.errors import ConflictError

FORMAT = "hitrate-dataset"  # of the native flavour, whose manifest analysis reads
OTHER_FORMAT = "hitrate-export"
NATIVE_MANIFEST, OTHER_MANIFEST = "dataset.json", "export.json"


def inventory(folder: Path, rows: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Each file of the folder with its sha256 and, for tables, the number of rows."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        found[name] = {"sha256": sha256_of(file)}
        if name in rows:
            found[name]["rows"] = rows[name]
    return found


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def manifest_name(flavour: str) -> str:
    """The file that says what an export is and lists its files."""
    return NATIVE_MANIFEST if flavour == "native" else OTHER_MANIFEST


def refuse_foreign_files(out: Path, slug: str, flavour: str) -> None:
    """Refuse a place that holds anything but this study's own earlier export, unchanged.

    Raises
    ------
    ConflictError
        Naming the first file that would be lost.
    """
    if not out.exists():
        return
    if out.suffix == ".zip":
        refuse_foreign_archive(out, slug, flavour)
        return
    if not out.is_dir():
        raise ConflictError(f"{out} is a file; name a folder for the dataset.")
    present = {p.relative_to(out).as_posix(): p for p in out.rglob("*") if not p.is_dir()}
    if not present:
        return
    manifests = [name for name in (NATIVE_MANIFEST, OTHER_MANIFEST) if name in present]
    about = manifest_of(present[manifests[0]].read_bytes()) if manifests else None
    if about is None:
        raise ConflictError(
            f"{out} is not empty and no export wrote it ('{min(present)}' is in it). {ELSEWHERE}"
        )
    refuse_another(out, about, slug, flavour)
    refuse_changes(out, present, about["files"], manifests)


ELSEWHERE = "Nothing was changed. Name another folder, or move that away first."


def manifest_of(content: bytes) -> dict[str, Any] | None:
    """What the manifest of an export says; None if it is none."""
    try:
        about = json.loads(content)
        ours = about["format"] in (FORMAT, OTHER_FORMAT) and about["software"]["name"] == "hitrate"
        return (
            {
                "files": dict(about["files"]),
                "name": about["name"],
                "flavour": about.get("flavour", "native"),
            }
            if ours
            else None
        )
    except (ValueError, KeyError, TypeError):
        return None


def refuse_another(out: Path, about: Mapping[str, Any], slug: str, flavour: str) -> None:
    """Refuse another study's export, and another flavour's."""
    if about["name"] != slug:
        raise ConflictError(
            f"{out} holds the dataset of another study, '{about['name']}'. {ELSEWHERE}"
        )
    if about["flavour"] != flavour:
        raise ConflictError(f"{out} holds an export as {about['flavour']}. {ELSEWHERE}")


def refuse_changes(
    out: Path,
    present: Mapping[str, Path],
    known: Mapping[str, Any],
    manifests: Iterable[str],
) -> None:
    """Refuse files that no export wrote, or that are not as it wrote them."""
    for file in sorted(present.keys() - set(manifests)):
        if file not in known:
            raise ConflictError(f"{out} also holds '{file}', which no export wrote. {ELSEWHERE}")
        if sha256_of(present[file]) != known[file].get("sha256"):
            raise ConflictError(f"{out / file} was changed after it was exported. {ELSEWHERE}")


def refuse_foreign_archive(out: Path, slug: str, flavour: str) -> None:
    """Refuse a file that is no archive of this study in this flavour."""
    try:
        with zipfile.ZipFile(out) as archive:
            names = [
                name
                for name in archive.namelist()
                if name.partition("/")[2] in (NATIVE_MANIFEST, OTHER_MANIFEST)
            ]
            about = manifest_of(archive.read(names[0])) if names else None
    except (OSError, zipfile.BadZipFile):
        about = None
    if about is None:
        raise ConflictError(f"{out} is already there and no export wrote it. {ELSEWHERE}")
    refuse_another(out, about, slug, flavour)
