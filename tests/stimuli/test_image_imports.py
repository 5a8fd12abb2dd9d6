"""Imports of folders and zip files: sound files, and that a repeat changes nothing."""

import hashlib
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from PIL import Image as PillowImage

from stimuli import importers
from stimuli.checks import check_image_set
from stimuli.errors import Refusal, StimuliError
from stimuli.image_set import read_image_set
from stimuli.importers import import_images
from tests.stimuli.picture_files import encoded, noise, tree, write_png

MODES = {
    "JPEG": ("RGB", "L", "CMYK"),
    "PNG": ("RGB", "L", "LA", "RGBA", "P", "1", "I;16"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("P", "L"),
    "BMP": ("RGB", "L", "P"),
    "TIFF": ("RGB", "RGBA", "CMYK", "L", "I;16", "F"),
}


def picture(mode: str, seed: int) -> PillowImage.Image:
    image = noise(seed, (30, 20))
    if mode in {"P", "1"}:
        return image.quantize(16) if mode == "P" else image.convert("1")
    if mode == "I;16":
        return PillowImage.frombytes("I;16", (30, 20), noise(seed, (60, 20), "L").tobytes())
    return image.convert(mode)


def test_a_folder_of_every_format_and_mode_is_imported(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    kinds = [(form, mode) for form, modes in MODES.items() for mode in modes]
    for seed, (form, mode) in enumerate(kinds):
        name = f"{form}_{mode.replace(';', '')}.{form.lower()}"
        (folder / name).write_bytes(encoded(picture(mode, seed), form))
    summary = import_images(folder, tmp_path / "sets", "kinds")
    assert summary.refused == []
    assert summary.added == summary.total == len(kinds) == 23
    for image in read_image_set(tmp_path / "sets" / "kinds").images:
        assert (image.width_px, image.height_px) == (30, 20)
        assert hashlib.sha256(image.path.read_bytes()).hexdigest() == image.sha256
        with PillowImage.open(summary.folder / "thumbnails" / f"{image.sha256}.webp") as thumbnail:
            assert (thumbnail.format, thumbnail.size) == ("WEBP", (30, 20))


def test_ids_are_paths_without_extension_and_categories_first_folders(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    for seed, name in enumerate(["plain.png", "animals/cat.v2.png", "animals/wild/été ü.png"]):
        write_png(folder / name, seed)
    import_images(folder, tmp_path, "set")
    images = read_image_set(tmp_path / "set").images
    assert [(image.image_id, image.category) for image in images] == [
        ("animals/cat.v2", "animals"),
        ("animals/wild/été ü", "animals"),
        ("plain", None),
    ]
    assert all(image.licence is None and image.attributes == {} for image in images)


def test_sizes_are_those_of_the_upright_picture(tmp_path: Path) -> None:
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "turned.jpg").write_bytes(encoded(noise(1, (400, 300)), "JPEG", exif=exif))
    summary = import_images(tmp_path / "in", tmp_path, "set")
    (image,) = read_image_set(tmp_path / "set").images
    assert (image.width_px, image.height_px) == (300, 400)
    with PillowImage.open(summary.folder / "thumbnails" / f"{image.sha256}.webp") as thumbnail:
        assert thumbnail.size == (120, 160)


def test_the_original_is_kept_byte_for_byte(tmp_path: Path) -> None:
    path = write_png(tmp_path / "in" / "a.png", 1)
    import_images(tmp_path / "in", tmp_path, "set")
    (image,) = read_image_set(tmp_path / "set").images
    assert image.path.read_bytes() == path.read_bytes()
    assert image.path == tmp_path / "set" / "originals" / f"{image.sha256}.png"


def test_a_second_import_changes_nothing(tmp_path: Path) -> None:
    for seed in range(20):
        write_png(tmp_path / "in" / f"c{seed % 3}" / f"{seed}.png", seed)
    (tmp_path / "in" / "words.txt").write_text("not a picture")
    first = import_images(tmp_path / "in", tmp_path, "set")
    before = tree(tmp_path / "set")
    second = import_images(tmp_path / "in", tmp_path, "set")
    assert tree(tmp_path / "set") == before
    assert (first.added, first.unchanged) == (20, 0)
    assert (second.added, second.unchanged, second.total) == (0, 20, 20)
    assert second.refused == first.refused


def test_a_larger_folder_adds_what_is_new(tmp_path: Path) -> None:
    for seed in range(3):
        write_png(tmp_path / "in" / f"{seed}.png", seed)
    import_images(tmp_path / "in", tmp_path, "set")
    before = read_image_set(tmp_path / "set").images
    for seed in range(3, 5):
        write_png(tmp_path / "in" / f"{seed}.png", seed)
    summary = import_images(tmp_path / "in", tmp_path, "set")
    assert (summary.added, summary.unchanged, summary.total) == (2, 3, 5)
    assert read_image_set(tmp_path / "set").images[:3] == before


def test_another_folder_adds_its_images_and_conflicts_are_told(tmp_path: Path) -> None:
    write_png(tmp_path / "one" / "a.png", 1)
    write_png(tmp_path / "one" / "b.png", 2)
    import_images(tmp_path / "one", tmp_path, "set")
    write_png(tmp_path / "two" / "a.png", 99)  # another picture under a known id
    write_png(tmp_path / "two" / "copy_of_b.png", 2)
    write_png(tmp_path / "two" / "c.png", 3)
    summary = import_images(tmp_path / "two", tmp_path, "set")
    assert summary.added == 1
    assert [(file, kind) for file, kind, _ in summary.refused] == [
        ("a.png", Refusal.CONFLICT),
        ("copy_of_b.png", Refusal.DUPLICATE),
    ]
    assert "'b'" in summary.refused[1][2]
    images = read_image_set(tmp_path / "set").images
    assert [image.image_id for image in images] == ["a", "b", "c"]
    assert images[0].path.read_bytes() == (tmp_path / "one" / "a.png").read_bytes()
    assert check_image_set(read_image_set(tmp_path / "set")) == []  # no stray files either


def test_an_import_that_was_killed_is_finished_by_the_next(tmp_path: Path) -> None:
    for seed in range(400):
        write_png(tmp_path / "in" / f"{seed:03}.png", seed)
    code = (
        "import sys; from pathlib import Path; from stimuli.importers import import_images;"
        "import_images(Path(sys.argv[1]), Path(sys.argv[2]), 'set')"
    )
    process = subprocess.Popen([sys.executable, "-c", code, tmp_path / "in", tmp_path / "sets"])
    originals = tmp_path / "sets" / "set" / "originals"
    deadline = time.monotonic() + 60
    while not (originals.is_dir() and any(originals.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    partly = len(list(originals.iterdir()))
    assert 0 < partly < 400, "the import was to be killed in its middle"
    with pytest.raises(StimuliError, match="interrupted"):
        read_image_set(tmp_path / "sets" / "set")
    kept = {path: path.stat().st_mtime_ns for path in originals.iterdir()}
    summary = import_images(tmp_path / "in", tmp_path / "sets", "set")
    assert (summary.added, summary.total) == (400, 400)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    import_images(tmp_path / "in", tmp_path / "sets", "whole")
    manifest = (tmp_path / "sets" / "set" / "manifest.csv").read_bytes()
    assert manifest == (tmp_path / "sets" / "whole" / "manifest.csv").read_bytes()
    assert check_image_set(read_image_set(tmp_path / "sets" / "set")) == []


def test_two_imports_into_one_set_at_once_are_refused(tmp_path: Path) -> None:
    write_png(tmp_path / "in" / "a.png", 1)
    with (
        importers.locked(tmp_path / "set"),
        pytest.raises(StimuliError, match="another import into"),
    ):
        import_images(tmp_path / "in", tmp_path, "set")


def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_png(tmp_path / "in" / "a.png", 1)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(importers, "settle", full)
    with pytest.raises(StimuliError, match="No space left on device"):
        import_images(tmp_path / "in", tmp_path, "set")


def test_progress_counts_every_file_once(tmp_path: Path) -> None:
    for seed in range(12):
        write_png(tmp_path / "in" / f"{seed}.png", seed)
    (tmp_path / "in" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    seen: list[tuple[int, int]] = []
    import_images(tmp_path / "in", tmp_path, "set", progress=lambda *now: seen.append(now))
    assert seen == [(done, 13) for done in range(1, 14)]


def zipped(folder: Path, path: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, prefix + file.relative_to(folder).as_posix())
    return path


@pytest.mark.parametrize("prefix", ["", "pictures/"])
def test_a_zip_gives_the_same_set_as_its_folder(tmp_path: Path, prefix: str) -> None:
    for seed in range(6):
        write_png(tmp_path / "in" / f"c{seed % 2}" / f"{seed}.png", seed)
    import_images(tmp_path / "in", tmp_path, "folder")
    summary = import_images(
        zipped(tmp_path / "in", tmp_path / "pictures.zip", prefix), tmp_path, "zip"
    )
    assert (summary.added, summary.refused) == (6, [])
    assert len(summary.notes) == bool(prefix)  # that the folder "pictures" is left out
    assert (tmp_path / "zip" / "manifest.csv").read_bytes() == (
        tmp_path / "folder" / "manifest.csv"
    ).read_bytes()


def test_hidden_and_system_files_are_passed_over_and_counted(tmp_path: Path) -> None:
    for name in (
        "a.png",
        ".hidden.png",
        "Thumbs.db",
        ".git/x.png",
        "__MACOSX/._a.png",
        "sub/._b.png",
    ):
        write_png(tmp_path / "in" / name, 1)
    folder = import_images(tmp_path / "in", tmp_path, "folder")
    assert (folder.added, folder.refused) == (1, [])
    assert folder.skipped == {"hidden files": 3, "hidden folders": 2}
    archive = import_images(zipped(tmp_path / "in", tmp_path / "z.zip"), tmp_path, "zip")
    assert (archive.added, archive.refused) == (1, [])
    assert archive.skipped == {"hidden files": 5}


def test_backslashes_in_a_zip_are_folders(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("animals\\cat.png", encoded(noise(1), "PNG"))
    import_images(tmp_path / "z.zip", tmp_path, "set")
    (image,) = read_image_set(tmp_path / "set").images
    assert (image.image_id, image.category) == ("animals/cat", "animals")


def test_an_extension_that_lies_is_imported_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "really_jpeg.png").write_bytes(encoded(noise(1), "JPEG"))
    (tmp_path / "in" / "none").write_bytes(encoded(noise(2), "PNG"))
    (tmp_path / "in" / "fine.JPEG").write_bytes(encoded(noise(3), "JPEG"))
    (tmp_path / "in" / "fine.tif").write_bytes(encoded(noise(4), "TIFF"))
    summary = import_images(tmp_path / "in", tmp_path, "set")
    assert [kind for _, kind, _ in summary.refused] == [Refusal.SAME_ID]  # fine.tif: same id
    (note,) = summary.notes
    assert note.startswith("1 with an extension of another format")
    assert "really_jpeg.png is JPG" in note
    suffixes = {
        image.image_id: image.path.suffix for image in read_image_set(tmp_path / "set").images
    }
    assert suffixes == {"fine": ".jpg", "none": ".png", "really_jpeg": ".jpg"}


def test_composed_and_decomposed_names_give_one_id(tmp_path: Path) -> None:
    write_png(tmp_path / "mac" / "e\u0301te\u0301.png", 1)
    import_images(tmp_path / "mac", tmp_path, "set")
    write_png(tmp_path / "linux" / "\u00e9t\u00e9.png", 1)
    assert import_images(tmp_path / "linux", tmp_path, "set").unchanged == 1


@pytest.mark.parametrize("name", ["gone", "gone.csv", "a.png", "a.xlsx"])
def test_a_source_that_is_none_is_told(tmp_path: Path, name: str) -> None:
    write_png(tmp_path / "a.png", 1)
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(StimuliError, match=r"does not exist|neither a folder"):
        import_images(tmp_path / name, tmp_path / "sets", "set")
    assert not (tmp_path / "sets").exists()


def test_a_folder_that_cannot_be_read_is_refused_and_the_rest_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_png(tmp_path / "in" / "a.png", 1)
    write_png(tmp_path / "in" / "shut" / "b.png", 2)
    scandir = os.scandir

    def refuse(folder: str) -> object:  # what a user without the right would meet; root may all
        if str(folder).endswith("shut"):
            raise PermissionError(13, "Permission denied", folder)
        return scandir(folder)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        summary = import_images(tmp_path / "in", tmp_path, "set")
    assert summary.added == 1
    ((file, kind, reason),) = summary.refused
    assert (file, kind) == (str(tmp_path / "in" / "shut"), Refusal.MISSING)
    assert "Permission denied" in reason
