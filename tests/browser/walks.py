"""The ways to every page that people see; what a page needs is done on the way.

A new page is one line in WALKS (its endpoints and the way there), or one in NO_PAGES.
"""

from collections.abc import Callable, Iterator
from typing import Any

from experiment.design.attention import AttentionRule
from experiment.links import study_link
from experiment.models import Participant
from experiment.participation import end_participation
from experiment.questions.definition import parse_questions
from experiment.runs import find_study
from experiment.simulation.memorability import draw_memorability
from experiment.simulation.play import simulate_study
from experiment.withdrawal import withdrawal_code
from tests.browser.changes import change_recruitment, change_state, finish_run
from tests.browser.people import Person
from tests.browser.researcher_walk import FILES, WALKED, researchers
from tests.browser.stand_in import GO_ON, answer, change_run, two_levels

Walk = Callable[[Person], Iterator[str]]

# Endpoints that only lead on, or give something that is no page.
NO_PAGES = {
    "healthz",
    "readyz",
    "static",
    "participant.begin",
    "participant.play_another",
    "participant.answer_after",
    "participant.answer_before",
    "participant.withdraw_mine",
    "results.report_figure",
    "results.report_table",
    "results.thumbnail",
    *FILES,
}

ALWAYS = AttentionRule("a rule with a name of some length", "response_rate", "at_least", 0.0)
SCORE = {"hits": 2, "repeats": 3, "false_alarms": 1, "firsts": 4}
OPEN = {"required": False}
QUESTIONS = [
    {"id": "intro", "when": "before", "kind": "statement", "label": "Some words **first**."},
    {"id": "hand", "when": "before", "kind": "choice", "label": "Which hand?",
     "options": ["left", "right"], "hint": "The one you write with."},
    {"use": "age", "when": "before", "required": False},
    {"use": "colour_vision", "when": "before", "required": False},
    {"id": "news", "when": "before", "kind": "several", "label": "What do you read?",
     "options": ["papers", "books"], **OPEN},
    {"id": "hard", "when": "after", "kind": "scale", "label": "How hard was it?",
     "least_label": "very easy", "most_label": "very hard", **OPEN},
    {"id": "remarks", "when": "after", "kind": "text", "label": "Anything to add?",
     "longest": 2000, **OPEN},
]  # fmt: skip


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
    with person.lab.database.read() as session:
        sha256 = find_study(session, person.lab.slug).consent_document.sha256
    person.page.goto(f"{person.lab.server.url}/consent/{sha256}")
    yield "consent-version"


def unavailable(person: Person) -> Iterator[str]:
    """A look before a HIT is accepted, a link without a number, and studies that take nobody."""
    change_recruitment(person.lab, kind="mturk")
    person.page.goto(person.lab.url + "?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE")
    yield "mturk-preview"
    person.page.goto(person.lab.url)
    yield "no-id"
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


def with_rest_and_calibration(run: dict[str, Any]) -> None:
    """Two levels with a rest, and pictures of a size that needs a calibrated screen."""
    two_levels("offered")(run)
    run["display"].update(size_deg=4)


def game(person: Person) -> Iterator[str]:
    """The game from its instructions to the thanks, with a pause and a rest."""
    page = person.page
    change_run(person.context, with_rest_and_calibration)
    rest = {"score": SCORE, "may_stop": True, "verdict": GO_ON}
    answer(person.context, "**/rest", rest)
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
    person.press_button("#jspsych-fullscreen-btn")
    page.locator(".card-slider").wait_for()
    page.evaluate("document.exitFullscreen()")
    yield "calibration"
    person.press_button()
    page.locator("h1", has_text="Ready?").wait_for()
    yield "ready"
    person.page = person.context.new_page()
    person.page.goto(person.lab.url + "/play")
    person.page.get_by_text("another").wait_for()
    yield "elsewhere"
    person.page.close()
    person.page = page
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
    page.locator("h1", has_text="Part 1 of 2").wait_for()
    yield "rest"
    person.press_button()
    person.wait_for_thanks()
    yield "thanks"


