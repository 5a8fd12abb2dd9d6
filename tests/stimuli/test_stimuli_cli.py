"""``hitrate stimuli``, as a researcher types it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stimuli.demo import import_demo_set
from tests.stimuli.picture_files import encoded, noise, write_png


def hitrate(instance: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hitrate", "stimuli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HITRATE_INSTANCE": str(instance)},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures, a duplicate, a hidden file, and two that are none."""
    for seed, name in enumerate(("cats/a.png", "cats/b.png", "dogs/c.png")):
        write_png(tmp_path / "in" / name, seed)
    write_png(tmp_path / "in" / "dogs" / "copy.png", 0)
    (tmp_path / "in" / ".DS_Store").write_bytes(b"x")
    (tmp_path / "in" / "notes.txt").write_text("words")
    (tmp_path / "in" / "cut.jpg").write_bytes(encoded(noise(9, (90, 90)), "JPEG")[:999])
    return tmp_path / "in"


def test_an_import_says_what_it_did_and_why_not(folder: Path, tmp_path: Path) -> None:
    answer = hitrate(tmp_path, "import", folder, "--name", "pets")
    assert answer.returncode == 0
    assert re.sub(r"\d+ bytes", "N bytes", answer.stdout).splitlines() == [
        "Refused, duplicate: 1",
        "  dogs/copy.png: the same picture as 'cats/a' (cats/a.png)",
        "Refused, not an image: 1",
        "  notes.txt: not a known image format; hitrate reads JPEG, PNG, WebP, GIF, BMP and TIFF",
        "Refused, truncated or damaged: 1",
        "  cut.jpg: cannot be decoded: image file is truncated (N bytes not processed)",
        "Passed over, hidden files: 1",
        "Images: 3 added, 0 there before, 3 refused.",
        f"Image set 'pets' has 3 images. It lies in {tmp_path}/image_sets/pets.",
    ]
    again = hitrate(tmp_path, "import", folder, "--name", "pets")
    assert again.returncode == 0
    assert "Images: 0 added, 3 there before, 3 refused." in again.stdout


def test_list_check_and_describe(folder: Path, tmp_path: Path) -> None:
    assert hitrate(tmp_path, "list").stdout.startswith("No image set")
    hitrate(tmp_path, "import", folder, "--name", "pets")
    assert hitrate(tmp_path, "list").stdout == "pets\t3 images\n"
    described = hitrate(tmp_path, "describe", "pets").stdout.splitlines()
    assert described == [
        f"pets: 3 images in {tmp_path}/image_sets/pets",
        "Width: 24 to 24 px, median 24",
        "Height: 16 to 16 px, median 16",
        "Formats: PNG (3)",
        "Categories: cats (2), dogs (1)",
        "Licences: none given (3)",
    ]
    assert hitrate(tmp_path, "check", "pets").returncode == 0
    next((tmp_path / "image_sets" / "pets" / "originals").iterdir()).unlink()
    checked = hitrate(tmp_path, "check", "pets")
    assert checked.returncode == 1
    assert "cannot be read" in checked.stdout


def test_describe_shows_the_demo_sets_notice(tmp_path: Path) -> None:
    import_demo_set(tmp_path / "image_sets")
    answer = hitrate(tmp_path, "describe", "demo")
    assert "Licences: MIT (" in answer.stdout
    assert "@lobehub/fluent-emoji-3d" in answer.stdout


def test_what_is_wrong_is_one_sentence_and_exit_1(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "a.txt").write_text("x")
    (folder / "link.png").symlink_to("/etc/passwd")
    for arguments in (
        ("import", folder, "--name", "pets"),
        ("import", folder, "--name", "../pets"),
        ("import", tmp_path / "gone", "--name", "pets"),
        ("import", tmp_path / "words", "--name", "pets"),
        ("describe", "pets"),
        ("check", "pets"),
    ):
        answer = hitrate(tmp_path, *arguments)
        assert answer.returncode == 1
        assert answer.stderr.startswith("Error: ")
        assert len(answer.stderr.splitlines()) == 1
    assert not (tmp_path / "image_sets" / "pets").exists()


def test_many_refusals_are_cut_short_unless_all_are_asked_for(tmp_path: Path) -> None:
    write_png(tmp_path / "in" / "a.png", 1)
    for number in range(25):
        (tmp_path / "in" / f"{number:02}.txt").write_text("x")
    short = hitrate(tmp_path, "import", tmp_path / "in", "--name", "set").stdout
    assert "Refused, not an image: 25" in short
    assert "  … and 15 more; --all lists them" in short
    assert "24.txt" not in short
    assert "24.txt" in hitrate(tmp_path, "import", tmp_path / "in", "--name", "set", "--all").stdout
