"""How long images are on the screen: hitrate's plugin beside jsPsych's image-keyboard-response.

    python -m benchmarks.image_timing [--out benchmarks/results/image_timing.txt]
    python -m benchmarks.image_timing --minutes 10 --images 1000 [--slow-down 4]

Both show the same 100 images for 600 ms each, in the same Chromium, one after the other, once on an
idle machine and once with a busy process for each of its cores. An observer in the page, which
knows neither plugin, writes down the frames in which an image could be seen; a trial is off if that
time is more than half a frame from the planned one. The other plugin is a development dependency of
experiment/client, fetched with `npm ci` where it is not there yet.

With --minutes, hitrate's plugin alone shows so many different images within that time, on a
processor that Chromium slows down by a factor if asked; a table says how memory fared over time.
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
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.machine import machine
from tests.browser.chromium import launch_chromium

HERE = Path(__file__).resolve().parent
EXPERIMENT = HERE.parent / "experiment"
STOCK = EXPERIMENT / "client" / "node_modules" / "@jspsych" / "plugin-image-keyboard-response"
FOLDERS = {
    "game": EXPERIMENT / "static" / "game",
    "vendor": (EXPERIMENT / "static" / "vendor").resolve(),
    "stock": STOCK / "dist",
    "page": HERE,
}
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".png": "image/png"}
STIMULUS_MS = 600
LEAST_TRIAL_MS = 100  # of a long run: shorter ones are no game
STIMULUS_SHARE = 2 / 3  # of a long run's trial; the rest is its gap
N_SAMPLES = 10  # of memory, over a long run
MEGABYTE = 1_000_000
PLUGINS = {"ours": "continuous-recognition (hitrate)", "stock": "image-keyboard-response (jsPsych)"}


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one plugin's images were seen."""

    durations_ms: tuple[float, ...]
    frame_ms: float
    dropped_frames: int
    stimulus_ms: float = STIMULUS_MS

    @property
    def n_off(self) -> int:
        """Images off by more than half a frame."""
        return sum(self.error_ms(duration) > self.frame_ms / 2 for duration in self.durations_ms)

    @property
    def mean_error_ms(self) -> float:
        """Mean distance from the plan."""
        return statistics.mean(self.error_ms(duration) for duration in self.durations_ms)

    def error_ms(self, duration_ms: float) -> float:
        return abs(duration_ms - self.stimulus_ms)


def main() -> int:
    """Measure, print, and return 0 if none of ours is off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--out", type=Path, help="also write the result to this file")
    parser.add_argument("--minutes", type=float, help="a long run of hitrate's plugin alone")
    parser.add_argument("--images", type=int, default=1000, help="of a long run")
    parser.add_argument("--slow-down", type=float, default=1, help="of the processor, a long run")
    arguments = parser.parse_args()
    if arguments.minutes is None:
        report, n_off = compare(arguments.trials)
    else:
        if 60_000 * arguments.minutes / arguments.images < LEAST_TRIAL_MS:
            parser.error(f"less than {LEAST_TRIAL_MS} ms for each image; give more --minutes")
        report, n_off = endure(arguments.minutes, arguments.images, arguments.slow_down)
    text = "\n".join(report)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")
    return 0 if n_off == 0 else 1


def compare(n_trials: int) -> tuple[list[str], int]:
    """Both plugins, idle and busy: lines of the report, and how many of our images were off."""
    fetch_stock_plugin()
    report = [f"Image timing, {n_trials} images of {STIMULUS_MS} ms; {datetime.now(UTC):%Y-%m-%d}"]
    n_off = 0
    with serving() as address, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        report.append(f"{machine()}, Chromium {browser.version}, headless")
        for condition, n_busy in (("idle", 0), ("all cores busy", os.cpu_count() or 1)):
            with busy(n_busy):
                timings = {
                    name: measure(browser, f"{address}/page/image_timing.html", name, n_trials)
                    for name in PLUGINS
                }
            report += describe(condition, timings)
            n_off += timings["ours"].n_off
        browser.close()
    return report, n_off


def endure(minutes: float, n_images: int, slow_down: float) -> tuple[list[str], int]:
    """A long run of our plugin: lines of the report, and how many images were off."""
    trial_ms = 60_000 * minutes / n_images
    stimulus_ms = round(STIMULUS_SHARE * trial_ms)
    query = (
        f"plugin=ours&trials={n_images}&images={n_images}"
        f"&stimulus_ms={stimulus_ms}&gap_ms={round(trial_ms) - stimulus_ms}"
    )
    with serving() as address, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        report = [
            f"Long run, {n_images} images in {minutes:g} minutes, {stimulus_ms} ms each, processor "
            f"slowed down {slow_down:g} times; {datetime.now(UTC):%Y-%m-%d}",
            f"{machine()}, Chromium {browser.version}, headless",
        ]
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{address}/page/image_timing.html?{query}")
        page.wait_for_function("globalThis.result?.begun", timeout=100 * n_images + 60_000)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable")
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": slow_down})
        memory = watch_memory(browser, page, devtools, minutes)
        timing = read_timing(page, "ours", n_images, stimulus_ms)
        browser.close()
    report += ["   after   images   JS heap   all of Chromium", *memory]
    report.append(
        f"off by more than half a frame: {timing.n_off} of {n_images}; mean error "
        f"{timing.mean_error_ms:.2f} ms; frame {timing.frame_ms:.2f} ms, "
        f"{timing.dropped_frames} frames dropped"
    )
    return report, timing.n_off


def watch_memory(browser: Browser, page: Page, devtools: CDPSession, minutes: float) -> list[str]:
    """Lines of memory over time, until the run is over; twice its planned time is too long."""
    rows = []
    begun = time.monotonic()
    processes = browser.new_browser_cdp_session()
    while not page.evaluate("result.done"):
        passed_s = time.monotonic() - begun
        if passed_s > 120 * minutes + 60:
            raise RuntimeError(f"the run is not over after {passed_s:.0f} s")
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        heap = next(one["value"] for one in metrics if one["name"] == "JSHeapUsedSize")
        resident = sum(
            resident_bytes(process["id"])
            for process in processes.send("SystemInfo.getProcessInfo")["processInfo"]
        )
        n_shown = page.evaluate("result.images.length")
        rows.append(
            f"{passed_s:6.0f} s {n_shown:8} {heap / MEGABYTE:6.1f} MB{resident / MEGABYTE:15.0f} MB"
        )
        time.sleep(60 * minutes / N_SAMPLES)
    return rows


def resident_bytes(process: int) -> int:
    """Memory that a process has in use; 0 where it is gone or the machine does not tell."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


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
    timing = read_timing(page, plugin, n_trials, STIMULUS_MS)
    page.close()
    return timing


def read_timing(page: Page, plugin: str, n_trials: int, stimulus_ms: float) -> Timing:
    """What the observer in the page has seen of a run that is over."""
    result = page.evaluate("result")
    if len(result["images"]) != n_trials:
        raise RuntimeError(f"{plugin}: {len(result['images'])} images were seen of {n_trials}")
    frame_ms = statistics.median(result["steps"])
    return Timing(
        durations_ms=tuple(image["offset"] - image["onset"] for image in result["images"]),
        frame_ms=frame_ms,
        dropped_frames=sum(max(0, round(step / frame_ms) - 1) for step in result["steps"]),
        stimulus_ms=stimulus_ms,
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
    image.paste((200, 40, number % 256), (240, 240, 272, 272))
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
