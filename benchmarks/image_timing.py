"""How long images are on the screen: hitrate's plugin beside jsPsych's image-keyboard-response.

    python -m benchmarks.image_timing [--out benchmarks/results/image_timing.txt]

Both show the same 100 images for 600 ms each, in the same Chromium, one after the other, once on an
idle machine and once with a busy process for each of its cores. An observer in the page, which
knows neither plugin, writes down the frames in which an image could be seen; a trial is off if that
time is more than half a frame from the planned one. The other plugin is a development dependency of
experiment/client, fetched with `npm ci` where it is not there yet.
"""

import argparse
import http.server
import io
import os
import random
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from benchmarks.machine import machine
from tests.browser.chromium import launch_chromium

HERE = Path(__file__).resolve().parent
EXPERIMENT = HERE.parent / "experiment"
STOCK = EXPERIMENT / "client" / "node_modules" / "@jspsych" / "plugin-image-keyboard-response"
FOLDERS = {
    "game": EXPERIMENT / "static" / "game",
    "vendor": EXPERIMENT / "static" / "vendor",
    "stock": STOCK / "dist",
    "page": HERE,
}
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".png": "image/png"}
STIMULUS_MS = 600
PLUGINS = {"ours": "continuous-recognition (hitrate)", "stock": "image-keyboard-response (jsPsych)"}


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one plugin's images were seen."""

    durations_ms: tuple[float, ...]
    frame_ms: float
    dropped_frames: int

    @property
    def n_off(self) -> int:
        """Images off by more than half a frame."""
        return sum(self.error_ms(duration) > self.frame_ms / 2 for duration in self.durations_ms)

    @property
    def mean_error_ms(self) -> float:
        """Mean distance from the plan."""
        return statistics.mean(self.error_ms(duration) for duration in self.durations_ms)

    @staticmethod
    def error_ms(duration_ms: float) -> float:
        return abs(duration_ms - STIMULUS_MS)


def main() -> int:
    """Measure, print, and return 0 if none of ours is off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--out", type=Path, help="also write the result to this file")
    arguments = parser.parse_args()
    fetch_stock_plugin()
    report = [
        f"Image timing, {arguments.trials} images of {STIMULUS_MS} ms; {datetime.now(UTC):%Y-%m-%d}"
    ]
    n_off = 0
    with serving() as address, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        report.append(f"{machine()}, Chromium {browser.version}, headless")
        for condition, n_busy in (("idle", 0), ("all cores busy", os.cpu_count() or 1)):
            with busy(n_busy):
                timings = {
                    name: measure(
                        browser, f"{address}/page/image_timing.html", name, arguments.trials
                    )
                    for name in PLUGINS
                }
            report += describe(condition, timings)
            n_off += timings["ours"].n_off
        browser.close()
    text = "\n".join(report)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")
    return 0 if n_off == 0 else 1


def describe(condition: str, timings: dict[str, Timing]) -> list[str]:
    """Lines of the report."""
    lines = [f"{condition}:"]
    for name, timing in timings.items():
        n = len(timing.durations_ms)
        lines.append(
            f"  {PLUGINS[name]:36} off by more than half a frame: {timing.n_off:3} of {n}; "
            f"mean error {timing.mean_error_ms:.2f} ms; "
            f"{min(timing.durations_ms):.1f} to {max(timing.durations_ms):.1f} ms; "
            f"frame {timing.frame_ms:.2f} ms, {timing.dropped_frames} dropped"
        )
    ours, stock = timings["ours"], timings["stock"]
    ratio = stock.mean_error_ms / max(ours.mean_error_ms, 0.01)
    lines.append(f"  ratio of mean errors, jsPsych's to ours: {ratio:.1f}")
    return lines


def measure(browser: Browser, address: str, plugin: str, n_trials: int) -> Timing:
    """Show the images with a plugin, and read what the observer has seen."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{address}?plugin={plugin}&trials={n_trials}&stimulus_ms={STIMULUS_MS}")
    page.wait_for_function("globalThis.result?.done", timeout=2000 * n_trials + 30_000, polling=500)
    result = page.evaluate("result")
    page.close()
    if len(result["images"]) != n_trials:
        raise RuntimeError(f"{plugin}: {len(result['images'])} images were seen of {n_trials}")
    frame_ms = statistics.median(result["steps"])
    return Timing(
        durations_ms=tuple(image["offset"] - image["onset"] for image in result["images"]),
        frame_ms=frame_ms,
        dropped_frames=sum(max(0, round(step / frame_ms) - 1) for step in result["steps"]),
    )


def fetch_stock_plugin() -> None:
    """Install the plugin to compare with, if it is not there."""
    if not STOCK.is_dir():
        subprocess.run(["npm", "ci"], cwd=EXPERIMENT / "client", check=True)


class Pages(http.server.BaseHTTPRequestHandler):
    """Serves the page, both plugins and the images."""

    def do_GET(self) -> None:
        folder, _, name = self.path.partition("?")[0].strip("/").partition("/")
        if folder == "image":
            self.answer(picture(int(name.removesuffix(".png"))), ".png")
            return
        root = FOLDERS.get(folder)
        file = (root / name).resolve() if root else None
        if file is None or root is None or root not in file.parents or not file.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.answer(file.read_bytes(), file.suffix)

    def answer(self, content: bytes, suffix: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", TYPES.get(suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def picture(number: int) -> bytes:
    """A colourful picture of 512 × 512 pixels; never the page's grey in the middle."""
    chance = random.Random(number)
    image = Image.new("RGB", (16, 16))
    image.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(256)])
    image = image.resize((512, 512), Image.Resampling.BICUBIC)
    image.paste((200, 40, number), (240, 240, 272, 272))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@contextmanager
def serving() -> Iterator[str]:
    """A server on a free port, within the block."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def busy(n: int) -> Iterator[None]:
    """So many processes that do nothing but keep a core each busy."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(n)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
