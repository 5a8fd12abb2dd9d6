"""CSV manifests: the columns and files that are found, and every way a table can be wrong."""

from pathlib import Path

import pytest

from stimuli.errors import Refusal, StimuliError
from stimuli.image_set import Image, read_image_set
from stimuli.importers import ImportSummary, import_images
from tests.stimuli.picture_files import tree, write_png

FOLDER = ("a.png", "b.png", "sub/c.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures, for a table beside them."""
    for seed, name in enumerate(FOLDER):
        write_png(tmp_path / "in" / name, seed)
    return tmp_path / "in"


def imported(folder: Path, table: str | bytes, name: str = "table.csv") -> ImportSummary:
    content = table.encode("utf-8") if isinstance(table, str) else table
    (folder / name).write_bytes(content)
    return import_images(folder / name, folder.parent / "sets", "set")


def images(folder: Path) -> list[Image]:
    return list(read_image_set(folder.parent / "sets" / "set").images)


def kinds(summary: ImportSummary) -> dict[str, Refusal]:
    return {file: kind for file, kind, _ in summary.refused}


def test_the_shared_photographs_come_with_their_manifest(shared_data: Path, tmp_path: Path) -> None:
    manifest = shared_data / "photos" / "manifest.csv"
    summary = import_images(manifest, tmp_path, "photos")
    assert (summary.added, summary.refused) == (181, [])
    assert summary.notes == [
        "the files lie in images/",
        "width_px and height_px are measured, not taken from the table",
    ]
    found = {image.image_id: image for image in read_image_set(tmp_path / "photos").images}
    scissors = found["tools_scissors2"]  # first line of the manifest
    assert (scissors.width_px, scissors.height_px) == (320, 226)
    assert (scissors.category, scissors.licence) == ("tools", "CC-BY-1.0")
    assert scissors.attributes == {
        "copyright": "Modeha",
        "source": "Debian gcompris-qt-data 3.1-2: "
        "src/activities/categorization/resource/images/tools/scissors2.webp",
    }
    before = tree(tmp_path / "photos")
    assert import_images(manifest, tmp_path, "photos").unchanged == 181
    assert tree(tmp_path / "photos") == before


def test_columns_become_id_category_licence_and_attributes(folder: Path) -> None:
    imported(
        folder,
        "file,image_id,category,licence,arousal,note\n"
        'a.png,first,animals,CC0-1.0,4.5,"one, two\nthree ""four"""\n'
        "sub/c.png,,,,,\n",
    )
    first, second = sorted(images(folder), key=lambda image: image.image_id)
    assert (first.image_id, first.category, first.licence) == ("first", "animals", "CC0-1.0")
    assert first.attributes == {"arousal": "4.5", "note": 'one, two\nthree "four"'}
    assert (second.image_id, second.category, second.licence) == ("sub/c", None, None)
    assert second.attributes == {}


def test_without_a_category_column_the_folder_is_the_category(folder: Path) -> None:
    imported(folder, "file\na.png\nsub/c.png\n")
    assert [image.category for image in images(folder)] == [None, "sub"]


@pytest.mark.parametrize("column", ["file", "path", "image", "filename", "Image_Path", "FILE"])
def test_the_column_of_files_is_known_by_name(folder: Path, column: str) -> None:
    summary = imported(folder, f"rating,{column}\n1,a.png\n2,b.png\n")
    assert summary.added == 2
    told = [f"column {column.lower()!r} names the files"]
    assert summary.notes == ([] if column.lower() == "file" else told)
    assert [image.attributes for image in images(folder)] == [{"rating": "1"}, {"rating": "2"}]


def test_a_column_of_another_name_is_known_by_its_extensions(folder: Path) -> None:
    summary = imported(folder, "word;bild\nKatze;a.png\nHund;b.png\n")
    assert summary.added == 2
    assert summary.notes == [
        "table.csv is separated by semicolons",
        "column 'bild' names the files",
    ]


def test_of_two_columns_that_might_name_files_the_one_whose_files_exist_is_taken(
    folder: Path,
) -> None:
    summary = imported(folder, "file,filename,size\n17,a.png,small\n18,b.png,large\n")
    assert summary.added == 2
    assert summary.notes == [
        "column 'filename' names the files",
        "column 'file' is not kept: image sets have one of their own",
    ]
    assert [(image.image_id, image.attributes) for image in images(folder)] == [
        ("a", {"size": "small"}),
        ("b", {"size": "large"}),
    ]


def test_names_without_extension_and_with_backslashes_are_found(folder: Path) -> None:
    summary = imported(folder, "image\na\nsub\\c.png\n")
    assert summary.refused == []
    assert [image.image_id for image in images(folder)] == ["a", "sub/c"]


def test_files_are_found_in_a_folder_beside_the_table(folder: Path) -> None:
    (folder / "table").mkdir()
    for name in FOLDER[:2]:
        (folder / name).rename(folder / "table" / name)
    summary = imported(folder, "file\na.png\nb.png\n")
    assert summary.added == 2
    assert summary.notes == ["the files lie in table/"]
    assert [image.image_id for image in images(folder)] == ["a", "b"]


def test_names_in_either_unicode_form_are_found(folder: Path) -> None:
    write_png(folder / "e\u0301.png", 9)  # as macOS writes é
    assert imported(folder, "file\n\u00e9.png\n").added == 1
    assert images(folder)[0].image_id == "\u00e9"


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("file,who\na.png,Zoë\n".encode("utf-8-sig"), None),
        ("file;who\r\na.png;Zoë\r\n".encode(), "table.csv is separated by semicolons"),
        ("file\twho\ra.png\tZoë\r".encode(), "table.csv is separated by tabs"),
        ("sep=;\nfile;who\na.png;Zoë\n".encode(), "table.csv is separated by semicolons"),
        ("file,who\na.png,Zoë\n".encode("utf-16"), "table.csv is UTF-16"),
        (
            "file,who\na.png,Zoë\n".encode("latin-1"),
            "table.csv is not UTF-8 (first seen in line 2) and was read as Latin-1 (Windows-1252): "
            "check that 'a.png,Zoë' looks right, or save it as CSV UTF-8",
        ),
        (b"\n\n file , who \n\n a.png , Zo\xc3\xab \n,\n\n", None),
    ],
)
def test_tables_of_every_program_are_read_and_what_was_guessed_is_told(
    folder: Path, content: bytes, note: str | None
) -> None:
    summary = imported(folder, content)
    assert (summary.added, summary.refused) == (1, [])
    assert summary.notes == ([] if note is None else [note])
    assert images(folder)[0].attributes == {"who": "Zoë"}