def questions_and_codes(person: Person) -> Iterator[str]:
    """Questions before and after, the last page with its codes, and having everything deleted."""
    lab, page = person.lab, person.page
    change_recruitment(lab, kind="lab")
    with lab.database.write() as session:
        study = find_study(session, lab.slug)
        study.definition = study.definition | {
            "questions": parse_questions(QUESTIONS, "walk.toml"),
            "texts": study.definition["texts"] | {"debrief": "It was about **memory**."},
        }
    page.goto(lab.url)
    person.press_button()
    page.locator("input[name=agree]").check()
    person.press_button("button[value=yes]")
    yield "questions-before"
    person.press_button()
    page.locator("[role=alert]").first.wait_for()
    yield "questions-errors"
    page.locator("input[type=radio]").first.check()
    person.press_button()
    page.wait_for_url("**/play")
    somebody = finish_run(lab)
    with lab.database.write() as session:
        end_participation(session, session.get_one(Participant, somebody.id), "completed")
    page.goto(lab.url + "/thanks")
    page.wait_for_url("**/questions/after")
    yield "questions-after"
    person.press_button()
    page.locator("#completion-code").wait_for()
    yield "thanks-with-codes"
    page.goto(lab.url + "/agreement")
    yield "agreement"
    page.goto(lab.url + "/withdraw")
    yield "withdraw"
    code = withdrawal_code(lab.settings.secret_key, somebody.public_id)
    page.locator("#code").fill(code)
    person.press_button()
    page.locator("button[name=confirm]").wait_for()
    yield "withdraw-confirm"
    person.press_button()
    page.wait_for_url("**/withdrawn")
    yield "withdrawn"
    page.goto(lab.server.url + "/withdraw")
    person.press_button()
    page.locator("#code-error").wait_for()
    yield "withdraw-error"


def kind_pages(person: Person) -> Iterator[str]:
    """How participations end that are not completed."""
    lab, page = person.lab, person.page
    page.goto(lab.url)
    person.press_button()
    page.locator("input[name=agree]").check()
    person.press_button("button[value=yes]")
    page.wait_for_url("**/play")
    somebody = finish_run(lab)
    for outcome in ("attention", "stopped", "screened_out", "full"):
        with lab.database.write() as session:
            ended = session.get_one(Participant, somebody.id)
            ended.outcome, ended.ended_at = outcome, ended.created_at
        page.goto(lab.url + "/thanks")
        assert page.url.endswith("/thanks")
        yield f"ended-{outcome}"


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
    with lab.database.write() as session:
        study = find_study(session, lab.slug)
        study.paradigm = study.paradigm | {"attention": [ALWAYS.to_dict()]}
    results_of = (lab.settings, lab.database, lab.slug, lab.server.url)
    simulate_study(*results_of, lambda ids: draw_memorability(ids, 1), range(1, 6), seed=1)
    page.reload()
    page.locator("#rates-chart svg").wait_for()
    yield "results"
    page.goto(f"{lab.server.url}/results/{lab.slug}/report")
    yield "no-report"
    page.goto(f"{lab.server.url}/results/{lab.slug}/sequence?seed=walk")
    yield "sequence"


WALKS: dict[Walk, set[str]] = {
    welcome: {"participant.welcome"},
    consent: {
        "participant.consent",
        "participant.agree",
        "participant.declined",
        "consent_versions.version",
    },
    unavailable: set(),
    problems: set(),
    game: {"participant.play"},
    questions_and_codes: {
        "participant.questions_before",
        "participant.questions_after",
        "participant.agreement",
        "participant.enter_code",
        "participant.use_code",
        "participant.withdrawn",
        "withdrawals.enter_code",
        "withdrawals.use_code",
        "withdrawals.withdrawn",
    },
    kind_pages: {"participant.thanks"},
    researchers: set(WALKED),
    results: {
        "results.results",
        "results.offer",
        "results.report",
        "results.sequence",
    },
}
