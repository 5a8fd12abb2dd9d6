"""The sequence of a seed, as the researcher sees it."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from experiment import participation
from experiment.database import Database
from experiment.links import study_link
from experiment.models import Image, Participant, Run
from experiment.plan import plan_trials
from experiment.researcher.sequence import drawn_sequence
from experiment.runs import find_study
from experiment.settings import Settings
from tests.experiment.visitor import N_TRIALS, Visitor

PAGE = "/results/pictures/sequence"


@pytest.fixture
def researcher(app: Flask, settings: Settings, database: Database) -> Visitor:
    """Somebody whose browser has opened a link to a sequence of `pictures`."""
    visitor = Visitor(app)
    with database.write() as session:
        link = study_link(session, settings, "pictures", "sequence")
    opened = visitor.submit(visitor.client.get(link.removeprefix(settings.public_url)))
    assert opened.headers["Location"] == PAGE
    return visitor


@pytest.mark.usefixtures("researcher")
def test_nobody_sees_a_sequence_without_a_link(app: Flask) -> None:
    answer = app.test_client().get(f"{PAGE}?seed=a")
    assert (answer.status_code, "<img" in answer.text) == (403, False)


def test_without_a_seed_another_one_is_drawn_each_time(researcher: Visitor) -> None:
    seeds = set()
    for _ in range(2):
        answer = researcher.client.get(PAGE)
        assert answer.status_code == 303
        seeds.add(answer.headers["Location"])
        assert researcher.client.get(answer.headers["Location"]).status_code == 200
    assert len(seeds) == 2


def test_the_strip_has_every_trial_with_its_role_and_lag(researcher: Visitor) -> None:
    page = researcher.client.get(f"{PAGE}?seed=a").text
    cards = re.findall(r'<li id="p(\d+)" class="(\w+)( repeat)?"(.*?)</li>', page, re.DOTALL)
    assert [int(position) for position, *_ in cards] == list(range(N_TRIALS))
    # 2 × 3 targets, 4 fillers, 2 × 2 vigilance; as words too.
    for role, n in (("target", 6), ("filler", 4), ("vigilance", 4)):
        assert sum(card[1] == role for card in cards) == n
        assert all(f">{role}</span>" in card[3] for card in cards if card[1] == role)
    names = [re.findall(r'alt="(.*?)"', card[3])[0] for card in cards]
    repeats = 0
    for position, _, is_repeat, inside in cards:
        if is_repeat:
            (other, lag), *rest = re.findall(r'href="#p(\d+)".*?lag (\d+)<', inside, re.DOTALL)
            assert (int(position) - int(other), rest) == (int(lag), [])
            assert names[int(position)] == names[int(other)]
            repeats += 1
    assert repeats == 5
    assert page == researcher.client.get(f"{PAGE}?seed=a").text
    assert page != researcher.client.get(f"{PAGE}?seed=b").text


def test_it_is_what_somebody_new_gets_and_nothing_is_stored(app: Flask, database: Database) -> None:
    with database.read() as session:
        study = find_study(session, "pictures")
        drawn = drawn_sequence(session, study, "a seed")
        for table in (Participant, Run):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    with database.write() as session:
        study = find_study(session, "pictures")
        person = participation.start_participant(session, study)
        planned = plan_trials(session, study, person, "a seed")
        names = {image.id: image.image_id for image in session.scalars(select(Image))}
    shown = [showing for part in drawn.parts for showing in part.showings]
    assert [(s.position, s.image_id, s.role, s.lag) for s in shown] == [
        (t["position"], names[t["image_id"]], t["role"], t["lag"]) for t in planned
    ]


def test_the_chart_holds_every_lag_of_the_sequence(app: Flask, database: Database) -> None:
    with database.read() as session:
        drawn = drawn_sequence(session, find_study(session, "pictures"), "a seed")
    shown = [showing for part in drawn.parts for showing in part.showings]
    for chart, n in zip(drawn.charts, (3, 2), strict=True):
        lags = [s.lag for s in shown if s.role == chart.role and s.lag is not None]
        assert len(lags) == sum(row.bar.n for row in chart.rows) == n
        assert chart.rows[0].bar.shortest == min(lags)
        assert chart.rows[-1].bar.longest == max(lags)


def test_levels_are_apart(app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from experiment.researcher import sequence

    def in_levels(*arguments: object) -> list[dict[str, object]]:
        trials = plan_trials(*arguments)  # type: ignore[arg-type]  # handed through
        return [trial | {"level": 1 + trial["position"] // 7} for trial in trials]

    monkeypatch.setattr(sequence, "plan_trials", in_levels)
    with database.read() as session:
        drawn = drawn_sequence(session, find_study(session, "pictures"), "a seed")
    assert [(part.level, len(part.showings)) for part in drawn.parts] == [(1, 7), (2, 7)]


def test_a_seed_is_text_of_64_characters_at_most(researcher: Visitor) -> None:
    assert researcher.client.get(f"{PAGE}?seed={'x' * 64}").status_code == 200
    answer = researcher.client.get(f"{PAGE}?seed={'x' * 65}")
    assert (answer.status_code, "shorten it" in answer.text) == (422, True)
    script = researcher.client.get(f"{PAGE}?seed=<script>").text
    assert "&lt;script&gt;" in script


def test_the_results_lead_to_a_sequence(researcher: Visitor) -> None:
    assert f'href="{PAGE}"' in researcher.client.get("/results/pictures").text
