"""A study of a lab with everything in it, and what people do on the way through."""

from typing import Any

from sqlalchemy import func, or_, select

from experiment.links import label_link
from experiment.models import Base, Participant
from tests.browser.lab import Lab
from tests.browser.people import Person

# A level: 2 × 2 targets + 2 × 2 vigilance + 4 fillers = 12 trials of 0.8 s.
LEVEL = 12
LEVELS: dict[str, Any] = {
    "stimulus_ms": 300,
    "gap_ms": 500,
    "n_targets": 2,
    "n_vigilance": 2,
    "n_fillers": 4,
    "target_lags": [4, 6],
    "vigilance_lags": [1, 4],
    "n_levels": 2,
    "rests": "offered",
    "shows_score": True,
    "feedback": "border",
    "feedback_ms": 300,
}
TABLES = """
[[paradigm.attention]]
name = "hints"
measure = "false_alarm_rate"
fires = "above"
threshold = 0.5
n_least = 3
when = "during"
action = "warn"

[[paradigm.attention]]
name = "presses_always"
measure = "false_alarm_rate"
fires = "above"
threshold = 0.8
n_least = 6
when = "during"
action = "end_participation"
discards = "participant"

[recruitment]
kind = "lab"
[recruitment.codes]
completed = "WHOLE-1"
attention = "CARELESS-2"
stopped = "STOPPED-3"

[[questions]]
id = "hand"
when = "before"
kind = "choice"
label = "Which hand?"
options = ["left", "right"]

[[questions]]
id = "hard"
when = "after"
kind = "scale"
label = "How hard was it?"

[texts]
debrief = "It was about **memory**."
"""
CODES = ("WHOLE-1", "CARELESS-2", "STOPPED-3")


def arrive(person: Person, label: str) -> None:
    """Open the link of a label, and its button."""
    lab = person.lab
    with lab.database.read() as session:
        link = label_link(session, lab.settings, lab.slug, label, lab.server.url)
    person.page.goto(link)
    person.press_button()


def agree_and_answer(person: Person) -> str:
    """Consent and the question before the game; returns the code to withdraw with."""
    code = person.page.locator(".code-box code").inner_text()
    person.page.locator("#agree").check()
    person.press_button("button[value=yes]")
    person.page.get_by_label("right").check()
    person.press_button()
    person.page.wait_for_url("**/play")
    return code


def hurry(person: Person) -> None:
    """Send every response at once; practise fast."""
    person.change_script("outbox.js", {"gather_ms = 3000": "gather_ms = 50"})
    person.shorten_practice()


def press_at_repeats(person: Person, first: int, last: int) -> None:
    """The space bar whenever an image of these positions has come back."""
    for trial in person.lab.plan()[first : last + 1]:
        person.wait_for_image(trial.position)
        if trial.is_repeat:
            person.page.keyboard.press(" ")


def wait_for_border(person: Person) -> None:
    """The unbroken green border around an image that was known."""
    person.page.wait_for_function(
        """() => {
          const canvas = document.querySelector("#stage canvas");
          const probe = document.createElement("canvas").getContext("2d");
          probe.drawImage(canvas, 3, 3, 1, 1, 0, 0, 1, 1);
          const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
          return green > red + 60 && green > blue + 30;
        }"""
    )


def tells_a_code(person: Person) -> bool:
    """Whether one of the study's codes is in the page."""
    content = person.page.content()
    return any(code in content for code in CODES)


def finish_at_questions(person: Person) -> str:
    """The question after the game; returns the code on the last page."""
    person.page.wait_for_url("**/questions/after")
    assert not tells_a_code(person)
    person.page.get_by_label("4", exact=True).check()
    person.press_button()
    person.wait_for_thanks()
    person.look("thanks")
    return person.page.locator("#completion-code").inner_text()


def score_of_level(lab: Lab) -> str:
    """What the rest page says of the first level, counted here."""
    answered = {position for position, response in lab.responses().items() if response.key}
    level = [trial for trial in lab.plan() if trial.level == 1]
    repeats = {trial.position for trial in level if trial.is_repeat}
    firsts = {trial.position for trial in level} - repeats
    return (
        f"{len(answered & repeats)} of {len(repeats)} pictures that came back, "
        f"and answered to {len(answered & firsts)} of {len(firsts)} new ones"
    )


def the_participant(lab: Lab) -> Participant:
    """The only one of the study."""
    with lab.database.read() as session:
        return session.get_one(Participant, lab.the_run().participant_id)


def kept_of(lab: Lab, participant_id: int, run_id: int) -> dict[str, int]:
    """How many rows each table has of somebody, where it has any."""
    ids = {"participant_id": participant_id, "run_id": run_id, "first_run_id": run_id}
    counts = {}
    with lab.database.read() as session:
        for name, table in Base.metadata.tables.items():
            owned = [table.c[key] == value for key, value in ids.items() if key in table.c]
            if owned:
                query = select(func.count()).select_from(table).where(or_(*owned))
                counts[name] = session.scalar(query) or 0
    return {name: n for name, n in counts.items() if n}


def withdraw(person: Person, code: str) -> None:
    """Have everything deleted."""
    person.page.get_by_role("link", name="Delete my data").click()
    person.page.locator("#code").fill(code.lower())
    person.press_button()
    person.press_button("button[name=confirm]")
    person.page.wait_for_url("**/withdrawn")
