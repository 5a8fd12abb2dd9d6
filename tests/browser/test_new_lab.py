"""A new lab, from the server's first start to somebody who takes their data back.

What is read here off the pages is held against what the database and the files say.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, Page, expect
from sqlalchemy import func, select

from experiment.database import Database
from experiment.models import AuditEntry, Participant, Response, Run
from experiment.runs import find_study
from experiment.simulation.memorability import draw_memorability
from experiment.simulation.play import simulate_study
from experiment.withdrawal import give_code
from stimuli.image_set import read_image_set
from tests.browser.axe import assert_accessible
from tests.browser.lab import ARTIFACTS, House, open_house
from tests.browser.test_study_pages import SHORTER
from tests.browser.test_upload_page import drop_folder
from tests.experiment.pictures import make_pictures

PASSWORD = "violet tractors hum on mondays"
N_PICTURES = 40
N_PEOPLE = 3
N_TRIALS = 18
SLUG = "kitchens-by-night"
JOB = 60_000  # ms: a process of its own
# Files that hold trials, in every flavour.
TRIALS = re.compile(r"(?:^|[/_-])trials(?:_data)?\.csv$|_events\.tsv$|(?:^|/)data\.csv$")
PICTURES = ARTIFACTS.parent / "pictures"  # for the README: make pictures


@pytest.fixture
def empty_house(migrated_sqlite: Path, tmp_path: Path) -> Iterator[House]:
    """A server that starts for the first time."""
    with open_house(migrated_sqlite, tmp_path) as opened:
        yield opened


@pytest.fixture
def page(chromium: Browser, empty_house: House) -> Iterator[Page]:
    """The browser of the lab's first researcher."""
    context = chromium.new_context(
        viewport={"width": 1200, "height": 850}, base_url=empty_house.server.url
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    # A draft that cannot be yet is answered with 422, as it should be.
    assert [text for text in complaints if "status of 422" not in text] == []


def photograph(page: Page, name: str) -> None:
    """Keep a picture of the window for the README; the page must be accessible."""
    assert_accessible(page)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    page.screenshot(path=PICTURES / f"{name}.png")


def open_the_first_account(page: Page, house: House) -> None:
    """The link that the server printed when it started, and a password."""
    links = re.findall(r"/open-account/[\w-]+", house.server.log.read_text())
    assert len(links) == 1
    page.goto(links[0])
    page.get_by_label("Your email address").fill("ada@lab.example")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("heading", name="Studies")).to_be_visible()


def upload_photographs(page: Page, folder: Path) -> None:
    """A folder from the desktop, by drag and drop."""
    page.get_by_role("link", name="Image sets").click()
    page.goto("/image-sets/new")
    page.get_by_label("Name of the set").fill("kitchens")
    drop_folder(page, folder)
    expect(page.get_by_text(f"{N_PICTURES} files chosen")).to_be_visible()
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("dl.figures dd").first).to_have_text(str(N_PICTURES), timeout=JOB)


def make_the_study(page: Page) -> None:
    """From three questions, through the form, to an open study with its address."""
    page.goto("/studies/new")
    page.get_by_role("link", name="kitchens").click()
    page.get_by_label("Title").fill("Kitchens by night")
    page.get_by_role("button", name="Make a draft").click()
    for name, value in SHORTER.items():
        page.locator(f'[id="{name}"]').fill(value)
    page.get_by_role("button", name="Remove rule 1").click()  # nobody shall be sent away
    page.locator('[id="texts.consent"]').fill("We are the **lab**. Do you agree?")
    page.get_by_role("button", name="Make a draft").click()
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_role("heading", name="Open: it takes people now")).to_be_visible()
    photograph(page, "overview")


def let_people_play(house: House) -> None:
    """Three simulated participants, over HTTP."""
    played = simulate_study(
        house.settings,
        house.database,
        SLUG,
        house.server.url,
        lambda image_ids: draw_memorability(image_ids, 1),
        range(1, N_PEOPLE + 1),
        seed=1,
    )
    assert played.n_finished == N_PEOPLE, played.failures


def predictions_of(house: House, folder: Path) -> Path:
    """A model's table."""
    images = read_image_set(house.settings.image_sets / "kitchens").images
    file = folder / "net.csv"
    rows = [f"{image.image_id},{0.5 + n / 100}" for n, image in enumerate(images)]
    file.write_text("\n".join(["image_id,net", *rows]), encoding="utf-8")
    return file


def content(download: Download) -> zipfile.ZipFile:
    """The archive that was downloaded."""
    return zipfile.ZipFile(io.BytesIO(Path(download.path()).read_bytes()))


