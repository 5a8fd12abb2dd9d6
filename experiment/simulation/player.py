"""One simulated participant, from the link to the last page.

A player sees what a person sees: pages, opaque image addresses, pictures. It recognises a picture
by its bytes, never by its address, and is told neither which trials are repeats nor their lags.
Unless it plays in real time, time is virtual: a game of minutes takes as long as its requests.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any, Literal
from urllib.parse import urlsplit

from experiment.simulation.browser import Browser, SimulationError
from experiment.simulation.crowd import Habits
from experiment.simulation.forms import Form, Page
from experiment.simulation.game import FRAME_MS, Screen
from experiment.simulation.memory import Person

TRIALS_AT_ONCE = 10  # of a batch of responses
MOST_FORMS = 12  # between two games
RELOAD_RATE = 0.5  # of flaky players, in each level

Recognise = Callable[[bytes], str]  # picture → image_id
Outcome = Literal["finished", "ended", "stopped", "left", "turned_away"]


@dataclass(frozen=True, slots=True)
class Played:
    """How one player fared."""

    outcome: Outcome  # ended: by an attention rule; left: closed the tab; turned away: no game
    n_responses: int


def play(
    browser: Browser,
    link: str,
    person: Person,
    recognise: Recognise,
    habits: Habits | None = None,
    *,
    n_runs: int = 1,
    is_real_time: bool = False,
) -> Played:
    """Play from the link to the last page.

    Parameters
    ----------
    browser, link, recognise
        The player's own; where to begin; which image a picture is.
    person, habits
        What they remember, and what they are like.
    n_runs
        How many runs to play, where the study lets one go on.
    is_real_time
        Whether each response is sent when a person would have given it.
    """
    player = Player(browser, person, recognise, habits or Habits(), is_real_time)
    page = player.walk(browser.open(link))
    outcome: Outcome = "turned_away"
    for number in range(1, n_runs + 1):
        if "game" not in page.data:
            break
        outcome, page = player.play_run(json.loads(page.data["game"]))
        another = [form for form in page.forms if form.action.endswith("/play")]
        if outcome != "finished" or number == n_runs or not another:
            break
        page = player.walk(browser.submit(page, another[0]))
    return Played(outcome, player.n_responses)


class Player:
    """Somebody who plays, and what they have done so far."""

    def __init__(
        self,
        browser: Browser,
        person: Person,
        recognise: Recognise,
        habits: Habits,
        is_real_time: bool,
    ) -> None:
        self.browser = browser
        self.recognise = recognise
        self.habits = habits
        self.is_real_time = is_real_time
        self.rng = Random(f"{person.seed}/player/{person.number}")
        self.screen = Screen(person)
        self.n_responses = 0

    def walk(self, page: Page) -> Page:
        """Go through the forms of the study until the game, or a page without one.

        Raises
        ------
        SimulationError
            If the forms do not end.
        """
        for _ in range(MOST_FORMS):
            form = next_form(page)
            if "game" in page.data or form is None:
                return page
            page = self.browser.submit(page, form)
        raise SimulationError(f"neither a game nor an end after {MOST_FORMS} forms, at {page.url}")

    def play_run(self, game: Mapping[str, Any]) -> tuple[Outcome, Page]:
        """Play a run: how it ended, and the page that comes after."""
        url: str = game["run_url"]
        run = self.browser.get_json(url)
        self.screen.begin_run()
        begun = time.monotonic()
        self.start(url, None)
        leaves_at = len(run["trials"])
        if self.habits.leaves_after is not None:
            leaves_at = int(self.habits.leaves_after * leaves_at)
        levels = [list(trials) for _, trials in groupby(run["trials"], lambda t: t["level"])]
        outcome: Outcome = "finished"
        for trials in levels:
            verdict = self.play_level(url, run, trials, leaves_at, begun)
            is_last = trials is levels[-1]
            if verdict == "left":
                return "left", Page(url, (), {})
            if verdict != "end" and not is_last and run["rests"] != "none":
                verdict = self.rest(url, trials[0]["level"])
            if verdict == "end":
                outcome = "ended"
            if verdict in ("end", "stop"):
                break
        else:
            verdict = "go_on"
        if verdict == "stop":
            outcome = "stopped"
        end = self.browser.post_json(f"{url}/finish", {"lost": [], "stop": verdict == "stop"})
        if end.get("state") != "finished":
            raise SimulationError(f"the run could not be finished: {end}")
        return outcome, self.walk(self.browser.open(end["next_url"]))

    def play_level(
        self,
        url: str,
        run: Mapping[str, Any],
        trials: Sequence[Mapping[str, Any]],
        leaves_at: int,
        begun: float,
    ) -> str:
        """Play a level, or what is left of it: "left", or the last verdict's action."""
        pictures = [self.recognise(self.browser.get_bytes(t["image_url"])) for t in trials]
        reloads_after = -1
        if self.habits.is_flaky and self.rng.random() < RELOAD_RATE:
            reloads_after = int(self.rng.random() * len(trials))
        waiting: list[dict[str, Any]] = []
        action = "go_on"
        for index, (trial, image_id) in enumerate(zip(trials, pictures, strict=True)):
            if trial["position"] >= leaves_at:
                return "left"
            response = self.screen.respond(trial, image_id, run["keys"][0], run["feedback"])
            if response["feedback_onset_ms"] is not None:
                question = {name: response[name] for name in ("position", "key", "rt_ms")}
                self.browser.post_json(f"{url}/feedback", question)
            waiting.append(response)
            if self.is_real_time:
                time.sleep(max(0.0, begun + response["offset_ms"] / 1000 - time.monotonic()))
            if len(waiting) == TRIALS_AT_ONCE or trial is trials[-1] or index == reloads_after:
                action = self.send(url, waiting)
                waiting = []
            if action == "end":
                break
            if index == reloads_after:
                self.start(url, trial["position"])
        return action

    def start(self, url: str, last_shown: int | None) -> None:
        """Say that the game begins, or goes on after a reload."""
        self.browser.post_json(
            f"{url}/start",
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
                "last_shown": last_shown,
            },
        )

    def send(self, url: str, responses: Sequence[Mapping[str, Any]]) -> str:
        """Send responses; the action of the server's verdict."""
        receipt = self.browser.post_json(
            f"{url}/responses", {"responses": list(responses), "events": []}
        )
        if receipt.get("conflicting") or "error" in receipt:
            raise SimulationError(f"responses were not taken as they are: {receipt}")
        self.n_responses += len(responses)
        action: str = receipt["verdict"]["action"]
        return action

    def rest(self, url: str, level: int) -> str:
        """Between two levels: whether to go on, to "stop", or to "end"."""
        after = self.browser.post_json(f"{url}/rest", {"level": level})
        if "verdict" not in after:
            raise SimulationError(f"no rest after level {level}: {after}")
        if after["verdict"]["action"] == "end":
            return "end"
        self.screen.rest()
        if after["may_stop"] and self.rng.random() < self.habits.stop_rate:
            return "stop"
        return "go_on"


def next_form(page: Page) -> Form | None:
    """The form that leads on: the page's first, if it comes back to the page's own address.

    The last page has others: another run, a withdrawal, a way back to a recruiter.
    """
    here = path_of(page.url)
    return next((form for form in page.forms if path_of(form.action) in ("", here)), None)


def path_of(url: str) -> str:
    """The path of an address."""
    return urlsplit(url).path


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
