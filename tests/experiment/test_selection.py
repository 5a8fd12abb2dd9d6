"""Which trials count, chosen by the database, against plain loops and against `analysis`."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
from sqlalchemy import select, update

from analysis.consistency.curve import consistency_curve
from analysis.dataset import read_dataset
from analysis.scores.scoring import image_scores, rate_correlation
from experiment.database import Database
from experiment.export.dataset import export_study
from experiment.models import Run, Study
from experiment.results.scores import N_SAMPLES, N_SPLITS, SCORES, consistency, read_study
from experiment.results.scores import score_images as score
from experiment.runs import find_study
from tests.experiment.test_export_scores import COUNTS, draw, expected, fill

GOAL = {"images": {"targets": "all", "fillers": "all"}}


def read(database: Database, slug: str = "random") -> dict[str, dict[str, object]]:
    """What is kept of a study's trials."""
    with database.write() as session:
        session.execute(update(Study).where(Study.slug == slug).values(definition=GOAL))
    with database.read() as session:
        found = read_study(session, find_study(session, slug), include_simulated=False)
    return {"images": score(found), "consistency": consistency(found)}


def names(database: Database) -> list[str]:
    with database.read() as session:
        images = find_study(session, "random").image_set.images
        return sorted(image.image_id for image in images)


@pytest.mark.parametrize("seed", range(6))
def test_counts_are_those_of_plain_loops_over_what_happened(
    database: Database, tmp_path: Path, seed: int
) -> None:
    drawn = draw(Random(seed))
    fill(database, drawn, tmp_path)
    columns = read(database)["images"]["columns"]
    counts, n_within, n_across = expected(drawn)
    rows = zip(*(columns[name] for name in COUNTS), strict=True)  # type: ignore[index]
    assert {name: list(row) for name, row in zip(names(database), rows, strict=True)} == counts
    assert n_within > 5
    assert n_across > 2


def test_scores_and_consistency_are_those_of_an_export(database: Database, tmp_path: Path) -> None:
    lab = fill(database, draw(Random(7)), tmp_path)
    kept = read(database)
    export_study(lab.database, lab.instance, "random", tmp_path / "out")
    dataset = read_dataset(tmp_path / "out")
    scores = image_scores(dataset)
    for name in SCORES:
        theirs = scores[name].reindex(names(database)).to_list()
        mine = [np.nan if x is None else x for x in kept["images"]["columns"][name]]  # type: ignore[index]
        assert mine == pytest.approx(theirs, nan_ok=True), name
    assert kept["images"]["hit_rate"] == pytest.approx(scores["hit_rate"].mean())
    assert kept["images"]["rate_correlation"] == pytest.approx(rate_correlation(scores))
    curve = consistency_curve(
        dataset, n_splits=N_SPLITS, n_samples=N_SAMPLES, rng=np.random.default_rng(1)
    )
    halves = kept["consistency"]
    assert halves["rho"] == pytest.approx(curve.rho, nan_ok=True)
    assert halves["n_participants"] == curve.n_participants
    assert [point["rho"] for point in halves["points"]] == pytest.approx(  # type: ignore[attr-defined]
        [point.rho for point in curve.points]
    )


@pytest.mark.parametrize("end", [0, 5, 9])
def test_what_is_missing_from_the_end_of_a_run_on_is_not_a_gap(
    database: Database, tmp_path: Path, end: int
) -> None:
    lab = fill(database, draw(Random(11)), tmp_path)
    with database.write() as session:
        runs = select(Run.id).join(Study).where(Study.slug == "random")
        session.execute(update(Run).where(Run.id.in_(runs)).values(end_position=end))
    columns = read(database)["images"]["columns"]
    export_study(lab.database, lab.instance, "random", tmp_path / "out")
    scores = image_scores(read_dataset(tmp_path / "out"))
    for name in COUNTS:
        theirs = scores[name].reindex(names(database)).astype(int).to_list()
        assert columns[name] == theirs, name  # type: ignore[index]
