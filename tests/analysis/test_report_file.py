"""What the report's one file holds: downloads, its policy, hostile names, thumbnails."""

import base64
import csv
import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from analysis.dataset import read_dataset
from analysis.report import write_report
from analysis.report.page import downloads, script_json
from analysis.report.pictures import data_addresses
from tests.analysis import report_data
from tests.analysis.page_reader import Page, text_of
from tests.analysis.report_data import Truth

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "\"quoted' & <b>",
    "__proto__",
    "=1+1",
    "line\u2028break, <!-- comment",
    "ünï/cödé 😀",
]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return report_data.write_dataset(tmp_path_factory.mktemp("report") / "dataset", notice="Demo.")


@pytest.fixture(scope="module")
def written(truth: Truth) -> Path:
    out = truth.folder / "report"
    return write_report(read_dataset(truth.folder), truth.predictions, out, n_splits=200)


@pytest.fixture(scope="module")
def numbers(written: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written.with_name("report.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def page(written: Path) -> Page:
    return Page(written.read_text("utf-8"))


def test_every_table_on_the_page_parses_back_to_the_numbers(
    written: Path, page: Page, numbers: Mapping[str, Any]
) -> None:
    files = page.downloads()
    assert sorted(files) == [
        "calibration.csv",
        "category_scores.csv",
        "chance.csv",
        "comparison.csv",
        "consistency.csv",
        "consistency_by_category.csv",
        "consistency_curve.csv",
        "cutoffs.csv",
        "error_curves.csv",
        "exclusion_rules.csv",
        "groups.csv",
        "hit_rate_by_lag.csv",
        "image_scores.csv",
        "lag_corrected_hit_rates.csv",
        "lag_corrections.csv",
        "participants.csv",
        "predictions.csv",
        "report.json",
        "summary.csv",
        "variance_components.csv",
    ]
    for name, content in files.items():
        assert content == written.with_name(name).read_bytes()
    assert json.loads(files["report.json"]) == numbers
    rows = list(csv.DictReader(io.StringIO(files["image_scores.csv"].decode("utf-8"))))
    assert len(rows) == 48
    for row, told in zip(rows, numbers["images"], strict=True):
        assert row.keys() == told.keys()
        for name, value in told.items():
            read = float(row[name]) if isinstance(value, float) else row[name]
            assert read == (value if isinstance(value, float) else str(value)), name
    compared = pd.read_csv(io.BytesIO(files["comparison.csv"])).set_index("name")["value"]
    assert float(compared["corr_half"]) == numbers["comparisons"][0]["corr_half"]
    assert len(pd.read_csv(io.BytesIO(files["participants.csv"]))) == numbers["n_participants"]


def test_the_page_asks_for_nothing_from_outside(page: Page) -> None:
    for tag, attributes in page.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form"), tag
        assert not [name for name in attributes if name.startswith("on")], attributes
        for name in ("src", "href", "srcset", "data", "action"):
            if name in attributes:
                assert (attributes[name] or "").startswith("data:"), attributes[name]
    assert "url(" not in page.scripts["style 0"]
    assert "@import" not in page.scripts["style 0"]


def test_the_policy_of_the_page_names_exactly_its_scripts(page: Page) -> None:
    (policy,) = [
        m["content"]
        for m in page.all("meta")
        if m.get("http-equiv") == "Content-Security-Policy" and m["content"]
    ]
    executed = [text for name, text in page.scripts.items() if name.startswith("script ")]
    hashes = {
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in executed
    }
    assert len(executed) == 2
    directives = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    assert set(directives["script-src"]) == hashes
    assert directives["default-src"] == ["'none'"]
    assert "unsafe-eval" not in policy


def test_the_notice_stands_first_and_beside_the_model(page: Page) -> None:
    text = text_of(page)
    assert text.index("Demo.") < text.index("Objects by the sea", text.index("Demo.")) + 1
    assert [d.get("class") for d in page.all("div") if "notice" in (d.get("class") or "")] == [
        "notice",
        "notice again",
    ]


def test_the_page_says_what_a_reader_must_know(page: Page) -> None:
    text = text_of(page)
    for wanted in (
        "24 people played with 48 images",
        "Monte-Carlo spread",
        "not a confidence interval",
        "never across the two",
        "ρ is no ceiling for a model",
        "non-commercial",
        "University of Chicago",
        "sha256:0123456789abcdef",
        "lamem2015, with deviations",
        "target_lags is 35–150; in lamem2015 it is 36–151",
        "600 ms",
        "Nothing was left out.",
    ):
        assert wanted in text, wanted


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    ids = HOSTILE + [f"cat/plain_{i}" for i in range(20)]
    model = "<i>model</i>"
    truth = report_data.write_dataset(
        tmp_path / "hostile",
        image_ids=ids,
        notice="<script>alert('notice')</script>",
        title="</title><script>alert('title')</script>",
        model=model,
    )
    written = write_report(
        read_dataset(truth.folder), truth.predictions, tmp_path / "out", n_splits=20
    )
    page = Page(written.read_text("utf-8"))
    text = text_of(page)
    assert "<script>alert('notice')</script>" in text
    assert "</title><script>alert('title')</script>" in text
    assert [s for name, s in page.scripts.items() if "alert(" in s and name.startswith("scr")] == []
    table = json.loads(page.scripts["table-images"])
    assert {row[0] for row in table["rows"]} == set(ids)
    assert set(json.loads(page.scripts["pictures"])) == set(ids)
    images = pd.read_csv(io.BytesIO(page.downloads()["image_scores.csv"]))
    assert set(images["image_id"]) == set(ids)
    assert len(page.all("script")) == len(
        [name for name in page.scripts if not name.startswith("style")]
    )


def test_json_in_a_script_element_cannot_end_it() -> None:
    text = script_json({"</script>": "<!-- & \u2028"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"</script>": "<!-- & \u2028"}


def test_thumbnails_outside_of_the_dataset_are_not_read(truth: Truth, tmp_path: Path) -> None:
    secret = tmp_path / "secret.webp"
    secret.write_bytes(
        (
            truth.folder / truth.predictions["sha256"].map("thumbnails/{}.webp".format)[0]
        ).read_bytes()
    )
    folder = tmp_path / "dataset"
    folder.mkdir()
    (folder / "text.webp").write_text("not a picture")
    images = pd.DataFrame(
        {"image_id": ["a", "b", "c"], "thumbnail": ["../secret.webp", "text.webp", "absent.webp"]}
    )
    assert data_addresses(folder, images, ["a", "b", "c"]) == {}


def test_a_large_thumbnail_is_made_small(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (900, 1200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png")
    images = pd.DataFrame({"image_id": ["a"], "thumbnail": ["large.png"]})
    address = data_addresses(tmp_path, images, ["a"])["a"]
    kind, _, data = address.partition(",")
    assert kind == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as small:
        assert small.size == (160, 120)


def test_figures_for_a_paper_are_written_on_request_and_linked(
    truth: Truth, tmp_path: Path
) -> None:
    dataset = read_dataset(truth.folder)
    written = write_report(dataset, None, tmp_path, n_splits=20, figures=True)
    files = {path.name for path in (tmp_path / "figures").iterdir()}
    assert files == {
        f"{name}-{width}mm.{kind}"
        for name in ("categories", "consistency-curve", "familiarity", "forgetting", "ranked")
        for width in (85, 180)
        for kind in ("svg", "pdf", "png")
    }
    links = {link["href"] for link in Page(written.read_text("utf-8")).all("a")}
    assert {f"figures/{name}" for name in files} <= links
    (tmp_path / "figures" / "mine.svg").write_text("drawn by hand")
    written = write_report(dataset, None, tmp_path, n_splits=20)
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["mine.svg"]
    assert "figures/" not in "".join(a["href"] or "" for a in Page(written.read_text()).all("a"))


def test_a_table_of_very_many_rows_is_in_its_file_only(
    truth: Truth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.report.record.MOST_ROWS", 47)  # there are 48 images, 24 people
    write_report(read_dataset(truth.folder), None, tmp_path, n_splits=20)
    told = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert told["images"] is None
    assert len(told["participants"]) == 24
    content = (tmp_path / "image_scores.csv").read_bytes()
    assert told["files"]["image_scores.csv"] == {"sha256": hashlib.sha256(content).hexdigest()}


def test_files_that_do_not_fit_into_the_page_lie_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("analysis.report.page.MOST_INLINE_BYTES", 10)
    held = {"report.json": (b"{" * 9, "all"), "a.csv": (b"a" * 8, "A"), "b.csv": (b"bb", "B")}
    addresses = {link["name"]: link["address"] for link in downloads(held)}
    assert list(addresses) == ["report.json", "a.csv", "b.csv"]  # the two smallest fill the room
    assert addresses["report.json"] == "report.json"
    assert addresses["b.csv"] == "data:text/csv;charset=utf-8;base64,YmI="
    assert addresses["a.csv"].startswith("data:")
