"""The report: people's scores, their consistency, and models beside people, in one HTML file.

``report.html`` needs nothing else: charts, pictures and the tables to download are inside. It runs
under the content security policy that it carries: no request leaves it, no text becomes code, and
Vega's expressions are interpreted, not compiled. Beside it stand ``report.json`` and the tables.
"""

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.dataset import Dataset
from analysis.errors import AnalysisError
from analysis.importers.predictions import match_predictions, read_predictions
from analysis.report import tables as report_tables
from analysis.report.charts import charts
from analysis.report.galleries import wanted_pictures
from analysis.report.numbers import Numbers, Progress, gather, jsonable, silent
from analysis.report.page import context
from analysis.report.pictures import MOST_PICTURES, data_addresses

FORMAT = "hitrate-report"
MOST_INLINE_BYTES = 2_000_000  # of one table inside the page; a larger one is only beside it


def write_report(
    dataset: Dataset,
    predictions: pd.DataFrame | Path | None,
    out: Path,
    *,
    score: str = "hit_rate",
    n_splits: int = 1000,
    seed: int = 1,
    progress: Progress = silent,
) -> Path:
    """Write the report of a dataset.

    Parameters
    ----------
    dataset
        With trials, image_counts or image_scores.
    predictions
        The codebook's table of predictions, its file, or None for the dataset's own; without any
        the report is about people only. It may hold several models.
    out
        Folder for ``report.html``, ``report.json`` and the tables; made if absent. An earlier
        report there is replaced.
    score
        hit_rate, false_alarm_rate, corrected_recognition or d_prime.
    n_splits, seed
        Of the split halves; the same seed gives the same numbers.
    progress
        Is told the name of each step as it begins.

    Returns
    -------
    The path of report.html.

    Raises
    ------
    AnalysisError
        If the predictions cannot be read, the dataset has no trials or no such score, or the folder
        holds anything but a report, or cannot be written to.
    """
    refuse_foreign_folder(out)
    refuse_no_trials(dataset)
    if isinstance(predictions, Path):
        predictions = read_predictions(predictions).table
    if predictions is None:
        predictions = dataset.predictions
    matched = None if predictions is None else match_predictions(predictions, dataset.images)
    numbers = gather(
        dataset,
        matched,
        score=score,
        n_splits=n_splits,
        seed=seed,
        progress=progress,
    )
    made_at = dt.datetime.now(dt.UTC)
    progress("page")
    tables = {
        name: (table.to_csv(index=False, lineterminator="\n").encode(), what)
        for name, (table, what) in report_tables.files(numbers).items()
    }
    facts = json.dumps(
        complete(numbers, made_at), ensure_ascii=False, indent=1, allow_nan=False
    ).encode()
    held = {"report.json": (facts, "every number of this report"), **tables}
    page = render(numbers, held, made_at).encode()
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, (content, _) in held.items():  # report.json first: it says whose folder this is
            (out / name).write_bytes(content)
        (out / "report.html").write_bytes(page)
    except OSError as error:
        raise AnalysisError(
            f"the report cannot be written to {out}: {error.strerror}; name another folder: --out"
        ) from error
    return out / "report.html"


def refuse_foreign_folder(out: Path) -> None:
    """Refuse a folder in which a report would write over what is no report.

    Raises
    ------
    AnalysisError
        If it is a file, a dataset, or holds anything and no report.json of ours.
    """
    elsewhere = "nothing was changed; name another folder: --out"
    try:
        if not out.exists():
            return
        if not out.is_dir():
            raise AnalysisError(f"{out} is a file; {elsewhere}")
        present = sorted(path.name for path in out.iterdir())
    except OSError as error:
        raise AnalysisError(f"{out} cannot be read: {error.strerror}; {elsewhere}") from error
    if any(name in present for name in ("dataset.json", "images.csv", "images.parquet")):
        raise AnalysisError(f"{out} is a dataset, and a report has tables too; {elsewhere}")
    try:
        found = json.loads((out / "report.json").read_text(encoding="utf-8"))
        ours = isinstance(found, dict) and found.get("format") == FORMAT
    except (OSError, ValueError):
        ours = False
    if present and not ours:
        raise AnalysisError(
            f"{out} is not empty and holds no report ('{present[0]}' is in it); {elsewhere}"
        )


def refuse_no_trials(dataset: Dataset) -> None:
    """Refuse a dataset whose table of trials is empty, and say why it may be."""
    if dataset.trials is None or len(dataset.trials):
        return
    includes = dataset.meta.get("includes")
    advice = "nobody played yet"
    if isinstance(includes, dict) and includes.get("simulated") is False:
        advice += ", or only simulated people: hitrate export --include-simulated takes them in"
    raise AnalysisError(f"{dataset.path}: has no trials; {advice}")


def complete(numbers: Numbers, made_at: dt.datetime) -> dict[str, Any]:
    """Everything the report states, unrounded, as JSON has it."""
    meta = numbers.dataset.meta
    participants = numbers.participants
    return {
        "format": FORMAT,
        "format_version": 1,
        "made_at": made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "software": {"name": "hitrate", "version": hitrate_version()},
        "dataset": jsonable({k: v for k, v in meta.items() if k != "files"})
        | {"name": numbers.dataset.name, "title": numbers.dataset.title},
        "score": numbers.score,
        "n_splits": numbers.n_splits,
        "seed": numbers.seed,
        "n_participants": numbers.n_participants,
        "n_images": len(numbers.images),
        "problems": list(numbers.problems),
        "left_out": jsonable(numbers.left_out),
        "summary": jsonable(numbers.summaries),
        "rate_correlation": jsonable(numbers.familiarity),
        "consistency": jsonable(numbers.consistency),
        "comparisons": jsonable(numbers.comparisons),
        "images": records(numbers.images),
        "participants": None if participants is None else records(participants),
        "predictions": None
        if numbers.predictions is None
        else records(numbers.predictions.set_index("image_id")),
    }


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with their index, as JSON has them."""
    return [jsonable(row) for row in table.reset_index().astype(object).to_dict("records")]


def render(numbers: Numbers, held: Mapping[str, tuple[bytes, str]], made_at: dt.datetime) -> str:
    """The page. ``held``: file name → its bytes and what it is, for the downloads."""
    import jinja2
    from markupsafe import Markup

    templates = files("analysis.report") / "templates"

    def source(name: str) -> str:
        return (templates / name).read_text(encoding="utf-8")

    pictures = data_addresses(
        numbers.dataset.path, numbers.dataset.images, wanted_pictures(numbers, MOST_PICTURES)
    )
    drawn = charts(numbers)
    long_tables = {"images": report_tables.images_table(numbers)}
    participants = report_tables.participants_table(numbers)
    if participants is not None:
        long_tables["participants"] = participants
    scripts = [vega_bundle(), source("report.js")]
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    # Markup: our own scripts and style, and JSON in which no tag can begin.
    return environment.from_string(source("report.html.j2")).render(
        **context(numbers, pictures, made_at, hitrate_version()),
        charts={name: Markup(script_json(chart)) for name, chart in drawn.items()},  # noqa: S704
        long_tables={k: Markup(script_json(t)) for k, t in long_tables.items()},  # noqa: S704
        pictures=Markup(script_json(pictures)),  # noqa: S704
        css=Markup(source("report.css")),  # noqa: S704
        bundle=Markup(scripts[0]),  # noqa: S704
        script=Markup(scripts[1]),  # noqa: S704
        policy=policy(scripts),
        downloads=[download(name, *content) for name, content in held.items()],
    )


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


def hitrate_version() -> str:
    """Of this software."""
    import hitrate

    return hitrate.__version__
