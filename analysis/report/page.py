"""The page: sections and their pictures, rendered to one HTML file.

It runs under the content security policy that it carries: no request leaves it, no text becomes
code, and Vega's expressions are interpreted, not compiled.
"""

import base64
import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from analysis.readable import count
from analysis.report.blocks import Figure, LongTable, Section
from analysis.report.numbers import Numbers
from analysis.report.pictures import data_addresses, wanted_pictures
from analysis.report.record import hitrate_version

MOST_INLINE_BYTES = 2_000_000  # of one table inside the page; a larger one is only beside it


def render(
    numbers: Numbers,
    sections: Sequence[Section],
    held: Mapping[str, tuple[bytes, str]],
    made_at: dt.datetime,
) -> str:
    """The page. ``held``: file name → its bytes and what it is, for the downloads."""
    import jinja2
    from markupsafe import Markup

    templates = files("analysis.report") / "templates"

    def source(name: str) -> str:
        return (templates / name).read_text(encoding="utf-8")

    def embedded(value: Any) -> Markup:
        return Markup(script_json(value))  # noqa: S704 (JSON in which no tag can begin)

    version, split, dataset = hitrate_version(), numbers.main_consistency, numbers.dataset
    pictures = data_addresses(dataset.path, dataset.images, wanted_pictures(sections))
    scripts = [vega_bundle(), source("report.js")]
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    filters: dict[str, Callable[..., Any]] = {
        "chart": lambda figure: embedded(chart(figure)),
        "long_table": lambda table: embedded(long_table(table)),
        "name_parts": name_parts,
    }
    environment.filters.update(filters)
    splits = count(split.n_splits, "split") if split else "no splits"
    return environment.from_string(source("report.html.j2")).render(
        version=version,
        title=dataset.title,
        notice=dataset.notice,
        byline=f"{dataset.name} · made on {made_at:%-d %B %Y} with hitrate {version}",
        sections=sections,
        colophon=f"hitrate {version} · {splits}, seed {numbers.seed} · "
        f"{made_at:%Y-%m-%d %H:%M} UTC",
        pictures=pictures,
        embedded_pictures=embedded(pictures),
        css=Markup(source("report.css")),  # noqa: S704 (our own)
        bundle=Markup(scripts[0]),  # noqa: S704 (our own)
        script=Markup(scripts[1]),  # noqa: S704 (our own)
        policy=policy(scripts),
        downloads=[download(name, *content) for name, content in held.items()],
    )


def chart(figure: Figure) -> dict[str, Any]:
    """A figure as the page's script draws it."""
    names = figure.points
    words = {} if names is None else {"x": names.x, "y": names.y, "x_digits": names.x_digits}
    return {"spec": figure.chart.to_dict(), "words": words}


def long_table(table: LongTable) -> dict[str, Any]:
    """A long table as the page's script fills it."""
    return {
        "label": table.label,
        "file": table.file,
        "columns": table.columns,
        "rows": table.rows,
        "with_pictures": table.with_pictures,
    }


def name_parts(image_id: str) -> list[str]:
    """Parts behind which a long name may break."""
    return re.findall(r"[^/_.-]*[/_.-]*", image_id)


def policy(scripts: list[str]) -> str:
    """The page's content security policy: its own scripts by hash, and nothing from outside."""
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode('ascii')}'"
        for s in scripts
    ]
    return (
        f"default-src 'none'; script-src {' '.join(hashes)}; style-src 'unsafe-inline'; img-src "
        "data:; base-uri 'none'; form-action 'none'"
    )


@cache
def vega_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed with Vega's interpreter, for one inline script."""
    import altair as alt
    import vl_convert

    major, minor = alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2]
    wanted = f"{major}.{minor}"
    known = vl_convert.get_vegalite_versions()
    options = {"vl_version": wanted} if wanted in known else {}
    bundle: str = vl_convert.javascript_bundle(**options)
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def script_json(value: Any) -> str:
    """JSON for a script element: no text in it can end the element or begin another."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def download(name: str, content: bytes, what: str) -> dict[str, str]:
    """A link that carries the file, or leads to the one beside the page if it is large."""
    kind = "application/json" if name.endswith(".json") else "text/csv;charset=utf-8"
    address = f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
    if len(content) > MOST_INLINE_BYTES:
        address, what = name, f"{what}; beside this page"
    return {"name": name, "address": address, "what": what}
