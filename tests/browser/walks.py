"""The ways to every page that people see; what a page needs is done on the way.

A new page is one line in WALKS (its endpoints and the way there), or one in NO_PAGES.
"""

from collections.abc import Callable, Iterator

from experiment.links import study_link
from experiment.runs import find_study
from experiment.simulation.memorability import draw_memorability
from experiment.simulation.play import simulate_study
from tests.browser.lab import Lab
from tests.browser.people import Person

Walk = Callable[[Person], Iterator[str]]

# Endpoints that only lead on, or give something that is no page.
NO_PAGES = {
    "healthz",
    "readyz",
    "static",
    "participant.begin",
    "participant.play_another",
    "researcher.open_link",
    "researcher.report_figure",
    "researcher.report_table",
    "researcher.thumbnail",
}


def change_state(lab: Lab, state: str) -> None:
    """Open or close a study behind its server's back."""
    with lab.database.write() as session:
        find_study(session, lab.slug).state = state


def welcome(person: Person) -> Iterator[str]:
    """The study's address."""
    person.page.goto(person.lab.url)
    yield "welcome"


def consent(person: Person) -> Iterator[str]:
    """The consent, without the tick, and without consent."""
    person.page.goto(person.lab.url)
    person.press_button()
    yield "consent"
    person.press_button()
    person.page.locator("#agree-error").wait_for()
    yield "consent-error"
    person.press_button("button[value=no]")
    yield "declined"


def unavailable(person: Person) -> Iterator[str]:
    """Studies that take nobody."""
    for state in ("draft", "paused", "closed"):
        change_state(person.lab, state)
        person.page.goto(person.lab.url)
        yield f"unavailable-{state}"


def problems(person: Person) -> Iterator[str]:
    """Addresses that lead nowhere, and a form that is too old."""
    person.page.goto(person.lab.server.url + "/nothing")
    yield "problem-404"
    person.page.goto(person.lab.url)
    person.context.clear_cookies()
    person.press_button()
    yield "problem-form"


def game(person: Person) -> Iterator[str]:
    """The game from its instructions to the thanks, with a pause."""
    page = person.page
    person.shorten_practice(150, 250)
    person.go_to_game()
    page.locator("button.primary").wait_for()
    yield "instructions"
    person.press_button()
    yield "practice"
    person.press_button()
    person.wait_for_stage(is_open=True)
    yield "stage"
    person.wait_for_stage(is_open=False)
    yield "practice-result"
    person.press_button()
    page.locator("#jspsych-fullscreen-btn").wait_for()
    yield "full-screen"
    person.fill_screen()
    page.evaluate("document.exitFullscreen()")
    yield "ready"
    person.start_game()
    page.evaluate(
        """value => {
          Object.defineProperty(document, "visibilityState", { value, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        "hidden",
    )
    person.wait_for_stage(is_open=False)
    yield "paused"
    page.evaluate("delete document.visibilityState")
    person.press_button()
    person.wait_for_thanks()
    yield "thanks"


def results(person: Person) -> Iterator[str]:
    """A link to the results, the results, and what comes without a link or a report."""
    lab, page = person.lab, person.page
    page.goto(f"{lab.server.url}/results/{lab.slug}")
    yield "results-refused"
    with lab.database.write() as session:
        link = study_link(session, lab.settings, lab.slug, "results", lab.server.url)
    page.goto(link)
    yield "results-link"
    person.press_button()
    page.locator("#people").wait_for()
    yield "results-of-nobody"
    results_of = (lab.settings, lab.database, lab.slug, lab.server.url)
    simulate_study(*results_of, lambda ids: draw_memorability(ids, 1), range(1, 6), seed=1)
    page.reload()
    page.locator("#rates-chart svg").wait_for()
    yield "results"
    page.goto(f"{lab.server.url}/results/{lab.slug}/report")
    yield "no-report"


WALKS: dict[Walk, set[str]] = {
    welcome: {"participant.welcome"},
    consent: {"participant.consent", "participant.agree"},
    unavailable: set(),
    problems: set(),
    game: {"participant.play", "participant.thanks"},
    results: {"researcher.results", "researcher.offer", "researcher.report"},
}
