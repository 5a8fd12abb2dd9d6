"""The page of models in Chromium: charts, forms, a report that is written while one waits."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from experiment.models import Study
from experiment.predictions.storing import prediction_table
from experiment.runs import find_study
from tests.browser.axe import assert_accessible
from tests.browser.lab import ARTIFACTS, Lab
from tests.browser.signed_in import sign_in
from tests.experiment.answered import answer

N_PEOPLE = 12


@pytest.fixture
def played(lab: Lab) -> Lab:
    """The lab after twelve people, who know the images better the later these come by name."""
    with lab.database.write() as session:
        study = find_study(session, lab.slug)
        names = sorted(image.image_id for image in study.image_set.images)[:20]
        known = {name: max(1, N_PEOPLE * i // 20) for i, name in enumerate(names)}
        hits = {name: [1] * n + [0] * (N_PEOPLE - n) for name, n in known.items()}
        alarms = {name: [int(i % 5 == 0)] * N_PEOPLE for i, name in enumerate(names)}
        answer(session, study, hits, alarms)
    return lab


def table(lab: Lab, folder: Path) -> Path:
    """A file of predictions that go with what people know."""
    with lab.database.read() as session:
        study = session.scalars(select(Study).where(Study.slug == lab.slug)).one()
        names = sorted(image.image_id for image in study.image_set.images)
    path = folder / "net.csv"
    rows = [f"{name}.webp,{0.4 + i / 100}" for i, name in enumerate(names)]
    path.write_text("\n".join(["image,net", *rows]))
    return path


def open_models(context: BrowserContext, lab: Lab, role: str) -> tuple[Page, list[str]]:
    """The page, signed in, and what it complains of."""
    sign_in(context, lab, role)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{lab.server.url}/studies/{lab.slug}/models")
    return page, complaints


def send(page: Page, file: Path) -> None:
    """Import a file with the form."""
    page.get_by_label("Predictions, CSV or Parquet").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()


def test_a_model_is_imported_compared_looked_at_reported_and_deleted(
    chromium: Browser, played: Lab, tmp_path: Path
) -> None:
    context = chromium.new_context(viewport={"width": 1200, "height": 900})
    page, complaints = open_models(context, played, "owner")
    expect(page.get_by_text("No predictions yet")).to_be_visible()
    assert_accessible(page)
    send(page, table(played, tmp_path))
    expect(page.get_by_role("status").first).to_have_text("net: predictions of 40 of 40 images.")
    # It is computed in a process of its own, and the page comes again until it is there.
    expect(page.locator(".scale-card")).to_have_count(4, timeout=60_000)
    against_all = page.locator(".scale-card").nth(1)
    expect(against_all.locator("dt")).to_have_text(["Estimated ceiling of any model, √R", "net"])
    points = page.locator('[data-field="hit_rate"] svg path[aria-roledescription=point]')
    expect(points).to_have_count(20, timeout=20_000)
    points.last.scroll_into_view_if_needed()
    points.last.hover(force=True)
    picture = page.locator("#vg-tooltip-element.visible img")
    picture.wait_for()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    page.mouse.move(0, 0)
    expect(picture).to_have_count(0)
    assert_accessible(page)
    page.screenshot(path=ARTIFACTS / "models-wide.png", full_page=True)
    page.get_by_role("button", name="Write the report").click()
    expect(page.locator(".job")).to_be_visible()
    expect(page.get_by_role("link", name="Open the report")).to_be_visible(timeout=90_000)
    assert (played.settings.reports / played.slug / "report.html").is_file()
    page.goto(f"{played.server.url}/results/{played.slug}")
    expect(page.get_by_role("heading", name="Model beside the people")).to_be_visible()
    expect(page.locator(".scale-card")).to_have_count(2)
    page.goto(f"{played.server.url}/studies/{played.slug}/models")
    page.locator("details.ask summary").first.click()
    page.get_by_role("button", name="Delete them").click()
    expect(page.get_by_text("Deleted 40 predictions of net.")).to_be_visible()
    with played.database.read() as session:
        assert prediction_table(session, find_study(session, played.slug)).empty
    context.close()
    assert complaints == []


def test_a_file_that_cannot_be_used_is_told_of_beside_its_form(
    chromium: Browser, lab: Lab, tmp_path: Path
) -> None:
    context = chromium.new_context()
    page, _ = open_models(context, lab, "editor")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("image,net\nnowhere,0.5\n")
    send(page, wrong)
    expect(page.get_by_role("alert")).to_contain_text("no prediction is of an image of the study")
    assert_accessible(page)
    context.close()


def test_the_page_fits_a_phone_in_light_and_dark(
    chromium: Browser, played: Lab, tmp_path: Path
) -> None:
    context = chromium.new_context(viewport={"width": 375, "height": 800}, color_scheme="dark")
    page, complaints = open_models(context, played, "owner")
    send(page, table(played, tmp_path))
    expect(page.locator(".scale-card")).to_have_count(4, timeout=60_000)
    expect(page.locator(".chart svg")).to_have_count(2, timeout=20_000)
    page.screenshot(path=ARTIFACTS / "models-phone-dark.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(color_scheme="light")
    page.reload()
    expect(page.locator(".chart svg")).to_have_count(2, timeout=20_000)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert_accessible(page)
    context.close()
    assert complaints == []


def test_an_owner_blinds_a_study_and_ends_that_after_being_asked(
    chromium: Browser, played: Lab
) -> None:
    context = chromium.new_context(viewport={"width": 1200, "height": 900})
    page, _ = open_models(context, played, "owner")
    page.get_by_role("button", name="Blind this study").click()
    note = page.locator(".note.blinded")
    expect(note).to_contain_text("hidden until it closes")
    assert_accessible(page)
    page.screenshot(path=ARTIFACTS / "models-blinded.png", full_page=True)
    page.goto(f"{played.server.url}/results/{played.slug}")
    expect(note).to_be_visible()
    expect(page.get_by_role("button", name="Show the scores")).to_be_hidden()
    note.get_by_text("End the blinding now").click()
    expect(note).to_contain_text("is recorded")
    assert_accessible(page)
    page.get_by_role("button", name="Show the scores").click()
    expect(page.get_by_text("Scores are shown.")).to_be_visible()
    expect(note).to_have_count(0)
    assert re.search(r"/models$", page.url)
    context.close()
