"""The charts: what they show, and that they are valid Vega-Lite."""

import json
import math
import re
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest
import vl_convert
from PIL import Image

from analysis.errors import AnalysisError
from analysis.report import write_figure
from analysis.report.figures.distributions import distributions
from analysis.report.figures.grid import COLUMNS, EXAMPLES, ROWS, cells, edges, example_ids
from analysis.report.figures.ranked import MOST_RANKED, ranked
from analysis.report.figures.scatter import scatter
from analysis.report.figures.style import LIGHT, PAGE, Palette, scale_around
from analysis.report.figures.two_scales import two_scales


def rows_of(chart: alt.LayerChart, layer: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows behind a layer, or behind all of the chart."""
    spec = chart.to_dict()
    rows: list[dict[str, Any]] = spec["datasets"][(layer or spec)["data"]["name"]]
    return rows


def layers(chart: alt.LayerChart, mark: str) -> list[dict[str, Any]]:
    """The layers with one kind of mark."""
    return [layer for layer in chart.to_dict()["layer"] if layer["mark"]["type"] == mark]


def points(n: int) -> pd.DataFrame:
    """A cloud of n images."""
    rng = np.random.default_rng(3)
    y = rng.random(n)
    return pd.DataFrame(
        {"image_id": [f"i{i}" for i in range(n)], "x": rng.random(n), "y": y, "low": y, "high": 1}
    )


def scale_rows() -> pd.DataFrame:
    """Two bands as the report draws them."""
    rows = [
        ("A", "people", "another half: 0.50", 0.5, None, None),
        ("A", "model", "ResMem: 0.40", 0.4, 0.3, 0.5),
        ("A", "ceiling", "best: 0.71", 0.71, None, None),
        ("B", "model", "ResMem: 0.49", 0.49, -0.27, 0.6),
        ("B", "ceiling", "best: 0.82", 0.82, None, None),
    ]
    return pd.DataFrame(rows, columns=["scale", "kind", "label", "value", "low", "high"])


def every_chart(palette: Palette) -> dict[str, alt.LayerChart]:
    some = points(30)
    return {
        "scales": two_scales(scale_rows(), "Spearman", palette),
        "scatter": scatter(some, x_title="x", y_title="y", colour=palette.people, palette=palette),
        "binned": scatter(
            points(5_001), x_title="x", y_title="y", colour=palette.people, palette=palette
        ),
        "distributions": distributions(
            some["y"], some["x"], model="ResMem", x_title="both", palette=palette
        ),
        "ranked": ranked(some, y_title="hit rate", palette=palette),
    }


@pytest.mark.parametrize("name", ["scales", "scatter", "binned", "distributions", "ranked"])
def test_every_chart_becomes_a_picture(name: str) -> None:
    spec = every_chart(LIGHT)[name].properties(width=500).to_json()
    picture = vl_convert.vegalite_to_svg(spec, vl_version=alt.SCHEMA_VERSION[1:].rsplit(".", 1)[0])
    assert "<svg" in picture
    assert LIGHT.people in picture


@pytest.mark.parametrize("name", ["scales", "scatter", "binned", "distributions", "ranked"])
def test_charts_of_the_page_have_no_colour_of_their_own(name: str) -> None:
    text = json.dumps(every_chart(PAGE)[name].to_dict())
    assert "var(--people)" in text
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", text) == []


def test_a_scatter_leaves_out_images_without_both_numbers() -> None:
    some = points(5)
    some.loc[1, "x"] = math.nan
    some.loc[3, "y"] = math.nan
    drawn = scatter(some, x_title="x", y_title="y", colour="black")
    assert [row["image_id"] for row in rows_of(drawn)] == ["i0", "i2", "i4"]


def test_an_unknown_interval_is_null_in_a_scatter() -> None:
    some = points(3).assign(low=math.nan)
    drawn = scatter(some, x_title="x", y_title="y", colour="black")
    assert [row["low"] for row in rows_of(drawn)] == [None, None, None]


def test_a_large_scatter_counts_every_image_once_in_a_grid() -> None:
    drawn = scatter(points(20_000), x_title="x", y_title="y", colour="black")
    filled = layers(drawn, "rect")[0]
    cells = rows_of(drawn, filled if "data" in filled else None)
    assert sum(cell["images"] for cell in cells) == 20_000
    assert len(cells) <= COLUMNS * ROWS


def test_rates_get_no_axis_beyond_0_and_1() -> None:
    scale = scale_around(pd.Series([0.0, 0.5, 1.0])).to_dict()
    assert scale["domain"] == [0.0, 1.0]
    scale = scale_around(pd.Series([-0.5, 1.5])).to_dict()  # 4 % of 2 is .08
    assert scale["domain"] == pytest.approx([-0.58, 1.58])


def test_distributions_share_their_bins_and_sum_to_one() -> None:
    # By hand: eight bins over 0 to 0.8; people fall in the first and last, predictions in the last.
    drawn = distributions([0.0, 0.0, 0.0, 0.8], [0.75, 0.8, math.nan, 0.8], model="M", x_title="x")
    curves = [rows_of(drawn, layer) for layer in layers(drawn, "area")]
    people, model = ([step["share"] for step in curve] for curve in curves)
    assert people == [0, 0.75, 0, 0, 0, 0, 0, 0, 0.25, 0]
    assert model == [0, 0, 0, 0, 0, 0, 0, 0, 1, 0]
    edges = [[step["value"] for step in curve] for curve in curves]
    assert edges[0] == edges[1]


def test_each_scale_has_a_band_that_holds_its_marks_and_no_other() -> None:
    drawn = two_scales(scale_rows(), "Spearman")
    (band,) = layers(drawn, "rect")
    a, b = rows_of(drawn, band)
    assert a["y2"] <= b["y"]
    marks = rows_of(drawn, layers(drawn, "point")[0])
    for mark in marks:
        inside = a if mark["scale"] == "A" else b
        assert inside["y"] < mark["y"] < inside["y2"]


def test_the_axis_of_the_scales_reaches_from_the_lowest_limit_to_one() -> None:
    drawn = two_scales(scale_rows(), "Spearman").to_dict()
    domains = [
        layer["encoding"]["x"]["scale"]["domain"]
        for layer in drawn["layer"]
        if "scale" in layer["encoding"].get("x", {})
    ]
    assert domains
    for domain in domains:
        assert domain == pytest.approx([-0.3, 1.0])


def test_ranks_run_from_the_highest_score_down() -> None:
    some = pd.DataFrame({"image_id": list("abcd"), "y": [0.2, math.nan, 0.9, 0.5]})
    rows = rows_of(ranked(some, y_title="hit rate"))
    assert [(row["image_id"], row["x"]) for row in rows] == [("c", 1), ("d", 2), ("a", 3)]


def test_of_very_many_ranks_some_are_drawn_both_ends_included() -> None:
    rows = rows_of(ranked(points(60_000), y_title="hit rate"))
    assert len(rows) == MOST_RANKED
    assert (rows[0]["x"], rows[-1]["x"]) == (1, 60_000)


def test_a_cell_names_images_that_lie_in_it() -> None:
    many = points(6_000)
    at = dict(zip(many["image_id"], many[["x", "y"]].to_numpy(dtype=float), strict=True))
    for cell in cells(many).to_dict("records"):
        assert 1 <= len(cell["examples"]) <= min(EXAMPLES, cell["images"])
        for image_id in cell["examples"]:
            x, y = at[image_id]
            assert cell["left"] <= x <= cell["right"]
            assert cell["lower"] <= y <= cell["upper"]


def test_the_fullest_cell_comes_first_and_the_outermost_next() -> None:
    # By hand: 50 images on one spot, 20 on another, one far away.
    spots = [(0.5, 0.5)] * 50 + [(0.6, 0.6)] * 20 + [(1.0, 0.0)]
    known = pd.DataFrame(spots, columns=["x", "y"])
    known["image_id"] = [f"i{i}" for i in range(len(spots))]
    assert cells(known)["images"].tolist() == [50, 1, 20]
    assert example_ids(known, 8) == ["i0", "i1", "i2", "i70", "i50"]  # the first two whole: 3 + 1


def test_rates_of_equally_many_responses_fill_cells_evenly() -> None:
    # 81 possible rates of 80 responses in at most 32 cells: three rates to each, so 27 cells.
    rates = pd.Series(np.arange(81) / 80)
    found, _ = np.histogram(rates, edges(rates, 32))
    assert found.tolist() == [3] * 27


def test_what_models_are_held_against_goes_through_their_band() -> None:
    # A has people and a ceiling, B a ceiling only: three broken lines.
    drawn = two_scales(scale_rows(), "Spearman")
    broken = [line for line in layers(drawn, "rule") if "strokeDash" in line["mark"]]
    lines = [row for layer in broken for row in rows_of(drawn, layer)]
    assert sorted(line["value"] for line in lines) == [0.5, 0.71, 0.82]


@pytest.mark.parametrize("width_mm", [85, 180])
def test_a_paper_figure_has_its_size_in_millimetres(width_mm: int, tmp_path: Path) -> None:
    chart = every_chart(PAGE)["scatter"]
    svg = write_figure(chart, tmp_path / "a.svg", width_mm).read_text("utf-8")
    found = re.search(r'width="([\d.]+)mm" height="([\d.]+)mm" viewBox="0 0 (\d+) (\d+)"', svg)
    assert found is not None
    width, height, columns, rows = map(float, found.groups())
    assert width == width_mm
    assert height / width == pytest.approx(rows / columns, rel=1e-4)
    sizes = {float(px) * width_mm / 25.4 * 72 / columns for px in re.findall(r"([\d.]+)px", svg)}
    assert min(sizes) > 7  # points on paper
    assert max(sizes) < 9
    with Image.open(write_figure(chart, tmp_path / "a.png", width_mm)) as picture:
        assert picture.width == pytest.approx(width_mm / 25.4 * 300, abs=1)
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    pdf = write_figure(chart, tmp_path / "a.pdf", width_mm).read_bytes()
    box = re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ", pdf)
    assert box is not None
    assert float(box[1]) == pytest.approx(width_mm / 25.4 * 72, abs=0.01)


def test_a_paper_figure_is_light_and_has_its_fonts(tmp_path: Path) -> None:
    chart = every_chart(PAGE)["scales"]
    svg = write_figure(chart, tmp_path / "a.svg").read_text("utf-8")
    assert "var(" not in svg
    assert {LIGHT.people, LIGHT.model} <= set(re.findall(r"#[0-9a-f]{6}", svg))
    assert b"/FontFile" in write_figure(chart, tmp_path / "a.pdf").read_bytes()


@pytest.mark.parametrize(
    ("name", "width_mm", "wanted"),
    [("a.jpg", 85, "ends in .svg, .pdf or .png"), ("a.pdf", 30, "30 mm wide has no room")],
)
def test_a_paper_figure_that_cannot_be_is_refused(
    name: str, width_mm: int, wanted: str, tmp_path: Path
) -> None:
    with pytest.raises(AnalysisError, match=wanted):
        write_figure(every_chart(LIGHT)["ranked"], tmp_path / name, width_mm)
