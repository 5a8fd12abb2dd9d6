"""Charts as files for a journal: SVG, PDF and PNG, drawn at their final size.

A chart is laid out on a canvas on which 12 px are 8 pt of the finished figure, so that its letters
are 7 to 9 pt on paper whatever the width. Colours are the light ones on white. A PDF holds its
fonts; an SVG keeps its text as text, in Arial or a font of the same widths, so that it can be
edited.
"""

import json
import re
from pathlib import Path
from typing import Any

import altair as alt

from analysis.errors import AnalysisError
from analysis.report.figures.style import LIGHT, PAGE, PAPER_FONT

ONE_COLUMN_MM, TWO_COLUMNS_MM = 85, 180
FORMATS = ("svg", "pdf", "png")
PT_PER_PX = 8 / 12
MM_PER_PT = 25.4 / 72
LEAST_MM = 60  # narrower, titles and labels do not fit


def write_figure(
    chart: alt.LayerChart, path: Path | str, width_mm: float = ONE_COLUMN_MM, *, dpi: int = 300
) -> Path:
    """Write one of the report's charts as a figure for a paper.

    Parameters
    ----------
    chart
        Of ``analysis.report.figures``.
    path
        Its ending says which file it is: .svg, .pdf or .png.
    width_mm
        Final width; 85 is one column and 180 two. The height is the chart's own.
    dpi
        Dots per inch of a PNG.

    Returns
    -------
    The path.

    Raises
    ------
    AnalysisError
        If the ending is another one, the width is too small, or the file cannot be written.
    """
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise AnalysisError(f"{path}: a figure ends in .svg, .pdf or .png")
    if width_mm < LEAST_MM:
        raise AnalysisError(
            f"{path}: a figure {width_mm:g} mm wide has no room for its text; give it "
            f"{LEAST_MM} mm or more"
        )
    content = drawn(paper_spec(chart, width_mm), kind, width_mm, dpi)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise AnalysisError(f"{path} cannot be written: {error.strerror}") from error
    return path


def paper_spec(chart: alt.LayerChart, width_mm: float) -> dict[str, Any]:
    """The chart's Vega-Lite on its canvas: light colours, white paper, a font that papers have."""
    text = json.dumps(chart.to_dict())
    for name in PAGE.__slots__:
        text = text.replace(getattr(PAGE, name), getattr(LIGHT, name))
    spec: dict[str, Any] = json.loads(text)
    spec["width"] = round(width_mm / MM_PER_PT / PT_PER_PX)
    spec["background"] = "white"
    spec["config"]["font"] = PAPER_FONT
    return spec


def drawn(spec: dict[str, Any], kind: str, width_mm: float, dpi: int) -> bytes:
    """The bytes of the file; vl-convert draws without a network."""
    import vl_convert

    version = alt.SCHEMA_VERSION.removeprefix("v").rsplit(".", 1)[0]
    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=version, allowed_base_urls=[])
    if kind == "svg":
        return sized(svg, width_mm, "mm").encode()
    in_points = sized(svg, width_mm / MM_PER_PT, "")
    if kind == "pdf":
        return bytes(vl_convert.svg_to_pdf(in_points))
    return bytes(vl_convert.svg_to_png(in_points, ppi=dpi))


def sized(svg: str, width: float, unit: str) -> str:
    """The same drawing with another width and height; its shape stays."""
    head, rest = re.split(r"(?<=>)", svg, maxsplit=1)
    size = [re.search(rf' {name}="([\d.]+)"', head) for name in ("width", "height")]
    old_width, old_height = (float(found[1]) for found in size if found is not None)
    height = width * old_height / old_width
    head = re.sub(r' width="[\d.]+"', f' width="{width:.6g}{unit}"', head)
    return re.sub(r' height="[\d.]+"', f' height="{height:.6g}{unit}"', head) + rest


def figure_files(file: str) -> dict[int, dict[str, str]]:
    """Width in mm → format → name of the file, of a figure of the report."""
    return {
        width: {kind: f"{file}-{width}mm.{kind}" for kind in FORMATS}
        for width in (ONE_COLUMN_MM, TWO_COLUMNS_MM)
    }
