"""The pages of people in Chromium: for everybody, and the way of a researcher through them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize
from sqlalchemy import select, update

from experiment.models import Identity, Participant, Run
from experiment.runs import find_study
from experiment.simulation.memorability import draw_memorability
from experiment.simulation.play import simulate_study
from tests.browser.axe import assert_accessible
from tests.browser.everyone import (
    assert_calm,
    assert_edges_in_forced_colours,
    assert_keyboard_reaches_everything,
    assert_reflows,
    assert_targets_are_large,
)
from tests.browser.lab import House, Lab
from tests.browser.people import Person
from tests.browser.signed_in import sign_in
from tests.experiment.people_rows import write_exclusion, write_flag

DESKTOP: ViewportSize = {"width": 1200, "height": 850}
PHONE: ViewportSize = {"width": 375, "height": 760}
PROLIFIC = """
[recruitment]
kind = "prolific"
codes = { completed = "C0FFEE", attention = "A77E57" }
[goal]
pay = 2.5
currency = "EUR"
"""
N_PEOPLE = 4
Look = Callable[[str], None]


@pytest.fixture
def lab(house: House) -> Lab:
    """A study on Prolific that four people have played, over HTTP; one of them is flagged and
    left out in part."""
    lab = house.new_lab(tables=PROLIFIC)
    players = range(1, N_PEOPLE + 1)
    summary = simulate_study(
        lab.settings,
        lab.database,
        lab.slug,
        lab.server.url,
        lambda image_ids: draw_memorability(image_ids, 1),
        players,
        seed=1,
    )
    assert summary.n_finished == N_PEOPLE, summary.failures
    with lab.database.write() as session:
        study = find_study(session, lab.slug)
        session.execute(
            update(Participant).where(Participant.study_id == study.id).values(is_simulated=False)
        )
        people = session.scalars(
            select(Participant).where(Participant.study_id == study.id).order_by(Participant.id)
        ).all()
        for number, person in enumerate(people, 1):
            session.add(
                Identity(
                    participant_id=person.id,
                    study_id=study.id,
                    recruiter="prolific",
                    external_id=f"5f1c{number:020}",
                    parameters={"PROLIFIC_PID": f"5f1c{number:020}", "STUDY_ID": "60aa"},
                    created_at=datetime.now(UTC),
                )
            )
        first = people[0]
        write_flag(session, first, "untrusted_keys")
        run = session.scalars(select(Run).where(Run.participant_id == first.id)).one()
        write_exclusion(session, first, run, 1)
    return lab


def public_id(lab: Lab) -> str:
    """Of who came first."""
    with lab.database.read() as session:
        study = find_study(session, lab.slug)
        query = select(Participant.public_id).where(Participant.study_id == study.id)
        return session.scalars(query.order_by(Participant.id)).first() or ""


@pytest.fixture
def look(person: Person) -> Look:
    """Hold a page to what every page is, and keep pictures of it."""
    page = person.page

    def hold(name: str) -> None:
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="dark")
        assert_accessible(page)
        picture(person, f"{name}-375-dark")
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light")
        assert_accessible(page)
        picture(person, f"{name}-1200-light")
        assert_targets_are_large(page)
        assert_keyboard_reaches_everything(page)
        assert_calm(page)
        assert_edges_in_forced_colours(page)
        assert_reflows(page)

    return hold


def picture(person: Person, name: str) -> None:
    """A picture of the whole page."""
    person.artifacts.mkdir(parents=True, exist_ok=True)
    person.page.screenshot(path=person.artifacts / f"{name}.png", full_page=True)


def test_a_researcher_looks_decides_pays_and_answers_a_request(
    person: Person, lab: Lab, look: Look, tmp_path: Path
) -> None:
    sign_in(person.context, lab, "owner")
    page = person.page
    page.goto(f"{lab.server.url}/studies/{lab.slug}/people")
    assert page.locator("table.people tbody tr").count() == N_PEOPLE
    look("people")
    page.locator("table.people tbody tr a").last.click()
    page.locator("details.level").first.wait_for()
    assert page.locator(".strip li.hit, .strip li.miss").count() > 0
    pictures = page.locator(".strip img")
    assert pictures.first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    look("person")
    leave_out(page)
    settle(page, lab, tmp_path, look)
    page.goto(f"{lab.server.url}/studies/{lab.slug}/people/withdraw")
    look("requests")
    page.fill("#recruiter_id", f"5f1c{1:020}")
    page.locator("form", has=page.locator("#recruiter_id")).locator("button").click()
    page.locator("details.ask summary").first.wait_for()
    look("found")
    page.get_by_role("link", name="A report of what is held").click()
    page.locator("h1", has_text="What is held").wait_for()
    look("held")
    page.goto(f"{lab.server.url}/studies/{lab.slug}/people/{public_id(lab)}")
    page.locator("details.ask summary", has_text="Delete everything").click()
    page.get_by_role("button", name="Delete everything of").click()
    page.locator(".note", has_text="Deleted: runs 1").wait_for()
    assert page.locator("table.people tbody tr").count() == N_PEOPLE - 1
    assert person.surprises() == []


def leave_out(page: Page) -> None:
    """Leave all data out, with a reason, and take the rule's decision back."""
    page.locator("details.panel summary").click()
    page.select_option("#part", "all")
    page.fill("#reason", "Wrote to us that the baby pressed the keys.")
    page.get_by_role("button", name="Leave out").click()
    page.locator(".note.warning", has_text="All data of this participant").wait_for()
    page.locator(".decisions summary", has_text="Overrule").click()
    page.locator(".decisions details[open] input[name=reason]").fill("Our own mistake.")
    page.locator(".decisions details[open] button").click()
    page.locator(".lifted", has_text="Our own mistake.").wait_for()


def settle(page: Page, lab: Lab, folder: Path, look: Look) -> None:
    """Read in Prolific's list, and save the list of who is to be paid."""
    page.get_by_role("link", name="Payment").click()
    page.locator("#file").wait_for()
    look("payment")
    rows = [f"5f1c{1:020},RETURNED", f"5f1c{2:020},APPROVED", "5f1c9,APPROVED"]
    (folder / "list.csv").write_text("\n".join(["Participant id,Status", *rows]))
    page.set_input_files("#file", folder / "list.csv")
    page.get_by_role("button", name="See what would change").click()
    page.locator("h1", has_text="What the list would change").wait_for()
    look("statuses")
    page.get_by_role("button", name="Keep these statuses").click()
    page.locator(".note", has_text="2 statuses were changed").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the list", exact=True).click()
    listed = download.value.path().read_text()
    assert listed == f"5f1c{3:020}\n5f1c{4:020}\n"
