"""The images by score, drop-out by position, the API's numbers, and who may see them."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from experiment.database import Database
from experiment.models import AuditEntry, Image, Run, Study
from experiment.results.background import compute_now
from experiment.results.course import at_least
from experiment.results.gallery import order_of
from experiment.results.live import ImageScores, Needed
from experiment.settings import Settings
from tests.experiment.lab import Lab, add_other_study
from tests.experiment.played import split_into_levels
from tests.experiment.test_results import link, live, play
from tests.experiment.visitor import N_TRIALS, Visitor, response

API = "/api/v1/studies/pictures"
RESULTS = ("/results/pictures", "/results/pictures/images", "/results/pictures/sequence?seed=1")


def computed(app: Flask, database: Database, n_alarms: int = 1) -> None:
    """Two people have played, and scores are there."""
    play(app, database, n_alarms=n_alarms)
    play(app, database)
    compute_now(database, "pictures", include_simulated=False)


def scores(**columns: Any) -> ImageScores:
    n = len(next(iter(columns.values())))
    return ImageScores({"id": list(range(n))} | columns, 0, None, None, None)


def test_images_without_a_score_are_last_in_either_order_and_equal_ones_by_name() -> None:
    found = scores(d_prime=[0.5, None, 2.0, 0.5, -1.0], repeats=[1, 0, 3, 1, 2])
    assert order_of(found, "d_prime", descending=True) == [2, 0, 3, 4, 1]
    assert order_of(found, "d_prime", descending=False) == [4, 0, 3, 2, 1]
    assert order_of(found, "repeats", descending=False) == [1, 0, 3, 4, 2]
    assert order_of(found, "image_id", descending=True) == [4, 3, 2, 1, 0]


def test_how_many_got_at_least_so_far_falls_where_somebody_left() -> None:
    # Four runs: one answered nothing, one 3 trials, two all 10.
    assert at_least([3, 10, 0, 10]) == [(0, 4), (3, 3), (10, 2)]
    assert at_least([]) == []


@pytest.mark.parametrize(("n_more", "people"), [(0.0, 0), (12.2, 13), (13.0, 13), (None, None)])
def test_people_are_whole(n_more: float | None, people: int | None) -> None:
    assert Needed(0.8, 2 / 3, n_more, n_more).people == people


def test_drop_out_counts_runs_that_are_over_by_where_they_were_left(
    app: Flask, database: Database
) -> None:
    play(app, database)
    for n_sent, is_over in ((9, True), (9, True), (3, True), (5, False)):
        player = Visitor(app).begin_run()
        player.send(*(response(position) for position in range(n_sent)))
        split_into_levels(database, player, 7)
        if is_over:
            past = datetime.now(UTC) - timedelta(minutes=1)
            with database.write() as session:
                session.execute(
                    update(Run).where(Run.token == player.token).values(reserved_until=past)
                )
    [run] = live(database).course.runs
    assert run.endings == {"whole": 1, "attention": 0, "stopped": 0, "left": 3}
    assert (run.n_over, run.n_playing, run.completion) == (4, 1, 0.25)
    assert [(step.position, step.n_runs) for step in run.curve] == [(0, 4), (3, 4), (9, 3), (14, 1)]
    assert [(level.level, level.n_reached_end) for level in run.levels] == [(1, 3), (2, 1)]


def test_every_image_is_in_the_gallery_page_by_page_with_its_numbers(
    lab: Lab, app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed(app, database)
    with database.write() as session:
        for image in session.scalars(select(Image)):
            image.category = "odd" if int(image.image_id[-1]) % 2 else "even <b>"
    viewer = lab.browser("viewer")
    monkeypatch.setattr("experiment.results.gallery.PAGE", 10)
    pages = [viewer.get(f"/results/pictures/images?sort=image_id&page={n}").text for n in (1, 2, 3)]
    names = [re.findall(r'class="name" title="([^"]+)"', page) for page in pages]
    assert [len(found) for found in names] == [10, 10, 4]
    assert [name for found in names for name in found] == [
        f"picture_{number:03}" for number in reversed(range(24))
    ]
    page = viewer.get("/results/pictures/images?sort=false_alarm_rate").text
    assert re.search(r"<dt>false alarms</dt><dd>100 % <span class=\"count\">1/1</span>", page)
    assert "<option>even &lt;b&gt;</option>" in page
    odd = viewer.get("/results/pictures/images?category=odd").text
    assert "12 images of the category odd, by hit rate, highest first" in odd
    beyond = viewer.get(
        "/results/pictures/images?sort=nonsense&order=up&page=99999999999&category=x"
    )
    assert (beyond.status_code, "Page 3 of 3" in beyond.text) == (200, True)


def test_the_gallery_says_what_to_do_before_there_is_anything(
    lab: Lab, app: Flask, database: Database
) -> None:
    viewer = lab.browser("viewer")
    assert "Nothing has been computed yet" in viewer.get("/results/pictures/images").text
    assert "No image has a score yet" in viewer.get("/results/pictures/images").text
    play(app, database)
    compute_now(database, "pictures", include_simulated=False)
    assert "24 images, by hit rate" in viewer.get("/results/pictures/images").text


def test_the_api_tells_the_numbers_of_the_page(lab: Lab, app: Flask, database: Database) -> None:
    computed(app, database)
    token = lab.bearer("viewer", "read")
    client = app.test_client()
    told = client.get(f"{API}/results", headers=token).get_json()
    assert told["outcomes"]["completed"] == told["n_counted"] == 2
    assert (told["n_responses"], told["hit_rate"]) == (2 * N_TRIALS, 1.0)
    assert told["false_alarm_rate"] == pytest.approx(1 / 6)  # of 6 images, one of them has one
    assert (told["consistency"], told["is_current"]) == (None, True)
    assert told["consistency_problem"] == "it takes at least 4 participants"
    assert told["coverage"] == {
        "n_images": 24, "fewest": 0, "median": 0, "most": 1, "histogram": [[0, 18], [1, 6]],
        "share_of_goal": pytest.approx(6 / (40 * 24)), "participants_to_go": 318,
    }  # fmt: skip
    progress = client.get(f"{API}/progress", headers=token).get_json()
    assert progress == {name: told[name] for name in progress}
    assert progress["runs"][0]["endings"]["whole"] == 2


def test_the_api_gives_images_some_at_a_time_and_as_a_table(
    lab: Lab, app: Flask, database: Database
) -> None:
    computed(app, database, n_alarms=2)
    with database.write() as session:
        first = session.scalars(select(Image).where(Image.image_id == "picture_000")).one()
        first.category = "=1+1"
    token, client = lab.bearer("viewer", "read"), app.test_client()
    after: int | None = 0
    rows: list[dict[str, Any]] = []
    while after is not None:
        query = {"sort": "false_alarm_rate", "after": after, "limit": 10}
        page = client.get(f"{API}/images", headers=token, query_string=query).get_json()
        rows += page["images"]
        after = page["next"]
    assert (len(rows), page["n_images"]) == (24, 24)
    rates = [row["false_alarm_rate"] for row in rows]
    assert rates == [1.0] * 2 + [0.0] * 4 + [None] * 18
    table = client.get(f"{API}/images.csv?sort=false_alarm_rate", headers=token)
    assert table.mimetype == "text/csv"
    read = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["image_id"] for row in read] == [row["image_id"] for row in rows]
    assert [row["false_alarm_rate"] for row in read] == ["1.0"] * 2 + ["0.0"] * 4 + [""] * 18
    assert [row["category"] for row in read if row["category"]] == ["'=1+1"]
    for wrong in ("sort=name", "limit=0", "after=-1", "more=1", "simulated=maybe"):
        assert client.get(f"{API}/images?{wrong}", headers=token).status_code == 422, wrong


@pytest.mark.parametrize("path", RESULTS)
def test_results_are_for_members_and_for_guests_with_a_link(
    lab: Lab, app: Flask, settings: Settings, database: Database, path: str
) -> None:
    guest = Visitor(app)
    guest.submit(guest.client.get(link(settings, database, "results")))
    seen = {name: lab.browser(name).get(path).status_code for name in lab.researchers}
    assert seen == {"ada": 200, "owner": 200, "editor": 200, "viewer": 200, "stranger": 404}
    assert guest.client.get(path).status_code == 200
    assert app.test_client().get(path).status_code == 403
    other = path.replace("pictures", add_other_study(lab, settings), 1)
    assert guest.client.get(other).status_code == 403
    assert lab.browser("viewer").get(other).status_code == 404


def test_guests_have_the_tabs_that_they_may_open_and_no_others(
    lab: Lab, app: Flask, settings: Settings, database: Database
) -> None:
    guest = Visitor(app)
    guest.submit(guest.client.get(link(settings, database, "results")))
    page = guest.client.get("/results/pictures").text
    tabs = re.search(r'<nav class="tabs".*?</nav>', page, re.DOTALL)
    assert tabs
    addresses = re.findall(r'href="([^"]+)"', tabs[0])
    assert "/results/pictures" in addresses
    assert [guest.client.get(address).status_code for address in addresses] == [200] * len(
        addresses
    )
    members = lab.browser("owner").get("/results/pictures").text
    assert members.count('aria-current="page"') == 1
    assert "/studies/pictures/people" in members
    assert "/studies/pictures/people" not in page


@pytest.mark.parametrize("path", ["progress", "results", "images", "images.csv"])
def test_the_api_is_for_members_with_a_token_that_may_read(lab: Lab, app: Flask, path: str) -> None:
    client = app.test_client()
    assert client.get(f"{API}/{path}").status_code == 401
    for name, status in {"ada": 200, "viewer": 200, "stranger": 404}.items():
        assert client.get(f"{API}/{path}", headers=lab.bearer(name)).status_code == status
    refused = client.get(f"{API}/{path}", headers=lab.bearer("owner", "write"))
    assert refused.status_code == 403


def test_of_a_blinded_study_nothing_of_memory_is_told_and_all_of_the_rest(
    lab: Lab, app: Flask, database: Database
) -> None:
    computed(app, database)
    with database.write() as session:
        session.execute(update(Study).values(is_blinded=True))
    owner, token = lab.browser("owner"), lab.bearer("owner", "read")
    page = owner.get("/results/pictures").text
    assert "This study is blinded" in page
    assert '<h2 id="memory">' not in page
    assert '"images": []' in page
    assert "<dt>completed</dt><dd>2</dd>" in page
    told = app.test_client().get(f"{API}/results", headers=token).get_json()
    assert (told["is_hidden"], told["hit_rate"], told["n_counted"]) == (True, None, None)
    assert told["coverage"]["most"] == 1
    for path in ("/results/pictures/images", "/results/pictures/report", f"{API}/images"):
        assert owner.get(path).status_code == 403, path
    with database.read() as session:
        assert (
            session.scalars(select(AuditEntry).where(AuditEntry.action == "scores.seen")).all()
            == []
        )
    with database.write() as session:
        session.execute(update(Study).values(state="closed"))
    assert '<h2 id="memory">' in owner.get("/results/pictures").text


def test_a_look_at_scores_while_people_play_is_recorded_once(
    lab: Lab, app: Flask, database: Database
) -> None:
    computed(app, database)
    viewer = lab.browser("viewer")
    for _ in range(2):
        viewer.get("/results/pictures")
        viewer.get("/results/pictures/images")
    with database.read() as session:
        query = select(AuditEntry).where(AuditEntry.action == "scores.seen").order_by(AuditEntry.id)
        seen = [(entry.who, entry.detail["page"]) for entry in session.scalars(query)]
    assert seen == [("viewer@lab.example", "results"), ("viewer@lab.example", "images")]