def test_wrong_rows_are_refused_by_line_and_the_rest_imported(folder: Path) -> None:
    summary = imported(
        folder,
        "file,note,image_id\n"
        "a.png,fine,\n"
        "gone.png,,\n"
        ",no file,\n"
        "b.png,too,many,cells\n"
        "https://example.org/x.png,,\n"
        "sub,a folder,\n"
        "sub/c.png,last,\n",
    )
    assert summary.added == 2
    assert kinds(summary) == {
        "table.csv line 3 (gone.png)": Refusal.MISSING,
        "table.csv line 4": Refusal.BAD_ROW,
        "table.csv line 5": Refusal.BAD_ROW,
        "table.csv line 6 (https://example.org/x.png)": Refusal.MISSING,
        "table.csv line 7 (sub)": Refusal.MISSING,
    }
    reasons = [reason for _, _, reason in summary.refused]
    assert "download it first" in reasons[3]
    assert "4 cells where the header has 3" in reasons[2]


def test_a_file_or_an_id_that_is_there_twice_is_refused(folder: Path) -> None:
    summary = imported(folder, "file,image_id\na.png,x\nb.png,x\na.png,y\nsub/c.png,z\n")
    assert kinds(summary) == {
        "table.csv line 3 (b.png)": Refusal.SAME_ID,
        "table.csv line 4 (a.png)": Refusal.DUPLICATE,
    }
    assert "table.csv line 2 (a.png)" in summary.refused[0][2]
    assert [image.image_id for image in images(folder)] == ["x", "z"]


