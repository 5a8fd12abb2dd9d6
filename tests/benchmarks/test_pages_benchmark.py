"""The benchmark of pages in small: what it writes, and what it calls slow."""

import dataclasses

from sqlalchemy import func, select

from benchmarks.pages import Measured, Timed, report
from benchmarks.pages_data import SLUG, Size, fill
from experiment.database import Database
from experiment.models import Image, Participant, Prediction, Response, Trial
from experiment.results.background import compute_now
from experiment.results.live import live_results
from experiment.runs import find_study

SMALL = Size(people=20, images=600)


def test_the_study_has_the_size_that_is_said_and_scores(database: Database) -> None:
    fill(database, SMALL)
    with database.read() as session:
        n = {
            table: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Participant, Image, Trial, Response, Prediction)
        }
    assert (n[Participant], n[Image], n[Prediction], n[Trial]) == (20, 600, 600, 20 * 400)
    assert 0.6 * 8000 < n[Response] <= 8000
    compute_now(database, SLUG, include_simulated=False)
    with database.read() as session:
        live = live_results(session, find_study(session, SLUG))
    assert live.images is not None
    assert live.course.n_responses == n[Response]
    assert 500 < live.images.n_seen <= 600  # five people each, and a few left early
    assert 0.5 < (live.images.hit_rate or 0) < 0.9  # memorable by Beta(6, 2.5), mean .71


def test_a_page_that_is_slow_or_refused_is_called_so() -> None:
    fine = Timed(200, 1000, 499.0, [100.0, 200.0, 300.0])
    pages = {
        "/fine": fine,
        "/cold": dataclasses.replace(fine, cold_ms=501.0),
        "/warm": dataclasses.replace(fine, warm_ms=[500.0]),
        "/gone": dataclasses.replace(fine, status=404),
    }
    lines, is_fine = report({"sqlite": Measured(10.0, 300.0, 1.0, 1.0, pages)}, SMALL)
    told = {path: line.split("  ")[-1].strip() for line in lines for path in pages if path in line}
    assert told == {"/fine": "50", "/cold": "SLOW", "/warm": "SLOW", "/gone": "status 404"}
    assert not is_fine
    assert report({"sqlite": Measured(10.0, 300.0, 1.0, 1.0, {"/fine": fine})}, SMALL)[1]
    assert not report({"sqlite": Measured(10.0, 501.0, 1.0, 1.0, {"/fine": fine})}, SMALL)[1]
