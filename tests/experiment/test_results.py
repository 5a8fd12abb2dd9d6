"""The researcher's pages: links that open once, numbers of hand arithmetic, the report."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from experiment.database import Database
from experiment.links import Kind, study_link
from experiment.models import Run, Trial
from experiment.researcher.report import script_hashes
from experiment.results.background import compute_now
from experiment.results.live import ImageScores, LiveResults, live_results
from experiment.runs import find_study
from experiment.settings import Settings
from tests.experiment.visitor import N_TRIALS, Visitor


@pytest.fixture
def researcher(app: Flask, settings: Settings, database: Database) -> Visitor:
    """Somebody whose browser has opened a link to the results of `pictures`."""
    visitor = Visitor(app)
    path = link(settings, database, "results")
    assert visitor.submit(visitor.client.get(path)).status_code == 303
    return visitor


def link(settings: Settings, database: Database, kind: Kind) -> str:
    with database.write() as session:
        address = study_link(session, settings, "pictures", kind)
    return address.removeprefix(settings.public_url)


def plan(database: Database, token: str) -> list[Trial]:
    """The trials of a run, by position."""
    with database.read() as session:
        run_id = session.scalars(select(Run.id).where(Run.token == token)).one()
        query = select(Trial).where(Trial.run_id == run_id).order_by(Trial.position)
        return list(session.scalars(query))


def play(app: Flask, database: Database, query: str = "", *, n_alarms: int = 0) -> None:
    """A whole run: every repeat is noticed, and n first showings of targets are false alarms."""
    player = Visitor(app).begin_run(query)
    trials = plan(database, player.token)
    firsts = [t.position for t in trials if t.role == "target" and not t.is_repeat]
    player.play({t.position for t in trials if t.is_repeat} | set(firsts[:n_alarms]))


def live(database: Database, **options: Any) -> LiveResults:
    """The results once what takes long has been computed."""
    with database.read() as session:
        shown = live_results(session, find_study(session, "pictures"), **options)
    compute_now(database, "pictures", include_simulated=shown.includes_simulated)
    with database.read() as session:
        return live_results(session, find_study(session, "pictures"), **options)


def images_of(results: LiveResults) -> ImageScores:
    assert results.images is not None
    return results.images


def n_completed(results: LiveResults) -> int:
    return results.people.outcomes["completed"]


def test_looking_at_a_link_does_not_use_it_up_and_pressing_its_button_does(
    app: Flask, settings: Settings, database: Database
) -> None:
    path = link(settings, database, "results")
    visitor, late = Visitor(app), Visitor(app)
    for _ in range(2):
        page = visitor.client.get(path)
        assert page.status_code == 200
    early = late.client.get(path)
    opened = visitor.submit(page)
    assert opened.headers["Location"] == "/results/pictures"
    assert visitor.client.get("/results/pictures").status_code == 200
    refused = late.submit(early)
    assert (refused.status_code, "has been used" in refused.text) == (410, True)
    assert late.client.get("/results/pictures").status_code == 403


def test_the_notice_is_on_every_page_of_a_study_for_who_may_see_it(
    app: Flask, settings: Settings, database: Database
) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        study.definition = study.definition | {"notice": "Only a <trial>."}
    path, visitor = link(settings, database, "results"), Visitor(app)
    closed = visitor.client.get("/results/pictures")
    offered = visitor.client.get(path)
    visitor.submit(offered)  # the look at the page has not used it up
    used = visitor.submit(offered)
    results, report = (visitor.client.get(f"/results/pictures{p}") for p in ("", "/report"))
    pages = [closed, offered, used, results, report]
    assert [page.status_code for page in pages] == [403, 200, 410, 200, 404]
    for page in pages[1:]:
        assert "Only a &lt;trial&gt;." in page.text
    assert "trial" not in closed.text  # whoever may not see the study is told nothing of it
    assert "trial" not in visitor.client.get("/open/unknown").text


def test_the_button_needs_its_form(app: Flask, settings: Settings, database: Database) -> None:
    path = link(settings, database, "results")
    visitor = Visitor(app)
    assert visitor.client.post(path, data={}).status_code == 400
    assert visitor.submit(visitor.client.get(path)).status_code == 303


@pytest.mark.parametrize("page", ["", "/report", f"/thumbnails/{'0' * 64}.webp"])
def test_nobody_sees_results_without_a_link(app: Flask, page: str) -> None:
    answer = app.test_client().get(f"/results/pictures{page}")
    assert answer.status_code == 403
    assert "hitrate study link pictures --results" in answer.text


def test_before_anybody_took_part_the_page_says_what_to_do(researcher: Visitor) -> None:
    page = researcher.client.get("/results/pictures").text
    assert "Nobody has taken part yet" in page
    assert "http://127.0.0.1:8000/s/pictures" in page


def test_live_numbers_are_those_of_hand_arithmetic(app: Flask, database: Database) -> None:
    play(app, database, n_alarms=1)
    play(app, database, n_alarms=2)
    Visitor(app).begin_run()
    Visitor(app).take_part()
    results = live(database)
    assert results.people.shown == {"completed": 2, "in_progress": 2, "lapsed": 0}
    assert results.course.n_responses == 2 * N_TRIALS
    assert [run.endings["whole"] for run in results.course.runs] == [2]
    # Two runs of 3 targets among 24 least-covered-first pictures: 6 different images, 1 pair each.
    images = images_of(results)
    assert images.repeats == [0] * 18 + [1] * 6
    assert images.histogram == [(0, 18), (1, 6)]
    assert images.hit_rate == 1.0
    assert images.false_alarm_rate == 3 / 6
    # 40 responses wanted for each of 24 images, 6 are there; 3 in a run.
    assert results.share_of_goal == pytest.approx(6 / (40 * 24))
    assert results.participants_to_go == (40 * 24 - 6) / 3
    assert (results.consistency, images.n_seen) == (None, 6)
    assert results.problem == "it takes at least 4 participants"


def test_previews_count_nowhere_and_simulated_people_only_where_asked(
    app: Flask, settings: Settings, database: Database
) -> None:
    simulated = link(settings, database, "simulated").removeprefix("/s/pictures")
    play(app, database, link(settings, database, "preview").removeprefix("/s/pictures"))
    assert live(database).people.n_participants == 0
    play(app, database, simulated)
    assert (n_completed(live(database)), live(database).includes_simulated) == (1, True)
    play(app, database)
    play(app, database, simulated)
    assert (n_completed(live(database)), live(database).includes_simulated) == (1, False)
    assert n_completed(live(database, include_simulated=True)) == 3


def test_the_page_shows_the_numbers_and_the_charts_their_data(
    app: Flask, database: Database, researcher: Visitor
) -> None:
    for _ in range(4):
        play(app, database)
    first = researcher.client.get("/results/pictures")
    assert "Scores are being computed for the first time" in first.text
    page = researcher.client.get("/results/pictures")
    assert "Scores as of <time" in page.text
    assert "<dd>4</dd>" in page.text
    found = re.search(r'id="chart-data">(.*?)</script>', page.text, re.DOTALL)
    assert found
    chart = json.loads(found[1])
    assert chart["goal"] == 40
    assert chart["coverage"] == [[0, 12], [1, 12]]
    assert len(chart["images"]) == 12
    for image in chart["images"]:
        thumbnail = researcher.client.get(chart["thumbnail"].replace("0" * 64, image["sha256"]))
        assert (thumbnail.status_code, thumbnail.mimetype) == (200, "image/webp")
    assert researcher.client.get(f"/results/pictures/thumbnails/{'0' * 64}.webp").status_code == 404


def test_a_page_that_has_not_changed_is_not_sent_again(
    app: Flask, database: Database, researcher: Visitor
) -> None:
    first = researcher.client.get("/results/pictures")
    same = {"If-None-Match": first.headers["ETag"]}
    assert researcher.client.get("/results/pictures", headers=same).status_code == 304


def test_a_page_never_evaluates_text(researcher: Visitor) -> None:
    policy = researcher.client.get("/results/pictures").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_without_a_report_the_page_says_how_to_make_one(researcher: Visitor) -> None:
    page = researcher.client.get("/results/pictures/report")
    assert (page.status_code, "hitrate report pictures-data" in page.text) == (404, True)


def test_the_report_runs_its_own_scripts_and_no_others(
    researcher: Visitor, settings: Settings
) -> None:
    folder = settings.reports / "pictures"
    folder.mkdir(parents=True)
    scripts = ["draw();", '\nconst a = "<b>&amp;";\r\n']
    write_report(folder, scripts)
    answer = researcher.client.get("/results/pictures/report")
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    for script in scripts:
        seen = script.replace("\r\n", "\n")  # browsers read line ends so
        digest = base64.b64encode(hashlib.sha256(seen.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self'" not in policy
    write_report(folder, ["other();"])
    changed = researcher.client.get("/results/pictures/report").headers["Content-Security-Policy"]
    assert changed != policy


def test_the_tables_beside_the_report_are_sent_and_nothing_else(
    app: Flask, researcher: Visitor, settings: Settings
) -> None:
    folder = settings.reports / "pictures"
    folder.mkdir(parents=True)
    (folder / "figures").mkdir()
    figure = "figures/two-scales-85mm.pdf"
    for name in ("image_scores.csv", "report.json", "notes.txt", figure, "figures/notes.txt"):
        (folder / name).write_text("a,b\n1,2\n")
    (settings.reports / "other.csv").write_text("secret")
    answer = researcher.client.get("/results/pictures/image_scores.csv")
    assert (answer.text, answer.mimetype) == ("a,b\n1,2\n", "text/csv")
    for name, status in {
        "report.json": 200,
        figure: 200,
        "figures/notes.txt": 404,
        "figures/absent-85mm.pdf": 404,
        "figures/..%2Fnotes-85mm.pdf": 404,
        "notes.txt": 404,
        "absent.csv": 404,
        "..%2Fother.csv": 404,
        "../other.csv": 404,
    }.items():
        assert researcher.client.get(f"/results/pictures/{name}").status_code == status, name
    for name in ("image_scores.csv", figure):
        assert app.test_client().get(f"/results/pictures/{name}").status_code == 403


def write_report(folder: Path, scripts: list[str]) -> None:
    page = "".join(f"<script>{script}</script>" for script in scripts)
    (folder / "report.html").write_text(f"<!doctype html><p>Report</p>{page}", newline="")


def test_scripts_from_elsewhere_and_data_have_no_hash_of_their_own() -> None:
    assert script_hashes("<p>none</p>") == []
    assert script_hashes('<script src="a.js"></script>') == []


def test_a_link_to_the_report_leads_there(
    app: Flask, settings: Settings, database: Database
) -> None:
    visitor = Visitor(app)
    opened = visitor.submit(visitor.client.get(link(settings, database, "report")))
    assert opened.headers["Location"] == "/results/pictures/report"