@pytest.mark.parametrize("image_id", ["x" * 256, "a\x07b", "zero\u200bwidth"])
def test_an_id_that_cannot_be_one_is_refused(folder: Path, image_id: str) -> None:
    summary = imported(folder, f"file,image_id\na.png,{image_id}\nb.png,\n")
    assert kinds(summary) == {"table.csv line 2 (a.png)": Refusal.BAD_NAME}


def test_a_promised_sha256_is_checked(folder: Path) -> None:
    summary = imported(folder, f"file,sha256\na.png,{'0' * 64}\nb.png,\n")
    assert kinds(summary) == {"table.csv line 2 (a.png)": Refusal.CONFLICT}
    assert summary.added == 1


def test_an_image_set_can_be_imported_from_its_own_manifest(folder: Path) -> None:
    imported(folder, "file,category,licence,mood\na.png,x,CC0,4\nsub/c.png,y,,\n")
    first = folder.parent / "sets" / "set"
    import_images(first / "manifest.csv", folder.parent / "sets", "again")
    again = folder.parent / "sets" / "again"
    assert (first / "manifest.csv").read_bytes() == (again / "manifest.csv").read_bytes()


def test_a_description_that_changed_is_a_conflict_and_the_set_keeps_its_own(folder: Path) -> None:
    imported(folder, "file,category,mood\na.png,x,1\nb.png,x,1\nsub/c.png,x,1\n")
    before = tree(folder.parent / "sets")
    summary = imported(folder, "file,category,mood\na.png,y,1\nb.png,x,2\nsub/c.png,x,1\n")
    assert summary.unchanged == 1
    assert [kind for _, kind, _ in summary.refused] == [Refusal.CONFLICT] * 2
    assert summary.refused[0][2].startswith("its category is 'y', but 'x' in the set")
    assert summary.refused[1][2].startswith("its mood is '2', but '1' in the set")
    assert tree(folder.parent / "sets") == before


def test_new_images_may_bring_new_columns(folder: Path) -> None:
    imported(folder, "file,mood\na.png,1\n")
    imported(folder, "file,age\nb.png,7\n", "more.csv")
    assert [image.attributes for image in images(folder)] == [{"mood": "1"}, {"age": "7"}]
    assert imported(folder, "file,mood\na.png,1\n").unchanged == 1


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "has no rows"),
        ("file,category\n", "has no rows"),
        ("word,rating\ncat,1\n", "no column of files"),
        ("file,,mood\na.png,1,2\n", "column 2 has no name"),
        ("file,mood,mood\na.png,1,2\n", "two columns are called 'mood'"),
        ("File,file\na.png,b.png\n", "two columns are called 'file'"),
        ("file,a\x01b\na.png,2\n", "cannot be printed"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"\xff\xfea", "damaged UTF-16"),
        (b"file\na.png\x00\n", "binary data"),
        ('file\n"' + "x" * 200_000 + '"\n', "field larger than field limit"),
    ],
)
def test_what_is_no_manifest_is_told(folder: Path, table: str | bytes, said: str) -> None:
    with pytest.raises(StimuliError, match=said):
        imported(folder, table)
    assert not (folder.parent / "sets").exists()


@pytest.mark.parametrize(
    "cell",
    ["../x.png", "sub/../../x.png", "/etc/x.png", "C:\\x.png", "..\\x.png", "\\\\host\\x.png"],
)
def test_a_path_that_leaves_the_tables_folder_stops_the_import(folder: Path, cell: str) -> None:
    write_png(folder.parent / "x.png", 8)
    with pytest.raises(StimuliError, match=r"table.csv line 3: .*nothing was imported"):
        imported(folder, f"file\na.png\n{cell}\n")
    assert not (folder.parent / "sets").exists()


def test_a_link_out_of_the_tables_folder_stops_the_import(folder: Path) -> None:
    write_png(folder.parent / "x.png", 8)
    (folder / "link.png").symlink_to("../x.png")
    with pytest.raises(StimuliError, match="leads out of"):
        imported(folder, "file\na.png\nlink.png\n")
    assert not (folder.parent / "sets").exists()
