"""Whole games in German, and in a language that is written from right to left."""

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, Playwright
from werkzeug.serving import make_server

from experiment.app import create_app
from experiment.runs import find_study
from hatch_build import compile_catalogues
from tests.browser.axe import assert_accessible
from tests.browser.conftest import DESKTOP
from tests.browser.lab import ARTIFACTS, Lab
from tests.browser.people import Person
from tests.experiment.serving import LiveServer

TRANSLATIONS = Path(__file__).resolve().parents[2] / "experiment" / "translations"
ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنه"
KEPT = re.compile(r"(%\(\w+\)[a-z]|%%|{\w+})")
LATIN = re.compile(r"[A-Za-z]{2,}")
# What a page says, but for its codes, which are the same in every language.
WORDS = """() => {
  const page = document.body.cloneNode(true);
  for (const code of page.querySelectorAll("[translate=no], script, [hidden]")) code.remove();
  document.body.append(page);
  const words = page.innerText;
  page.remove();
  return words;
}"""


def in_arabic_letters(text: str) -> str:
    """The text with other letters; what is filled in stays."""
    letters = {ord(a): ARABIC[i] for i, a in enumerate("abcdefghijklmnopqrstuvwxyz")}
    parts = KEPT.split(text)
    return "".join(p if KEPT.fullmatch(p) else p.lower().translate(letters) for p in parts)


def make_pseudo_arabic(folder: Path) -> None:
    """A catalogue of every text, in Arabic letters that mean nothing."""
    with (TRANSLATIONS / "de" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        known = read_po(file, locale="de")
    catalogue = Catalog(locale="ar")
    for message in known:
        if isinstance(message.id, str) and message.id:
            catalogue.add(message.id, in_arabic_letters(message.id))
    target = folder / "ar" / "LC_MESSAGES"
    target.mkdir(parents=True)
    with (target / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)


@contextmanager
def speaking(lab: Lab, language: str, translations: Path) -> Iterator[Lab]:
    """The study in a language, from a server that has these catalogues."""
    app = create_app(lab.settings, translations=translations)
    with lab.database.write() as session:
        study = find_study(session, lab.slug)
        study.definition = study.definition | {"language": language}
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}")
    try:
        yield replace(lab, server=cast(LiveServer, address))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions["hitrate"].database.close()


def texts_on_the_way(person: Person) -> Iterator[str]:
    """The words of each page from the welcome to the thanks, with a picture."""
    page = person.page

    def look(name: str) -> str:
        person.look(name)
        return str(page.evaluate(WORDS))

    person.shorten_practice()
    page.goto(person.lab.url)
    yield look("welcome")
    person.press_button()
    person.press_button()
    page.locator("#agree-error").wait_for()
    yield look("consent")
    page.locator("input[name=agree]").check()
    person.press_button()
    for name in ("instructions", "practice"):
        page.locator(".jspsych-btn.primary").wait_for()
        yield look(name)
        person.press_button()
    person.wait_for_stage(is_open=True)
    person.wait_for_stage(is_open=False)
    yield look("practice-result")
    person.press_button()
    page.locator("#jspsych-fullscreen-btn").wait_for()
    yield look("full-screen")
    page.locator("#jspsych-fullscreen-btn").click()
    page.locator(".jspsych-btn.primary").wait_for()
    yield look("ready")
    person.start_game()
    person.wait_for_thanks()
    yield look("thanks")


def test_a_whole_game_in_german(chromium: Browser, lab: Lab, tmp_path: Path) -> None:
    shutil.copytree(TRANSLATIONS, tmp_path, dirs_exist_ok=True)
    compile_catalogues(tmp_path)
    context = chromium.new_context(viewport=DESKTOP, locale="de-DE")
    with speaking(lab, "de", tmp_path) as german:
        person = Person(context, german, ARTIFACTS / "test_a_whole_game_in_german")
        pages = list(texts_on_the_way(person))
        assert person.page.get_attribute("html", "lang") == "de"
        assert person.surprises(without_network=True) == []  # the form was sent back once
    context.close()
    ours = ["Teilnehmen", "Bitte setzen Sie den Haken", "Weiter", "Eine kurze Übung"]
    ours += [
        "Das war die Übung",
        "Auf Vollbild umschalten",
        "Legen Sie einen Finger auf die Leertaste",
    ]
    ours += ["Vielen Dank"]
    for words, page in zip(ours, pages, strict=True):
        assert words in page


def test_a_language_from_right_to_left_mirrors_the_pages_and_leaves_no_english(
    chromium: Browser, playwright: Playwright, lab: Lab, tmp_path: Path
) -> None:
    make_pseudo_arabic(tmp_path)
    with lab.database.write() as session:
        study = find_study(session, lab.slug)
        study.title = in_arabic_letters("Things you have seen")
        study.consent_document.text = in_arabic_letters("- What you agree to.\n- And this.")
        texts = {name: in_arabic_letters(text) for name, text in texts_of(study.definition).items()}
        study.definition = study.definition | {"texts": texts}
    context = chromium.new_context(**playwright.devices["Pixel 7"])
    with speaking(lab, "ar", tmp_path) as arabic:
        person = Person(context, arabic, ARTIFACTS / "test_a_language_from_right_to_left")
        page = person.page
        page.goto(arabic.url)
        assert page.get_attribute("html", "dir") == "rtl"
        person.press_button()
        box = page.locator("input[name=agree]").bounding_box()
        words = page.locator("label.tick span").bounding_box()
        assert box is not None
        assert words is not None
        assert box["x"] > words["x"] + words["width"]
        assert_accessible(page)
        page.locator("input[name=agree]").check()
        person.press_button("button[value=no]")
        assert LATIN.findall(page.evaluate("document.body.innerText")) == []
        context.clear_cookies()
        english = {n: LATIN.findall(text) for n, text in enumerate(texts_on_the_way(person))}
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "rtl"
        assert person.surprises(without_network=True) == []  # the form was sent back once
    context.close()
    assert len(english) == 8
    assert not any(english.values()), english


def texts_of(definition: dict[str, dict[str, str]]) -> dict[str, str]:
    """The study's own texts, without the value that is filled in."""
    return {name: text.replace("{minutes}", "9") for name, text in definition["texts"].items()}
