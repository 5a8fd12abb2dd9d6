"""The way from files to rows: order, batches, broken and odd files, interruptions."""

import builtins
import hashlib
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from analysis.models.cache import PredictionCache
from analysis.models.preprocessing import Pixels
from analysis.models.scoring import COLUMNS, MAX_WAITING, Prediction, predict, score_images
from analysis.models.sources import Picture, find_pictures
from tests.analysis.models.conftest import MeanRed

ORIENTATION = 0x0112


def grey_files(folder: Path, n: int) -> list[Picture]:
    """n small pictures; picture i is all of red value i (up to 255)."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = []
    for i in range(n):
        path = folder / f"{i:04}.png"
        Image.new("RGB", (8, 8), (i % 256, 0, i // 256)).save(path)
        pictures.append(Picture(path.stem, path))
    return pictures


def only(rows: Iterator[Prediction]) -> Prediction:
    """The one row."""
    (row,) = rows
    return row


@pytest.mark.parametrize(("batch_size", "batches"), [(1, [1] * 7), (3, [3, 3, 1]), (50, [7])])
def test_rows_come_in_the_order_of_the_pictures(
    mean_red: MeanRed, tmp_path: Path, batch_size: int, batches: list[int]
) -> None:
    pictures = grey_files(tmp_path, 7)[::-1]
    rows = list(predict(pictures, mean_red, batch_size=batch_size, workers=4))
    assert [row.image_id for row in rows] == [picture.image_id for picture in pictures]
    assert [row.prediction for row in rows] == pytest.approx([i / 255 for i in range(6, -1, -1)])
    assert mean_red.batches == batches


def test_a_row_says_what_was_scored_by_what(mean_red: MeanRed, tmp_path: Path) -> None:
    (picture,) = grey_files(tmp_path, 1)
    assert picture.path is not None
    row = only(predict([picture], mean_red))
    assert row.sha256 == hashlib.sha256(picture.path.read_bytes()).hexdigest()
    assert row.model == "resmem"
    assert row.fingerprint == mean_red.fingerprint.digest
    assert row.error is None


def test_columns_are_those_of_the_codebook() -> None:
    # docs/codebook.md, predictions
    assert COLUMNS == ("image_id", "sha256", "model", "prediction", "fingerprint", "error")


def test_broken_files_become_rows_with_their_reason_and_the_rest_goes_on(
    mean_red: MeanRed, tmp_path: Path
) -> None:
    pictures = grey_files(tmp_path, 5)
    paths = [picture.path for picture in pictures if picture.path]
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(paths[0])
    paths[0].write_bytes(paths[0].read_bytes()[:2000])
    paths[1].write_bytes(b"")
    paths[2].write_text("no picture")
    paths[3].unlink()
    rows = list(predict(pictures, mean_red, batch_size=2))
    assert [row.image_id for row in rows] == [picture.image_id for picture in pictures]
    assert [row.prediction for row in rows] == [None] * 4 + [pytest.approx(4 / 255)]
    reasons = [row.error or "" for row in rows]
    for reason, part in zip(
        reasons[:4], ["decoded", "empty", "not a known", "No such"], strict=True
    ):
        assert part in reason
    assert [row.fingerprint is None for row in rows] == [True] * 4 + [False]
    assert [row.sha256 is None for row in rows] == [False, False, False, True, False]


def test_a_picture_with_too_many_pixels_is_refused_without_decoding_it(
    mean_red: MeanRed, tmp_path: Path
) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(path)  # 400 million pixels in 50 kB
    row = only(predict([Picture("bomb", path)], mean_red))
    assert row.prediction is None
    assert "pixels" in str(row.error)


def red(width: int = 40, height: int = 20) -> Image.Image:
    """Left half red, right half black."""
    picture = Image.new("RGB", (width, height))
    picture.paste((255, 0, 0), (0, 0, width // 2, height))
    return picture


@pytest.mark.parametrize(
    ("name", "picture", "expected"),
    [
        # ink: no cyan, all magenta and yellow is red
        ("cmyk.jpg", Image.new("CMYK", (20, 20), (0, 255, 255, 0)), 1.0),
        # 32896 = 128 · 257
        ("sixteen.png", Image.fromarray(np.full((20, 20), 32896, dtype=np.uint16)), 128 / 255),
        ("grey.png", Image.new("L", (20, 20), 51), 0.2),
        # half transparent black over white: 255 · (1 − 51/255)
        ("alpha.png", Image.new("RGBA", (20, 20), (0, 0, 0, 51)), 204 / 255),
        ("palette.gif", Image.new("RGB", (20, 20), (204, 0, 0)).quantize(2), 0.8),
    ],
)
def test_every_kind_of_pixels_is_scored_as_people_see_it(
    mean_red: MeanRed, tmp_path: Path, name: str, picture: Image.Image, expected: float
) -> None:
    picture.save(tmp_path / name)
    row = only(predict([Picture("x", tmp_path / name)], mean_red))
    assert row.error is None
    assert row.prediction == pytest.approx(expected, abs=0.01)


def test_the_first_frame_of_an_animation_is_scored(mean_red: MeanRed, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), (level, 0, 0)) for level in (255, 0, 0)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    row = only(predict([Picture("moving", tmp_path / "moving.gif")], mean_red))
    assert row.prediction == pytest.approx(1.0, abs=0.01)


def test_a_picture_is_turned_as_its_exif_says(resmem_installed: None, tmp_path: Path) -> None:
    class TopRow(MeanRed):
        def predict(self, pixels: Pixels) -> npt.NDArray[np.float64]:
            means: npt.NDArray[np.float64] = pixels[:, 0, :, 0].mean(axis=1) / 255
            return means

    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turn clockwise: left becomes top
    red().save(tmp_path / "turned.png", exif=exif)
    red().save(tmp_path / "plain.png")
    rows = predict(find_pictures([str(tmp_path)]), TopRow())
    by_id = {row.image_id: row.prediction for row in rows}
    assert by_id == {"turned": pytest.approx(1.0), "plain": pytest.approx(0.5, abs=0.01)}


def test_a_file_that_is_not_the_imported_one_is_not_scored(
    mean_red: MeanRed, tmp_path: Path
) -> None:
    (picture,) = grey_files(tmp_path, 1)
    row = only(predict([Picture("a", picture.path, "0" * 64)], mean_red))
    assert row.prediction is None
    assert "no longer the one" in str(row.error)


def test_a_file_is_read_once(
    mean_red: MeanRed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = grey_files(tmp_path, 3)
    opened: list[str] = []
    really_open = io.open

    def noting_open(file: Path, *args: Any, **kwargs: Any) -> Any:
        opened.append(Path(file).name)
        return really_open(file, *args, **kwargs)

    monkeypatch.setattr(io, "open", noting_open)
    monkeypatch.setattr(builtins, "open", noting_open)
    list(predict(pictures, mean_red))
    assert sorted(opened) == ["0000.png", "0001.png", "0002.png"]


def test_what_is_ahead_of_the_network_is_bounded(mean_red: MeanRed, tmp_path: Path) -> None:
    asked = 0

    def endless() -> Iterator[Picture]:
        nonlocal asked
        (picture,) = grey_files(tmp_path, 1)
        while True:
            asked += 1
            yield picture

    rows = predict(endless(), mean_red, batch_size=4)
    assert len(list(islice(rows, 8))) == 8
    rows.close()  # type: ignore[attr-defined]  # predict is a generator
    assert asked <= 8 + 3 * 4


def test_rows_without_a_prediction_do_not_wait_for_a_full_batch(
    mean_red: MeanRed, tmp_path: Path
) -> None:
    absent = (Picture(str(i), tmp_path / "absent.png") for i in range(10 * MAX_WAITING))
    assert len(list(islice(predict(absent, mean_red), MAX_WAITING))) == MAX_WAITING


def test_an_interrupted_job_goes_on_where_it_was(
    mean_red: MeanRed, resmem_installed: None, tmp_path: Path
) -> None:
    pictures = grey_files(tmp_path / "files", 20)
    with PredictionCache(tmp_path, mean_red.fingerprint) as cache:
        rows = predict(pictures, mean_red, cache=cache, batch_size=4)
        before = list(islice(rows, 9))  # the third batch has begun to come out
        rows.close()  # type: ignore[attr-defined]  # predict is a generator
    again = MeanRed()
    with PredictionCache(tmp_path, again.fingerprint) as cache:
        after = list(predict(pictures, again, cache=cache, batch_size=4))
    assert sum(again.batches) == 20 - 12  # three batches were done and kept
    assert after[:9] == before
    assert [row.prediction for row in after] == pytest.approx([i / 255 for i in range(20)])


def test_the_interface_gives_a_table_and_takes_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resmem_installed: None
) -> None:
    monkeypatch.setattr("analysis.models.scoring.Scorer", lambda _, device: MeanRed(device))
    paths = [picture.path for picture in grey_files(tmp_path, 3) if picture.path]
    table = score_images([*paths, tmp_path / "absent.png"], device="cpu")
    assert tuple(table.columns) == COLUMNS
    assert table["image_id"].tolist() == ["0000", "0001", "0002", "absent"]
    assert table["prediction"].tolist()[:3] == pytest.approx([0, 1 / 255, 2 / 255])
    assert table["prediction"].isna().tolist() == table["error"].notna().tolist()
    assert table["fingerprint"].isna().tolist() == [False, False, False, True]


def test_the_interface_can_leave_the_cache_alone(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch, resmem_installed: None
) -> None:
    monkeypatch.setattr("analysis.models.scoring.Scorer", lambda _, device: MeanRed(device))
    grey_files(tmp_path / "files", 1)
    score_images([tmp_path / "files" / "0000.png"], cache=False)
    assert not own_cache.exists()
    score_images([tmp_path / "files" / "0000.png"])
    assert own_cache.exists()
