"""What an import refuses, file by file, and what stops it altogether."""

import os
import stat
import struct
import zipfile
from pathlib import Path
from unicodedata import normalize

import pytest
from PIL import Image

from stimuli import sources, zips
from stimuli.errors import Refusal, StimuliError
from stimuli.image_set import read_image_set
from stimuli.importers import ImportSummary, import_images
from tests.stimuli.picture_files import encoded, noise, write_png


def animation(form: str) -> bytes:
    frames = [noise(seed, (9, 9)) for seed in (50, 51, 52)]
    return encoded(frames[0], form, save_all=True, append_images=frames[1:])


def bomb() -> bytes:
    content = bytearray(encoded(Image.new("RGB", (1, 1)), "BMP"))
    content[18:26] = struct.pack("<ii", 50_000, 50_000)
    return bytes(content)


def imported(
    tmp_path: Path, files: dict[str, bytes], *, first_frame: bool = False
) -> ImportSummary:
    folder = tmp_path / "in"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return import_images(folder, tmp_path / "sets", "set", first_frame=first_frame)


def kinds(summary: ImportSummary) -> dict[str, Refusal]:
    return {file: kind for file, kind, _ in summary.refused}


def test_each_bad_file_is_refused_by_kind_and_the_rest_imported(tmp_path: Path) -> None:
    sound = encoded(noise(1), "PNG")
    summary = imported(
        tmp_path,
        {
            "good.png": sound,
            "copy.png": encoded(noise(2), "PNG"),
            "later copy.png": encoded(noise(2), "PNG"),
            "cut.jpg": encoded(noise(3, (90, 90)), "JPEG")[:2000],
            "notes.txt": b"remember the milk",
            "empty.png": b"",
            "page.jpg": b"<!DOCTYPE html>",
            "bomb.bmp": bomb(),
            "moving.gif": animation("GIF"),
            "good.jpg": encoded(noise(4), "JPEG"),
            "last.webp": encoded(noise(5), "WEBP"),
        },
    )
    # in order of path good.jpg comes before good.png
    assert kinds(summary) == {
        "bomb.bmp": Refusal.BOMB,
        "cut.jpg": Refusal.TRUNCATED,
        "empty.png": Refusal.NOT_AN_IMAGE,
        "good.png": Refusal.SAME_ID,
        "later copy.png": Refusal.DUPLICATE,
        "moving.gif": Refusal.ANIMATION,
        "notes.txt": Refusal.NOT_AN_IMAGE,
        "page.jpg": Refusal.NOT_AN_IMAGE,
    }
    assert summary.refusals[Refusal.NOT_AN_IMAGE] == 3
    assert summary.added == 3
    reasons = {file: reason for file, _, reason in summary.refused}
    assert "good.jpg" in reasons["good.png"]
    assert "copy.png" in reasons["later copy.png"]
    assert "--first-frame" in reasons["moving.gif"]
    ids = [image.image_id for image in read_image_set(tmp_path / "sets" / "set").images]
    assert ids == ["copy", "good", "last"]


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_an_animation_is_imported_by_its_first_frame_on_request(tmp_path: Path, form: str) -> None:
    files = {f"moving.{form.lower()}": animation(form)}
    assert set(kinds(imported(tmp_path, files)).values()) == {Refusal.ANIMATION}
    assert imported(tmp_path, files, first_frame=True).added == 1
    again = imported(tmp_path, files)  # in the set now, so that it may stay
    assert (again.unchanged, again.refused) == (1, [])


@pytest.mark.parametrize("form", ["GIF", "WEBP", "TIFF"])
def test_a_single_frame_is_no_animation(tmp_path: Path, form: str) -> None:
    files = {f"still.{form.lower()}": encoded(noise(1), form, save_all=True)}
    assert imported(tmp_path, files).added == 1


def test_a_phone_jpeg_with_pictures_behind_the_first_is_no_animation(tmp_path: Path) -> None:
    content = encoded(noise(1), "MPO", save_all=True, append_images=[noise(2)])
    assert imported(tmp_path, {"phone.jpg": content}).added == 1
    (image,) = read_image_set(tmp_path / "sets" / "set").images
    assert image.path.suffix == ".jpg"


def test_a_second_file_gets_the_id_if_the_first_is_refused(tmp_path: Path) -> None:
    summary = imported(tmp_path, {"a.jpg": b"\xff\xd8\xffcut", "a.png": encoded(noise(1), "PNG")})
    assert summary.added == 1
    assert kinds(summary) == {"a.jpg": Refusal.TRUNCATED}


