"""Games that are disturbed: somebody looks away, a picture is gone, a second tab is opened."""

import time
from pathlib import Path

from analysis.dataset import read_dataset
from experiment.export.dataset import export_study
from tests.browser.lab import N_TRIALS, Lab
from tests.browser.people import Person


def test_somebody_who_looks_away_goes_on_where_they_were(
    person: Person, lab: Lab, tmp_path: Path
) -> None:
    person.shorten_practice()
    person.change_script("player.js", {"INTERRUPTION_MS = 5000": "INTERRUPTION_MS = 500"})
    person.go_to_game()
    lost = lab.plan()[9]
    gone = {"error": "not_found", "message": "the file of this image is gone"}
    person.context.route(f"**/{lost.address}", lambda route: route.fulfill(status=404, json=gone))
    person.get_ready()
    person.start_game()
    person.wait_for_image(5)
    person.page.evaluate(
        """state => {
          Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        "hidden",
    )
    person.page.get_by_role("button", name="Go on").wait_for()
    person.look("paused")
    cut = len(person.seen()["images"]) - 1
    person.page.evaluate("delete document.visibilityState")
    time.sleep(0.6)  # longer than 0.5 s is a gap here that the server is told of
    person.press_button()
    person.wait_for_stage(is_open=True)
    person.wait_for_thanks()

    assert lab.the_run().lost_positions == [cut, lost.position]
    assert sorted([*lab.responses(), cut, lost.position]) == list(range(N_TRIALS))
    assert [gap.position for gap in lab.interruptions()] == [cut + 1]
    events = [event.event for event in lab.events()]
    assert {"visibilitychange", "pause", "trial_cut", "resume", "image_failed"} <= set(events)
    assert person.surprises(without_network=True) == []
    assert_dataset_has_it(lab, tmp_path / "dataset")


def assert_dataset_has_it(lab: Lab, folder: Path) -> None:
    """The exported dataset holds to the codebook and has every response and every event."""
    export_study(lab.database, lab.settings.instance, lab.slug, folder)
    dataset = read_dataset(folder)
    trials, events = dataset.trials, dataset.events
    assert trials is not None
    assert events is not None
    assert trials["position"].tolist() == sorted(lab.responses())
    names = [event.event for event in lab.events()]
    assert sorted(events["event"]) == sorted([*names, "interruption"])


def test_a_second_tab_is_told_to_stay_away(person: Person, lab: Lab) -> None:
    person.go_to_game()
    person.page.locator("button.primary").wait_for()
    other = person.context.new_page()
    other.goto(f"{lab.url}/play")
    other.get_by_text("open in another tab").wait_for()
    other.screenshot(path=person.artifacts / "second-tab.png")
