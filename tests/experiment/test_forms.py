"""The pages for participants, used without scripts."""

from html.parser import HTMLParser

import pytest
from flask import Flask
from sqlalchemy import func, select

from experiment.database import Database
from experiment.links import Kind, study_link
from experiment.models import Consent, Participant, Run
from experiment.runs import find_study
from experiment.settings import Settings
from experiment.studies.lifecycle import close_study, pause_study
from tests.experiment.recruiting import play_well
from tests.experiment.visitor import Visitor, game_of


class Outline(HTMLParser):
    """What a screen reader finds: ids, labels, headings, fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.attributes: dict[str, list[dict[str, str | None]]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.setdefault(tag, []).append(dict(attrs))


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def mode_query(settings: Settings, database: Database, kind: Kind) -> str:
    with database.write() as session:
        return study_link(session, settings, "pictures", kind).partition("/s/pictures")[2]


def test_opening_the_address_starts_nothing(visitor: Visitor, database: Database) -> None:
    for _ in range(3):
        assert visitor.get().status_code == 200
    assert count(database, Participant) == 0


def test_the_way_from_welcome_to_thanks(visitor: Visitor, database: Database) -> None:
    player = visitor.begin_run()
    player.play()
    assert visitor.get("/thanks").status_code == 200
    assert visitor.get("/play").headers["Location"] == "/s/pictures/thanks"
    assert count(database, Consent) == 1


def test_pages_out_of_order_lead_to_where_one_is(visitor: Visitor) -> None:
    for page in ("/consent", "/play", "/thanks"):
        assert visitor.get(page).headers["Location"] == "/s/pictures"
    visitor.submit(visitor.get())
    assert visitor.get("/play").headers["Location"] == "/s/pictures/consent"
    assert visitor.get("/thanks").headers["Location"] == "/s/pictures/consent"
    visitor.submit(visitor.get("/consent"), agree="yes")
    assert visitor.get("/consent").headers["Location"] == "/s/pictures/play"


def test_a_second_start_goes_on_with_the_first_run(visitor: Visitor, database: Database) -> None:
    first = visitor.take_part()["run_url"]
    assert "Go on" in visitor.get().text
    assert visitor.take_part()["run_url"] == first
    assert game_of(visitor.get("/play"))["run_url"] == first
    assert (count(database, Participant), count(database, Run)) == (1, 1)


def test_another_browser_is_another_participant(app: Flask) -> None:
    assert Visitor(app).take_part()["run_url"] != Visitor(app).take_part()["run_url"]


def test_without_the_tick_the_page_comes_back_and_says_so(
    visitor: Visitor, database: Database
) -> None:
    visitor.submit(visitor.get())
    page = visitor.submit(visitor.get("/consent"), answer="yes")
    assert page.status_code == 422
    outline = Outline(page.text)
    tick = next(field for field in outline.attributes["input"] if field.get("type") == "checkbox")
    assert tick["aria-invalid"] == "true"
    assert f'id="{tick["aria-describedby"]}" role="alert"' in page.text
    assert count(database, Consent) == 0
    assert visitor.submit(page, agree="yes").status_code == 303


def test_who_does_not_agree_is_let_go(visitor: Visitor, database: Database) -> None:
    visitor.submit(visitor.get())
    page = visitor.submit(visitor.get("/consent"), agree="yes", answer="no")
    assert page.headers["Location"] == "/s/pictures/declined"
    assert "That is fine" in visitor.get("/declined").text
    assert count(database, Consent) == 0


@pytest.mark.parametrize("path", ["", "/consent"])
def test_a_form_without_its_token_is_refused_kindly(
    app: Flask, visitor: Visitor, database: Database, path: str
) -> None:
    visitor.submit(visitor.get())
    people = count(database, Participant)
    for data in ({}, {"form_token": "x"}, {"form_token": "é"}):
        page = visitor.client.post(f"/s/pictures{path}", data=data | {"agree": "yes"})
        assert (page.status_code, "form has expired" in page.text) == (400, True)
    stolen = Visitor(app)
    token = {"form_token": stolen.get().text.partition('form_token" value="')[2].partition('"')[0]}
    page = visitor.client.post(f"/s/pictures{path}", data=token | {"agree": "yes"})
    assert page.status_code == 400
    assert (count(database, Participant), count(database, Consent)) == (people, 0)


def test_pages_are_labelled_and_have_a_language(visitor: Visitor) -> None:
    visitor.submit(visitor.get())
    for page in (visitor.get(), visitor.get("/consent"), visitor.client.get("/nothing")):
        outline = Outline(page.text)
        assert outline.attributes["html"][0] == {"lang": "en", "dir": "ltr"}
        assert len(outline.attributes["h1"]) == 1
        assert len(outline.attributes["main"]) == 1
        labels = {label["for"] for label in outline.attributes.get("label", [])}
        for field in outline.attributes.get("input", []):
            assert field["type"] == "hidden" or field["id"] in labels


@pytest.mark.parametrize(("change", "words"), [(pause_study, "a break"), (close_study, "is over")])
def test_a_study_that_takes_nobody_says_so_kindly(
    visitor: Visitor, database: Database, change: object, words: str
) -> None:
    welcome = visitor.get()
    with database.write() as session:
        change(session, find_study(session, "pictures"))  # type: ignore[operator] # one of two verbs
    assert words in visitor.get().text
    # Somebody who opened the page before.
    page = visitor.submit(welcome)
    assert (page.status_code, words in page.text) == (409, True)
    assert count(database, Participant) == 0


def test_who_has_begun_goes_on_when_the_study_is_paused(
    visitor: Visitor, database: Database
) -> None:
    player = visitor.begin_run()
    with database.write() as session:
        pause_study(session, find_study(session, "pictures"))
    assert "Go on" in visitor.get().text
    assert game_of(visitor.get("/play"))["run_url"] == player.run_url


def test_a_preview_looks_at_a_paused_study_and_says_that_nothing_counts(
    visitor: Visitor, database: Database, settings: Settings
) -> None:
    with database.write() as session:
        pause_study(session, find_study(session, "pictures"))
    query = mode_query(settings, database, "preview")
    player = visitor.begin_run(query)
    assert player.config()["is_preview"] is True
    assert "nothing here counts" in visitor.get("/play").text
    player.play()
    # A finished preview makes way for a new one.
    assert visitor.take_part(query)["run_url"] != player.run_url
    with database.read() as session:
        assert session.scalars(select(Participant.is_preview)).all() == [True, True]


def test_a_participant_who_looks_at_a_preview_stays_who_they_are(
    visitor: Visitor, database: Database, settings: Settings
) -> None:
    player = visitor.begin_run()
    preview = visitor.begin_run(mode_query(settings, database, "preview"))
    assert preview.config()["is_preview"] is True
    again = visitor.take_part()
    assert again["run_url"] == player.run_url
    assert player.config()["is_preview"] is False
    assert count(database, Participant) == 2


def test_simulation_is_for_previews_and_simulated_participants_only(
    app: Flask, database: Database, settings: Settings
) -> None:
    preview = mode_query(settings, database, "preview")
    simulated = mode_query(settings, database, "simulated")
    assert Visitor(app).take_part("?simulate=data-only")["simulate"] is None
    assert Visitor(app).take_part(f"{preview}&simulate=visual")["simulate"] == "visual"
    assert Visitor(app).take_part(f"{simulated}&simulate=data-only")["simulate"] == "data-only"
    assert Visitor(app).take_part(f"{simulated}&simulate=other")["simulate"] is None


def test_a_forged_mode_is_an_ordinary_participant(
    app: Flask, database: Database, settings: Settings
) -> None:
    other = type(settings)(settings.instance, settings.database_url, "b" * 32)
    with database.write() as session:
        forged = study_link(session, other, "pictures", "preview").partition("?")[2]
    visitor = Visitor(app)
    visitor.take_part(f"?{forged}")
    with database.read() as session:
        assert session.scalars(select(Participant.is_preview)).all() == [False]


def test_too_few_pictures_are_told_kindly(visitor: Visitor, database: Database) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        study.definition = study.definition | {"runs_per_participant": 3}
    for _ in range(2):
        play_well(database, visitor.begin_run())
        another = visitor.get("/thanks")
        assert "Play another round" in another.text
        page = visitor.submit(another)
    assert (page.status_code, "No new pictures" in page.text) == (409, True)


def test_the_notice_is_on_every_page(visitor: Visitor, database: Database) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        study.definition = study.definition | {"notice": "Only a <trial>."}
    pages = [visitor.get()]
    visitor.submit(pages[0])
    pages.append(visitor.get("/consent"))
    visitor.submit(pages[1], agree="yes")
    pages.append(visitor.get("/play"))
    for page in pages:
        assert "Only a &lt;trial&gt;." in page.text


def test_researchers_texts_are_markdown_without_html(visitor: Visitor, database: Database) -> None:
    with database.write() as session:
        study = find_study(session, "pictures")
        text = "**Bold** {minutes} <script>alert(1)</script> [x](javascript:alert(1))"
        study.definition = study.definition | {
            "texts": study.definition["texts"] | {"welcome": text}
        }
    page = visitor.get().text
    assert "<strong>Bold</strong> 1 &lt;script&gt;" in page
    assert 'href="javascript' not in page


def test_an_unknown_study_is_a_page_and_not_found(app: Flask) -> None:
    page = app.test_client().get("/s/nothing")
    assert (page.status_code, page.mimetype) == (404, "text/html")
