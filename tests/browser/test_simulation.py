"""jsPsych's own simulation of the game, on previews: both modes post what they make up."""

from itertools import pairwise

import pytest

from experiment.models import Participant
from experiment.security import sign_mode
from tests.browser.lab import N_TRIALS, Lab
from tests.browser.people import Person


@pytest.mark.parametrize("simulate", ["data-only", "visual"])
def test_a_preview_plays_by_itself(person: Person, lab: Lab, simulate: str) -> None:
    signed = sign_mode(lab.settings.secret_key, lab.slug, "preview")
    person.shorten_practice()
    # Instead of the coin: a key on every third drawing and picture, early in these short trials.
    coin = "randomization.sampleBernoulli(0.35) === 1"
    third = "(globalThis.nTossed = (globalThis.nTossed ?? 0) + 1) % 3 === 0"
    person.change_script(
        "plugin-continuous-recognition.js", {coin: third, "ExGaussian(500": "ExGaussian(200"}
    )
    person.go_to_game(mode=f"?mode={signed}&simulate={simulate}")
    person.wait_for_thanks(timeout_s=120)

    stored = lab.responses()
    assert lab.the_run().state == "finished"
    assert sorted(stored) == list(range(N_TRIALS))
    answered = [response for response in stored.values() if response.key is not None]
    # Six keys; on the screen one may come so late that it belongs to the next picture.
    assert len(answered) == 6 if simulate == "data-only" else 3 <= len(answered) <= 6
    assert all(response.key == " " for response in answered)
    onsets = [stored[position].onset_ms for position in range(N_TRIALS)]
    assert all(later - earlier >= 690 for earlier, later in pairwise(onsets))
    with lab.database.read() as session:
        run = session.merge(lab.the_run())
        participant = session.get_one(Participant, run.participant_id)
        assert (participant.is_preview, participant.is_simulated) == (True, False)
    assert person.surprises() == []


def test_an_ordinary_participant_cannot_ask_for_a_simulation(person: Person, lab: Lab) -> None:
    person.go_to_game(mode="?simulate=data-only")
    person.page.get_by_role("button", name="Continue").wait_for()
    assert lab.responses() == {}