def test_an_import_of_nothing_leaves_no_set_behind(tmp_path: Path) -> None:
    summary = imported(tmp_path, {"a.txt": b"x"})
    assert (summary.added, summary.total, len(summary.refused)) == (0, 0, 1)
    assert not (tmp_path / "sets" / "set").exists()


def test_names_that_cannot_be_printed_are_refused_and_shown_escaped(tmp_path: Path) -> None:
    names = [b"line\nbreak.png", b"not-utf8-\xff.png", b"\x1b[31mred.png"]
    (tmp_path / "in").mkdir()
    for seed, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/" + name)).write_bytes(
            encoded(noise(seed), "PNG")
        )
    summary = import_images(tmp_path / "in", tmp_path / "sets", "set")
    assert set(kinds(summary).values()) == {Refusal.BAD_NAME}
    assert len(summary.refused) == 3
    assert all(file.isprintable() and reason.isprintable() for file, _, reason in summary.refused)


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in" / "pipe.png")
    summary = imported(tmp_path, {"a.png": encoded(noise(1), "PNG")})
    assert summary.added == 1
    assert kinds(summary) == {"pipe.png": Refusal.MISSING}


def test_a_huge_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 1000)
    summary = imported(tmp_path, {"big.png": encoded(noise(1, (40, 40)), "PNG")})
    assert kinds(summary) == {"big.png": Refusal.BOMB}


# --- paths that leave the source: the whole import stops before anything is written


def refused_outright(tmp_path: Path, source: Path, said: str) -> None:
    with pytest.raises(StimuliError, match=said) as caught:
        import_images(source, tmp_path / "sets", "set")
    assert "nothing was imported" in str(caught.value)
    assert not (tmp_path / "sets").exists()


@pytest.mark.parametrize("target", ["secret.png", "folder"])
def test_a_link_out_of_the_folder_stops_the_import(tmp_path: Path, target: str) -> None:
    write_png(tmp_path / "secret.png", 1)
    write_png(tmp_path / "folder" / "b.png", 2)
    write_png(tmp_path / "in" / "good.png", 3)
    (tmp_path / "in" / "link.png").symlink_to(f"../{target}")
    refused_outright(tmp_path, tmp_path / "in", "link.png leads out of")


def test_a_broken_link_is_one_refused_file(tmp_path: Path) -> None:
    write_png(tmp_path / "in" / "good.png", 3)
    (tmp_path / "in" / "link.png").symlink_to("/nowhere/at/all.png")
    (tmp_path / "in" / "loop.png").symlink_to("loop.png")
    summary = import_images(tmp_path / "in", tmp_path / "sets", "set")
    assert summary.added == 1
    assert kinds(summary) == {"link.png": Refusal.MISSING, "loop.png": Refusal.MISSING}


def test_all_links_out_of_the_folder_are_named_at_once(tmp_path: Path) -> None:
    write_png(tmp_path / "out" / "a.png", 1)
    write_png(tmp_path / "in" / "good.png", 3)
    for name, target in (("one.png", "../out/a.png"), ("two.png", "../out/a.png"), ("x", "../out")):
        (tmp_path / "in" / name).symlink_to(target)
    refused_outright(tmp_path, tmp_path / "in", "one.png, two.png, x lead out of")


def test_a_folder_with_a_manifest_is_not_imported_without_it(tmp_path: Path) -> None:
    write_png(tmp_path / "in" / "images" / "a.png", 3)
    (tmp_path / "in" / "manifest.csv").write_text("file,category\nimages/a.png,cat\n")
    with pytest.raises(StimuliError, match=r"import .*in/manifest.csv instead"):
        import_images(tmp_path / "in", tmp_path / "sets", "set")
    summary = import_images(tmp_path / "in" / "manifest.csv", tmp_path / "sets", "set")
    assert summary.added == 1


def test_two_unicode_spellings_of_one_name_are_told(tmp_path: Path) -> None:
    for number, form in enumerate(("NFC", "NFD")):
        write_png(tmp_path / "in" / normalize(form, "\u00e9.png"), number)  # type: ignore[arg-type] # the two forms
    if len(list((tmp_path / "in").iterdir())) < 2:
        pytest.skip("this file system knows one spelling only")
    summary = import_images(tmp_path / "in", tmp_path / "sets", "set")
    assert [(kind, "in Unicode" in why) for _, kind, why in summary.refused] == [
        (Refusal.SAME_ID, True)
    ]


