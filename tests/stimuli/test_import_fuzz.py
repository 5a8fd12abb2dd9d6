"""Whatever bytes and rows come: an import takes them or says why not; it never breaks."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stimuli.checks import check_image_set
from stimuli.errors import RefusedImageError, StimuliError
from stimuli.image_set import read_image_set
from stimuli.importers import import_images
from stimuli.pixels import load_rgb
from tests.stimuli.picture_files import encoded, noise, tree, write_png

fuzz = settings(deadline=None, suppress_health_check=list(HealthCheck))
SOUND = [
    encoded(noise(1, (12, 9)), form) for form in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
] + [
    encoded(noise(2, (12, 9)).convert("RGBA"), "WEBP", lossless=True),
    encoded(noise(3, (12, 9)).convert("CMYK"), "JPEG"),
    encoded(noise(4, (12, 9)), "TIFF", compression="tiff_lzw"),
    encoded(noise(5, (12, 9)), "GIF", save_all=True, append_images=[noise(6, (12, 9))]),
    encoded(noise(7, (12, 9)).quantize(8), "PNG", transparency=3),
]


@st.composite
def spoilt_file(draw: st.DrawFn) -> bytes:
    """A sound file with some bytes changed, cut, doubled or put before it."""
    content = bytearray(draw(st.sampled_from(SOUND)))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        match draw(st.sampled_from(("change", "cut", "insert", "remove"))):
            case "change" if content:
                content[place] = draw(st.integers(0, 255))
            case "cut":
                del content[place:]
            case "insert":
                content[place:place] = draw(st.binary(max_size=8))
            case "remove":
                del content[place : place + draw(st.integers(1, 8))]
    return bytes(content)


@settings(fuzz, max_examples=400)
@given(content=st.one_of(st.binary(max_size=200), spoilt_file()))
def test_any_bytes_are_loaded_as_rgb_or_refused_with_a_reason(content: bytes) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, about odd metadata
        try:
            image = load_rgb(io.BytesIO(content))
        except RefusedImageError as refused:
            assert str(refused)
        else:
            assert image.mode == "RGB"
            assert image.width * image.height > 0


@settings(fuzz, max_examples=40)
@given(contents=st.lists(st.one_of(st.binary(max_size=60), spoilt_file()), max_size=8))
def test_a_folder_of_any_bytes_is_imported_or_refused_and_again_the_same(
    contents: list[bytes],
) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "in"
        write_png(folder / "sound.png", 1)
        for number, content in enumerate(contents):
            (folder / f"{number}.jpg").write_bytes(content)
        first = import_images(folder, Path(temporary), "set")
        assert first.added + len(first.refused) == len(contents) + 1
        assert first.added == len(read_image_set(first.folder).images) >= 1
        assert all(reason for _, _, reason in first.refused)
        assert check_image_set(read_image_set(first.folder)) == []
        before = tree(first.folder)
        second = import_images(folder, Path(temporary), "set")
        assert (second.unchanged, second.refused) == (first.added, first.refused)
        assert tree(first.folder) == before


cell = st.one_of(
    st.sampled_from(
        ["a.png", "b.png", "sub/c.png", "sub", "../a.png", "/a.png", "", "a", "x.png", "a.png\x00"]
    ),
    st.text(max_size=12),
)
header = st.one_of(
    st.sampled_from(["file", "path", "image_id", "category", "license", "sha256", "width_px", ""]),
    st.text(max_size=6),
)


def check_table(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "in"
        for seed, name in enumerate(("a.png", "b.png", "sub/c.png")):
            write_png(folder / name, seed)
        (folder / "table.csv").write_bytes(content)
        try:
            summary = import_images(folder / "table.csv", Path(temporary), "set")
        except StimuliError as error:
            assert str(error)
            assert not (Path(temporary) / "set").exists()
            return
        assert summary.added <= 3
        assert summary.added + len(summary.refused) > 0
        if summary.added:
            image_set = read_image_set(summary.folder)
            assert len(image_set.images) == summary.added
            assert check_image_set(image_set) == []


@settings(fuzz, max_examples=150)
@given(
    columns=st.lists(header, min_size=1, max_size=5),
    rows=st.lists(st.lists(cell, max_size=6), max_size=5),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "latin-1")),
)
def test_any_table_is_imported_or_explained(
    columns: list[str], rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, escapechar="\\")
    writer.writerow(columns)
    writer.writerows(rows)
    check_table(text.getvalue().encode(encoding, "replace"))


@settings(fuzz, max_examples=100)
@given(content=st.binary(max_size=120))
def test_any_bytes_as_a_table_are_explained(content: bytes) -> None:
    check_table(b"file,note\n" + content)
    check_table(content)


@settings(fuzz, max_examples=60)
@given(content=st.binary(max_size=200), place=st.integers(0, 2_000))
def test_any_damage_to_a_zip_is_explained(content: bytes, place: int) -> None:
    import zipfile

    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "z.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.png", SOUND[1])
            archive.writestr("sub/b.gif", SOUND[3])
        damaged = bytearray(path.read_bytes())
        damaged[place : place + len(content)] = content
        path.write_bytes(damaged)
        try:
            summary = import_images(path, Path(temporary) / "sets", "set")
        except StimuliError as error:
            assert str(error)
        else:
            assert summary.added + len(summary.refused) + summary.skipped.total() <= 2
