"""Games of several levels: planned rests, going on and stopping."""

from tests.browser.lab import N_TRIALS, Lab
from tests.browser.people import Person
from tests.browser.stand_in import GO_ON, answer, change_run, two_levels

SCORE = {"hits": 2, "repeats": 3, "false_alarms": 1, "firsts": 4}


def test_a_rest_comes_after_a_level_and_is_no_interruption(person: Person, lab: Lab) -> None:
    change_run(person.context, two_levels("offered"))
    told = {"score": SCORE, "may_stop": True, "verdict": GO_ON}
    asked = answer(person.context, "**/rest", told)
    fetched: list[str] = []
    person.page.on("request", lambda request: fetched.append(request.url))
    person.shorten_practice()
    person.go_to_game()
    person.get_ready()
    assert sum("/images/" in address for address in fetched) == 6  # the first level's
    person.start_game()
    person.page.locator("h1", has_text="Part 1 of 2").wait_for()
    assert asked == [{"level": 1}]
    assert sorted(lab.responses()) == list(range(6))  # the outbox was empty before
    assert "2 of 3 pictures" in person.page.locator(".game-page").inner_text()
    person.look("rest")
    person.page.wait_for_timeout(300)
    assert sum("/images/" in address for address in fetched) == N_TRIALS  # while resting
    person.page.keyboard.press("Enter")  # the button to go on has the focus
    person.wait_for_thanks()
    assert sorted(lab.responses()) == list(range(N_TRIALS))
    assert lab.interruptions() == []
    assert not {"pause", "trial_cut", "resume"} & {event.event for event in lab.events()}
    assert person.surprises() == []


def test_somebody_stops_at_a_rest(person: Person, lab: Lab) -> None:
    change_run(person.context, two_levels("offered"))
    answer(person.context, "**/rest", {"score": None, "may_stop": True, "verdict": GO_ON})
    end = {"state": "finished", "next_url": f"/s/{lab.slug}"}
    finished = answer(person.context, "**/finish", end)
    person.shorten_practice()
    person.go_to_game()
    person.get_ready()
    person.start_game()
    person.page.get_by_role("button", name="Stop here").click()
    person.page.wait_for_url(f"**/s/{lab.slug}")
    assert finished == [{"lost": [], "stop": True}]
    assert sorted(lab.responses()) == list(range(6))


def test_between_study_and_test_the_rest_says_what_the_test_is(person: Person, lab: Lab) -> None:
    change_run(person.context, two_levels("required", phase="test"))
    answer(person.context, "**/rest", {"score": None, "may_stop": False, "verdict": GO_ON})
    person.shorten_practice()
    own = '{ ...page.texts, test_instructions: "<p>Now a test.</p>" }'
    person.change_script("main.js", {"const { texts } = page;": f"const texts = {own};"})
    person.go_to_game()
    person.get_ready()
    person.start_game()
    person.page.get_by_text("Now a test.").wait_for()
    person.look("test-instructions")
    assert person.page.get_by_role("button", name="Stop here").count() == 0
    person.press_button()
    person.wait_for_thanks()
    assert sorted(lab.responses()) == list(range(N_TRIALS))
