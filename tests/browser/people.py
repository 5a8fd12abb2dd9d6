"""Somebody who takes part: pages, buttons, keys, and a look at what the page did."""

import json
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Route

from tests.browser.lab import Lab

STATIC = Path(__file__).resolve().parents[2] / "experiment" / "static"
STAGE = "#stage:not([hidden])"
# Written into every page before its own scripts: it watches keys, frames and answers, and shares
# nothing with the game. A key's time is its event's own; an image is on the screen from the first
# frame at whose end the canvas's middle is not the study's grey, to the first at which it is again.
OBSERVER = """
(() => {
  const seen = { keys: [], images: [], violations: [] };
  globalThis.seen = seen;
  for (const name of ["keydown", "pointerdown"]) {
    addEventListener(name, (event) => {
      const key = event.key ?? (event.pointerType === "mouse" ? "pointer" : event.pointerType);
      if (!event.repeat) seen.keys.push({ key, at: event.timeStamp });
    }, { capture: true });
  }
  addEventListener("securitypolicyviolation", (event) => {
    seen.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
  addEventListener("pagehide", () => sessionStorage.setItem("seen", JSON.stringify(seen)));
  let isUp = false;
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const look = (at) => {
    const canvas = document.querySelector("#stage:not([hidden]) canvas");
    if (canvas) probe.drawImage(canvas, canvas.width / 2, canvas.height / 2, 1, 1, 0, 0, 1, 1);
    const middle = [...probe.getImageData(0, 0, 1, 1).data];
    const isNow = canvas !== null && middle.slice(0, 3).join() !== "128,128,128";
    if (isNow && !isUp) seen.images.push({ onset: at, offset: null });
    if (!isNow && isUp) seen.images.at(-1).offset = at;
    isUp = isNow;
  };
  const channel = new MessageChannel();
  let at = 0;
  channel.port1.onmessage = () => look(at);
  const frame = (time) => {
    at = time;
    channel.port2.postMessage(null); // comes after every callback of this frame
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const real = globalThis.fetch;
  globalThis.fetch = async (...request) => {
    const response = await real(...request);
    if (String(request[0]).endsWith("/responses") && response.ok) {
      const { stored, known } = await response.clone().json();
      const before = JSON.parse(sessionStorage.getItem("acknowledged") ?? "[]");
      sessionStorage.setItem("acknowledged", JSON.stringify([...before, ...stored, ...known]));
    }
    return response;
  };
})();
"""
# What Chromium says of its own accord when a request cannot go out.
NO_NETWORK = "Failed to load resource"


def change_script(context: BrowserContext, name: str, changes: dict[str, str]) -> None:
    """Serve one of the static scripts with other words in it."""
    script = (STATIC / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in script
        script = script.replace(old, new)

    def answer(route: Route) -> None:
        route.fulfill(body=script, content_type="text/javascript")

    context.route(f"**/{name}", answer)


class Person:
    """Somebody in front of a page."""

    def __init__(self, context: BrowserContext, lab: Lab, artifacts: Path) -> None:
        self.context = context
        self.lab = lab
        self.artifacts = artifacts
        self.problems: list[str] = []  # console errors, exceptions, requests elsewhere
        self.n_pictures = 0
        context.add_init_script(OBSERVER)
        self.page = context.new_page()
        self.page.on("console", self.on_console)
        self.page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        self.page.on("request", self.on_request)
        self.page.on("dialog", lambda dialog: dialog.accept())

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def on_request(self, request: Request) -> None:
        inside = (self.lab.server.url + "/", "blob:", "data:")
        if not request.url.startswith(inside):
            self.problems.append(f"request to {request.url}")

    def look(self, name: str) -> None:
        """Keep a picture of the page."""
        self.artifacts.mkdir(parents=True, exist_ok=True)
        self.n_pictures += 1
        self.page.screenshot(path=self.artifacts / f"{self.n_pictures:02}-{name}.png")

    def change_script(self, name: str, changes: dict[str, str]) -> None:
        """Serve one of the game's scripts with other words in it."""
        change_script(self.context, f"game/{name}", changes)

    def shorten_practice(self, stimulus_ms: int = 50, gap_ms: int = 70) -> None:
        """Let the practice run faster."""
        changes = {
            "STIMULUS_MS = 1000": f"STIMULUS_MS = {stimulus_ms}",
            "GAP_MS = 1400": f"GAP_MS = {gap_ms}",
        }
        self.change_script("practice.js", changes)

    def press_button(self, selector: str = "button.primary") -> None:
        """Press the page's main button when it is there."""
        self.page.locator(selector).click()

    def go_to_game(self, *, mode: str = "", look: bool = False) -> None:
        """From the study's address to the page of the game."""
        self.page.goto(self.lab.url + mode)
        if look:
            self.look("welcome")
        self.press_button()
        self.page.locator("input[name=agree]").check()
        if look:
            self.look("consent")
        self.press_button("button[value=yes], button.primary")
        self.page.wait_for_url("**/play")

    def wait_for_stage(self, *, is_open: bool, timeout_s: float = 60) -> None:
        """Wait until images are shown, or until that is over."""
        state: Literal["attached", "detached"] = "attached" if is_open else "detached"
        self.page.locator(STAGE).wait_for(state=state, timeout=1000 * timeout_s)

    def get_ready(self) -> None:
        """Instructions, a fast practice, full screen, pictures: up to the starting button."""
        self.press_button()  # instructions
        self.press_button()  # practice
        self.wait_for_stage(is_open=True)
        self.wait_for_stage(is_open=False)
        self.press_button()  # on to the game
        self.fill_screen()

    def fill_screen(self) -> None:
        """Full screen, then the pictures are fetched."""
        self.press_button("#jspsych-fullscreen-btn")
        self.page.locator("h1", has_text="Ready?").wait_for()

    def start_game(self) -> None:
        """The button that starts the game; what was seen before it is forgotten."""
        self.page.evaluate("seen.images.length = seen.keys.length = 0")
        self.press_button()
        self.wait_for_stage(is_open=True)

    def wait_for_image(self, number: int) -> None:
        """Wait until so many images, counted from 0 since the start, have come up."""
        self.page.wait_for_function("n => seen.images.length > n", arg=number, timeout=30_000)

    def wait_for_thanks(self, timeout_s: float = 60) -> None:
        """The end: everything is saved."""
        self.page.wait_for_url("**/thanks", timeout=1000 * timeout_s)

    def seen(self) -> dict[str, Any]:
        """What the observer in this page has seen."""
        seen: dict[str, Any] = self.page.evaluate("seen")
        return seen

    def seen_before(self) -> dict[str, Any]:
        """What the observer had seen when the page before this one went away."""
        seen: dict[str, Any] = json.loads(self.page.evaluate("sessionStorage.getItem('seen')"))
        return seen

    def acknowledged(self) -> set[int]:
        """Positions that the server has acknowledged to this browser, over reloads."""
        text = self.page.evaluate("sessionStorage.getItem('acknowledged') ?? '[]'")
        return set(json.loads(text))

    def surprises(self, *, without_network: bool = False) -> list[str]:
        """What went wrong in the page; a request that was lost on purpose is no surprise."""
        return [
            problem for problem in self.problems if not (without_network and NO_NETWORK in problem)
        ] + [str(violation) for violation in self.seen()["violations"]]
