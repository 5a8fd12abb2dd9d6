"""One simulated participant, from the link to the thank-you page.

A player sees what a person sees: pages, opaque image addresses, pictures. It recognises a picture
by its bytes, never by its address, and is told neither which trials are repeats nor their lags.
Time is virtual: a game of minutes takes as long as its requests.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from experiment.simulation.browser import Browser, Page, SimulationError
from experiment.simulation.memory import Person

FRAME_MS = 1000.0 / 60.0
DROPPED_FRAME_RATE = 0.005  # of trials
TRIALS_AT_ONCE = 20  # of a batch of responses
MOST_FORMS = 10  # between the link and the game

Recognise = Callable[[bytes], str]  # picture → image_id


def play(browser: Browser, link: str, person: Person, recognise: Recognise) -> int:
    """Play one run from the link to the thank-you page; returns the number of responses."""
    page = browser.open(link)
    for _ in range(MOST_FORMS):
        if "game" in page.data:
            break
        page = next_page(browser, page)
    else:
        raise SimulationError(f"no game after {MOST_FORMS} forms, at {page.url}")
    game = json.loads(page.data["game"])
    run_url: str = game["run_url"]
    run = browser.get_json(run_url)
    pictures = [recognise(browser.get_bytes(trial["image_url"])) for trial in run["trials"]]
    browser.post_json(
        f"{run_url}/start",
        {
            "device": {
                "device_class": "desktop",
                "viewport_width_px": 1280,
                "viewport_height_px": 800,
                "device_pixel_ratio": 1.0,
                "frame_ms": FRAME_MS,
                "touch": False,
            },
            "origin_epoch_ms": time.time() * 1000.0,
            "last_shown": None,
        },
    )
    responses = answers(run, pictures, person)
    for start in range(0, len(responses), TRIALS_AT_ONCE):
        batch = responses[start : start + TRIALS_AT_ONCE]
        receipt = browser.post_json(f"{run_url}/responses", {"responses": batch, "events": []})
        if receipt.get("conflicting") or "error" in receipt:
            raise SimulationError(f"responses were not taken as they are: {receipt}")
    end = browser.post_json(f"{run_url}/finish", {"lost": []})
    if end.get("state") != "finished":
        raise SimulationError(f"the run could not be finished: {end}")
    browser.open(end["next_url"])
    return len(responses)


def next_page(browser: Browser, page: Page) -> Page:
    """Send the page's form, as everybody does who wants to play.

    Raises
    ------
    SimulationError
        If the page has no form: the study is closed, or the server says what is wrong.
    """
    if not page.forms:
        raise SimulationError(f"{page.url} has neither a form nor the game; is the study open?")
    return browser.submit(page)


def answers(run: dict[str, Any], pictures: Sequence[str], person: Person) -> list[dict[str, Any]]:
    """What the person does on every trial of the run, in the words of the API.

    Parameters
    ----------
    run
        As the server describes it.
    pictures
        image_id that the person sees on each trial.
    person
        Who remembers which positions they have seen what at.
    """
    rng = Random(f"{person.seed}/screen/{person.number}")
    last_seen: dict[str, int] = {}
    onset_frame = 0
    found = []
    for trial, image_id in zip(run["trials"], pictures, strict=True):
        position = trial["position"]
        seen_at = last_seen.get(image_id)
        lag = None if seen_at is None else position - seen_at
        last_seen[image_id] = position
        window_ms = trial["stimulus_ms"] + trial["gap_ms"]
        answer = person.answer(image_id, lag, window_ms)
        key = run["keys"][0] if answer.pressed else None
        dropped = int(rng.random() < DROPPED_FRAME_RATE)
        offset_frame = onset_frame + round(trial["stimulus_ms"] / FRAME_MS) + dropped
        found.append(
            {
                "position": position,
                "key": key,
                "rt_ms": answer.rt_ms,
                "keys": [{"key": key, "at_ms": answer.rt_ms}] if answer.pressed else [],
                "onset_ms": onset_frame * FRAME_MS,
                "offset_ms": offset_frame * FRAME_MS,
                "frame_ms": FRAME_MS,
                "dropped_frames": dropped,
                "feedback_onset_ms": None,
            }
        )
        onset_frame += round(window_ms / FRAME_MS) + dropped
    return found


def recogniser(pictures: Mapping[str, Path]) -> Recognise:
    """Recognise pictures by their bytes.

    Parameters
    ----------
    pictures
        The file that the server sends for each image_id.
    """
    known: dict[bytes, str] = {}
    for image_id in sorted(pictures):
        known.setdefault(hashlib.sha256(pictures[image_id].read_bytes()).digest(), image_id)

    def recognise(picture: bytes) -> str:
        image_id = known.get(hashlib.sha256(picture).digest())
        if image_id is None:
            raise SimulationError(
                f"the server sent a picture of {len(picture)} bytes that is none of the study's; "
                "simulate with the instance folder that the server uses"
            )
        return image_id

    return recognise