def test_links_within_the_folder_are_harmless(tmp_path: Path) -> None:
    write_png(tmp_path / "in" / "sub" / "good.png", 3)
    (tmp_path / "in" / "again.png").symlink_to("sub/good.png")
    (tmp_path / "in" / "broken.png").symlink_to("sub/gone.png")
    (tmp_path / "in" / "folder").symlink_to("sub")
    summary = import_images(tmp_path / "in", tmp_path / "sets", "set")
    assert summary.added == 1
    assert kinds(summary) == {"broken.png": Refusal.MISSING, "sub/good.png": Refusal.DUPLICATE}
    assert summary.skipped == {"links to folders": 1}


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    write_png(tmp_path / "real" / "a.png", 3)
    (tmp_path / "link").symlink_to("real")
    assert import_images(tmp_path / "link", tmp_path / "sets", "set").added == 1


@pytest.mark.parametrize(
    "name",
    ["../out.png", "a/../../out.png", "/etc/out.png", "\\out.png", "C:\\out.png", "..\\out.png"],
)
def test_a_path_that_leaves_the_zip_stops_the_import(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("good.png", encoded(noise(1), "PNG"))
        archive.writestr(name, encoded(noise(2), "PNG"))
    refused_outright(tmp_path, tmp_path / "z.zip", "leads out of the zip")


def zip_with_link(path: Path, target: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sub/good.png", encoded(noise(1), "PNG"))
        link = zipfile.ZipInfo("sub/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, target)
    return path


@pytest.mark.parametrize("target", ["/etc/passwd", "../../out.png", "x/../../../out.png"])
def test_a_link_that_leaves_the_zip_stops_the_import(tmp_path: Path, target: str) -> None:
    refused_outright(tmp_path, zip_with_link(tmp_path / "z.zip", target), "leads out of the zip")


def test_a_link_within_the_zip_is_no_image(tmp_path: Path) -> None:
    summary = import_images(zip_with_link(tmp_path / "z.zip", "../a.png"), tmp_path / "sets", "set")
    assert summary.added == 1
    assert kinds(summary) == {"sub/link.png": Refusal.NOT_AN_IMAGE}


def test_a_climb_that_stays_within_the_zip_is_harmless(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("a/../b.png", encoded(noise(1), "PNG"))
    import_images(tmp_path / "z.zip", tmp_path / "sets", "set")
    (image,) = read_image_set(tmp_path / "sets" / "set").images
    assert (image.image_id, image.category) == ("b", None)


# --- zip files


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("good.png", encoded(noise(1), "PNG"))
        archive.writestr("locked.png", encoded(noise(2), "PNG"))
    content = bytearray((tmp_path / "z.zip").read_bytes())
    # bit 0 of the flags in the second central record (APPNOTE 4.3.12, offset 8)
    record = content.rindex(b"PK\x01\x02")
    content[record + 8] |= 1
    (tmp_path / "z.zip").write_bytes(content)
    summary = import_images(tmp_path / "z.zip", tmp_path / "sets", "set")
    assert summary.added == 1
    assert kinds(summary) == {"locked.png": Refusal.ENCRYPTED}


def test_a_damaged_member_is_refused_and_the_rest_imported(tmp_path: Path) -> None:
    damaged = encoded(noise(2, (60, 60)), "PNG")
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("damaged.png", damaged)
        archive.writestr("good.png", encoded(noise(1), "PNG"))
    content = (tmp_path / "z.zip").read_bytes()
    spoilt = damaged[:5000] + b"\x00\x01\x02\x03" + damaged[5004:]
    (tmp_path / "z.zip").write_bytes(content.replace(damaged, spoilt))
    summary = import_images(tmp_path / "z.zip", tmp_path / "sets", "set")
    assert summary.added == 1
    assert kinds(summary) == {"damaged.png": Refusal.TRUNCATED}


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"no zip"])
def test_what_is_no_zip_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "z.zip").write_bytes(content)
    with pytest.raises(StimuliError, match="cannot be opened as a zip file"):
        import_images(tmp_path / "z.zip", tmp_path / "sets", "set")


def test_a_zip_bomb_is_refused_outright(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MAX_ZIP_BYTES", 1_000_000)
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.bmp", bytes(2_000_000))
    with pytest.raises(StimuliError, match="zip bomb"):
        import_images(tmp_path / "z.zip", tmp_path / "sets", "set")


def test_a_member_larger_than_it_says_is_not_read_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 1_000_000)
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.bmp", bytes(2_000_000))
        archive.writestr("good.png", encoded(noise(1), "PNG"))
    summary = import_images(tmp_path / "z.zip", tmp_path / "sets", "set")
    assert kinds(summary) == {"zeros.bmp": Refusal.BOMB}
    assert summary.added == 1