def count(database: Database, table: type[Participant] | type[Response]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_new_lab_goes_all_the_way(page: Page, empty_house: House, tmp_path: Path) -> None:
    house = empty_house
    make_pictures(tmp_path / "kitchens", N_PICTURES)
    open_the_first_account(page, house)
    upload_photographs(page, tmp_path / "kitchens")
    make_the_study(page)
    let_people_play(house)

    page.get_by_role("link", name="Results").click()
    expect(page.locator("main")).to_contain_text("simulated participants")
    figures = page.locator(".figures > div")
    expect(figures.filter(has_text="completed").locator("dd")).to_have_text(str(N_PEOPLE))
    stored = figures.filter(has_text="trials stored").locator("dd")
    expect(stored).to_have_text(str(N_PEOPLE * N_TRIALS))
    assert count(house.database, Response) == N_PEOPLE * N_TRIALS
    photograph(page, "results")

    page.get_by_role("link", name="Models", exact=True).click()
    page.get_by_label("Predictions, CSV or Parquet").set_input_files(
        predictions_of(house, tmp_path)
    )
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("status").first).to_contain_text("40 of 40 images")

    # Leave one person out, and see the scores follow.
    page.goto(f"/studies/{SLUG}/people?show=simulated")
    assert page.locator("tbody tr").count() == N_PEOPLE
    photograph(page, "people")
    page.locator("tbody tr a").first.click()
    photograph(page, "person")
    page.get_by_label("Why").fill("pressed at random")
    page.get_by_role("button", name="Leave out").click()
    expect(page.locator("main")).to_contain_text("pressed at random")
    page.goto(f"/results/{SLUG}")
    counting = page.locator(".figures > div", has_text="participants that count").locator("dd")
    # Scores are computed in a process of their own, and the page updates itself.
    expect(counting).to_have_text(str(N_PEOPLE - 1), timeout=2 * JOB)

    whole = export_in_every_flavour(page)
    assert whole == {"hitrate's own tables", "Psych-DS", "BIDS", "jsPsych"}

    # Somebody takes their data back, with the code that their last page showed.
    with house.database.write() as session:
        study = find_study(session, SLUG)
        person = session.scalars(
            select(Participant).where(Participant.study_id == study.id).order_by(Participant.id)
        ).all()[-1]
        code, gone = give_code(session, house.settings.secret_key, person), person.public_id
    page.goto(f"/studies/{SLUG}/people")
    page.get_by_role("link", name="Requests and withdrawal").click()
    page.locator("#code").fill(code)
    page.get_by_role("button", name="Find").first.click()
    expect(page.locator("main")).to_contain_text(gone)
    page.locator("details.ask summary").first.click()
    expect(page.locator("details.ask[open]")).to_contain_text(f"Responses: {N_TRIALS}")
    page.locator("details.ask[open] button.danger").click()
    with house.database.read() as session:
        left = session.scalars(select(Participant.public_id)).all()
        n_runs = session.scalar(select(func.count()).select_from(Run))
    assert gone not in left
    assert (len(left), n_runs) == (N_PEOPLE - 1, N_PEOPLE - 1)
    assert count(house.database, Response) == (N_PEOPLE - 1) * N_TRIALS

    page.get_by_role("link", name="Record").click()
    for words in ("made a study", "opened a study", "left data out", "deleted a participant"):
        expect(page.locator("main")).to_contain_text(words)
    with house.database.read() as session:
        who = set(session.scalars(select(AuditEntry.who).where(AuditEntry.study == SLUG)))
    assert who <= {"ada@lab.example", "server", "command"}


def export_in_every_flavour(page: Page) -> set[str]:
    """Make, download and open each; the flavours that hold every trial of the study."""
    whole = set()
    for name in ("hitrate's own tables", "Psych-DS", "BIDS", "jsPsych"):
        page.goto(f"/studies/{SLUG}/export")
        page.get_by_role("radio", name=re.compile(f"^{re.escape(name)}")).check()
        page.get_by_role("checkbox", name=re.compile("^Simulated participants")).check()
        page.get_by_role("button", name="Export", exact=True).click()
        links = page.get_by_role("link", name=re.compile("Download"))
        expect(page.locator(".job.running, .job.waiting")).to_have_count(0, timeout=JOB)
        with page.expect_download() as download:
            links.first.click()
        n_rows = number_of_trials(content(download.value))
        assert n_rows == N_PEOPLE * N_TRIALS, (name, n_rows)
        whole.add(name)
    photograph(page, "export")
    return whole


def number_of_trials(archive: zipfile.ZipFile) -> int:
    """Rows of the tables that hold trials, whatever the flavour."""
    tables = [name for name in archive.namelist() if TRIALS.search(name)]
    assert tables, archive.namelist()
    return sum(len(archive.read(name).decode().splitlines()) - 1 for name in tables)
