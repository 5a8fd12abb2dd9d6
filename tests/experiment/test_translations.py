"""The languages: nothing is missing from a catalogue, and no text is outside of them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask

from experiment.app import create_app
from experiment.database import Database
from experiment.runs import find_study
from experiment.settings import Settings
from hatch_build import compile_catalogues
from tests.experiment.untranslated import in_script, in_template, in_view
from tests.experiment.visitor import Visitor

EXPERIMENT = Path(__file__).resolve().parents[2] / "experiment"
TRANSLATIONS = EXPERIMENT / "translations"
LANGUAGES = sorted(po.parents[1].name for po in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"))
FOR_PROGRAMS = {"api.py", "schemas.py"}  # JSON, of which the game shows no word
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|{\w+}")


def read_catalogue(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def texts_in_the_sources(folder: Path) -> set[str]:
    """What the extraction finds, with the rules that `make texts` uses."""
    template = folder / "messages.pot"
    command = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        "-q",
        "extract",
        "-k",
        "lazy_gettext",
    ]
    command += ["-F", str(EXPERIMENT / "babel.cfg"), "-o", str(template), "experiment"]
    subprocess.run(command, cwd=EXPERIMENT.parent, check=True)
    with template.open("rb") as file:
        return {key_of(message.id) for message in read_po(file) if message.id}


def key_of(message: str | tuple[str, ...] | list[str]) -> str:
    """A message's name: its singular."""
    return message if isinstance(message, str) else message[0]


def test_german_is_one_of_the_languages() -> None:
    assert "de" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_exactly_the_texts_of_the_sources(language: str, tmp_path: Path) -> None:
    catalogue = read_catalogue(language)
    known = {key_of(message.id) for message in catalogue if message.id}
    wanted = texts_in_the_sources(tmp_path)
    assert len(wanted) > 100
    assert wanted - known == set(), "run 'make texts' and translate what is new"
    assert known - wanted == set(), "run 'make texts'"
    assert not catalogue.obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_a_catalogue_is_translated_with_the_same_values_in_it(language: str) -> None:
    wrong = {}
    for message in read_catalogue(language):
        if not message.id:
            continue
        english = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else [*(message.string or ())]
        wanted = sorted(PLACEHOLDER.findall(english[-1]))
        if message.fuzzy or not strings or not all(strings):
            wrong[english[0]] = "not translated"
        elif any(sorted(PLACEHOLDER.findall(string)) != wanted for string in strings[-1:]):
            wrong[english[0]] = f"values {wanted}"
    assert wrong == {}


def test_compiled_catalogues_come_from_the_sources_when_the_package_is_built(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    shutil.copy(TRANSLATIONS / "de" / "LC_MESSAGES" / "messages.po", folder)
    compile_catalogues(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["messages.mo", "messages.po"]
    german = Translations.load(tmp_path, ["de"])
    for message in read_catalogue("de"):
        if isinstance(message.id, str) and message.id:
            assert german.gettext(message.id) == message.string


def test_a_german_study_speaks_german_from_its_first_page_on(
    app: Flask, settings: Settings, database: Database, tmp_path: Path
) -> None:
    shutil.copytree(TRANSLATIONS, tmp_path / "translations", ignore=shutil.ignore_patterns("*.mo"))
    compile_catalogues(tmp_path / "translations")
    with database.write() as session:
        study = find_study(session, "pictures")
        study.definition = study.definition | {"language": "de-AT"}
    german = create_app(settings, translations=tmp_path / "translations")
    visitor = Visitor(german)
    page = visitor.get().text
    game = visitor.take_part()
    german.extensions["hitrate"].database.close()
    assert '<html lang="de-AT" dir="ltr">' in page
    assert "Teilnehmen" in page
    assert game["texts"]["practice_again"] == "Noch einmal üben"


def untranslated_texts() -> dict[str, list[str]]:
    """Every text that no catalogue can have, by file."""
    files = {
        path: in_template
        for path in (EXPERIMENT / "templates").rglob("*.html")
        if "researcher" not in path.parts  # whose pages are in English
    }
    files |= dict.fromkeys((EXPERIMENT / "static" / "game").glob("*.js"), in_script)
    files |= {
        path: in_view
        for path in (EXPERIMENT / "participant").rglob("*.py")
        if path.name not in FOR_PROGRAMS
    }
    assert len(files) > 25
    found = {
        str(path.relative_to(EXPERIMENT)): find(path.read_text(encoding="utf-8"))
        for path, find in files.items()
    }
    return {name: texts for name, texts in found.items() if texts}


def test_no_text_that_people_see_is_outside_the_catalogues() -> None:
    assert untranslated_texts() == {}


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>Hello there</p>", ["Hello there"]),
        ("<h1>{{ title }} is new</h1>", ["… is new"]),
        ('<img alt="A cat">', ["A cat"]),
        ('<button aria-label="{{ n }} left"></button>', ["… left"]),
        ('<input type="submit" value="Go">', ["Go"]),
        ('{{ "Go on then" if again else _("Start") }}', ["Go on then"]),
        ('{{ text or "Nothing is here" }}', ["Nothing is here"]),
        ('<p>{{ _("Hello there") }} · {{ n }}</p>', []),
        ('<input type="hidden" name="mode" value="yes please">', []),
        ("<pre><code>hitrate study open</code></pre><title>hitrate</title>", []),
        ("{# A note for us #}{% if state == 'not begun' %}{% endif %}", []),
    ],
)
def test_words_in_a_template_are_found(template: str, found: list[str]) -> None:
    assert in_template(template) == found


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('button.textContent = "Go";', ["Go"]),
        ("element.setAttribute('aria-label', 'Picture');", ["Picture"]),
        ("const html = `<p>You saw ${n} pictures</p>`;", ["You saw … pictures"]),
        ('say("Wait a moment.");', ["Wait a moment."]),
        ("button.textContent = texts.try_again; // Try again", []),
        ('throw new Error("this cannot happen");', []),
        ('button.className = "jspsych-btn primary";', []),
        ('element.setAttribute("role", "status");', []),
    ],
)
def test_words_in_a_script_are_found(script: str, found: list[str]) -> None:
    assert in_script(script) == found


@pytest.mark.parametrize(
    ("view", "found"),
    [
        ('flash("That is not right.")', ["That is not right."]),
        ('return render_template("x.html", error="Choose one of them")', ["Choose one of them"]),
        ('def f():\n    """What it does."""\n    return _("That is right.")', []),
        ('raise NotFoundError(f"there is no study {slug}")', []),
        ('logger.info("nothing to do")', []),
    ],
)
def test_words_in_a_view_are_found(view: str, found: list[str]) -> None:
    body = view if view.startswith("def") else f"def f():\n    {view}"
    assert in_view(body) == found
