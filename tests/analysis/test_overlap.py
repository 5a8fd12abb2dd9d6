"""Training images: found by hash, near-duplicate hash and name, told, and left out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from analysis.comparison.two_scales import compare
from analysis.dataset import Dataset
from analysis.errors import AnalysisError, DatasetError
from analysis.training_images.known import training_names, training_warning
from analysis.training_images.overlap import find_overlap, read_training_images
from analysis.training_images.picture_hashes import hash_thumbnails, picture_hash
from tests.analysis.simulated_responses import simulated_predictions, simulated_study


def noise(seed: int) -> Image.Image:
    """A picture like no other."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (8, 9, 3)).astype(np.uint8))
    return small.resize((180, 160), Image.Resampling.NEAREST)


def with_pictures(folder: Path, n: int) -> Dataset:
    """A dataset of n images with thumbnails and made-up sha256."""
    (folder / "thumbnails").mkdir(parents=True)
    rows = []
    for k in range(n):
        noise(k).save(folder / "thumbnails" / f"{k}.png")
        rows.append((f"set/i{k:05d}", f"{k:064x}", f"thumbnails/{k}.png"))
    return Dataset(
        path=folder, images=pd.DataFrame(rows, columns=["image_id", "sha256", "thumbnail"])
    )


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_images_are_found_by_the_first_fact_that_fits(tmp_path: Path) -> None:
    data = with_pictures(tmp_path / "data", 6)
    near = picture_hash(noise(2).resize((90, 80)))
    listed = (
        "sha256,dhash,name\n"
        f"{1:064x},,one.jpg\n"  # i00001 by its file
        f",{near.upper()},\n"  # i00002 by its looks
        f",,folder/i00003.JPG\n"  # i00003 by its name
        f"{'f' * 64},{picture_hash(noise(77))},other.jpg\n"
    )
    found = find_overlap(
        data, "resmem", read_training_images(write(tmp_path / "lamem.csv", listed))
    )
    assert found.checked_by == ("sha256", "dhash", "name")
    assert [(s.image_id, s.how, s.training_image) for s in found.seen] == [
        ("set/i00001", "sha256", "one.jpg"),
        ("set/i00002", "dhash", near),
        ("set/i00003", "name", "folder/i00003.JPG"),
    ]
    assert found.seen[1].distance is not None
    assert found.seen[1].distance <= 4
    assert found.n_unchecked == 0
    frame = found.to_frame()
    assert list(frame["image_id"]) == list(found.image_ids)
    assert frame["distance"].isna().tolist() == [True, False, True]


def test_only_what_both_have_is_checked_and_plain_pictures_match_nothing(tmp_path: Path) -> None:
    data = with_pictures(tmp_path / "data", 4)
    Image.new("RGB", (60, 60), "white").save(tmp_path / "data" / "thumbnails" / "0.png")
    plain = read_training_images(write(tmp_path / "plain.csv", f"dhash\n{'0' * 16}\n"))
    found = find_overlap(data, "m", plain)
    assert (found.checked_by, found.seen) == (("dhash",), ())
    without = replace(data, images=data.images[["image_id"]])
    none = find_overlap(without, "m", plain)
    assert (none.checked_by, none.n_unchecked) == ((), 4)
    assert hash_thumbnails(without).isna().all()
    assert none.to_frame().empty
    by_file = read_training_images(write(tmp_path / "files.csv", f"sha256\n{2:064x}\n"))
    assert find_overlap(without, "m", by_file).checked_by == ()
    assert [s.image_id for s in find_overlap(data, "m", by_file).seen] == ["set/i00002"]


def test_hashes_of_the_originals_can_be_given(tmp_path: Path) -> None:
    data = with_pictures(tmp_path / "data", 3)
    listed = read_training_images(
        write(tmp_path / "list.csv", f"dhash\n{picture_hash(noise(9))}\n")
    )
    hashes = pd.Series({"set/i00001": picture_hash(noise(9))})
    found = find_overlap(data, "m", listed, dhashes=hashes, max_distance=0)
    assert [s.image_id for s in found.seen] == ["set/i00001"]
    assert found.n_unchecked == 2
    with pytest.raises(AnalysisError, match="max_distance is 20; it is 0 to 8 bits"):
        find_overlap(data, "m", listed, max_distance=20)


def test_a_comparison_says_how_many_images_were_seen_and_can_leave_them_out(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(1)
    truth = rng.beta(6, 3, 40)
    data = simulated_study(rng, truth, n_people=20, name="memcat-again")
    # A model that knows the first 20 images by heart, and nothing of the others.
    values = simulated_predictions(np.where(np.arange(40) < 20, truth, truth[rng.permutation(40)]))
    names = "name\n" + "".join(f"i{k:05d}.jpg\n" for k in range(20))
    listed = read_training_images(write(tmp_path / "seen.csv", names))
    overlap = find_overlap(data, "resmem", listed)

    def compared(predictions: "pd.Series[float]") -> tuple[float, int, int | None, str]:
        result = compare(
            data,
            predictions,
            "resmem",
            n_splits=20,
            n_bootstrap=0,
            overlap=overlap,
            rng=np.random.default_rng(2),
        )
        told = " ".join(result.warnings)
        return result.corr_all, result.n_images, result.n_trained_on, told

    everything, n, n_seen, told = compared(values)
    assert (n, n_seen) == (40, 20)
    assert "ResMem was trained on 20 of these 40 images (by name, list seen.csv)" in told
    assert "images of MemCat" not in told  # the list is surer than the dataset's name
    new, n, n_seen, told = compared(overlap.without(values))
    assert (n, n_seen) == (20, 0)
    assert "trained on" not in told
    assert new < everything - 0.2


def test_without_a_list_the_datasets_name_tells() -> None:
    told = training_warning("resmem", "lamem-2015")
    assert told is not None
    assert told.startswith("ResMem was trained on images of LaMem: on images that it has seen")
    assert training_warning("resmem", "rocks") is None
    assert training_names("resmem") == "LaMem and MemCat"
    assert training_names("guess") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("image,score\na,1\n", "has the columns image, score; a list of training images has at"),
        ("sha256\nabc\n", "line 2.*'abc' is not a sha256; it has 64 characters"),
        ("dhash,name\n0123,x\n", "line 2.*'0123' is not a dhash; it has 16 characters"),
        ("sha256;name\n", "separates by semicolons"),
    ],
)
def test_a_list_that_is_none_is_refused_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=told):
        read_training_images(write(tmp_path / "list.csv", text))
    with pytest.raises(DatasetError, match="is not a file"):
        read_training_images(tmp_path / "nothing.csv")
