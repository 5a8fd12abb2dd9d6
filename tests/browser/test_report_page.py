"""The report in Chromium: under its own policy and a server's, with pointer, keys, table, themes.

The page is served as the results page serves it: under a content security policy without
``unsafe-eval`` that knows the page's inline scripts by hash.
"""

import base64
import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page

from analysis.dataset import read_dataset
from analysis.report import write_report
from tests.analysis import report_data

IDS = ["<img src=x onerror=alert(1)>", *(f"things/object_{i:02d}" for i in range(39))]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "dataset"
    truth = report_data.write_dataset(folder, image_ids=IDS, notice="Demo data.")
    return write_report(read_dataset(folder), truth.predictions, folder / "report", n_splits=50)


@pytest.fixture(scope="module")
def address(written: Path) -> Iterator[str]:
    """Where a server gives the report out under a strict policy."""
    content = written.read_bytes()
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in re.findall(rb"<script>(.*?)</script>", content, re.DOTALL)
    )
    policy = (
        f"default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'none'; object-src 'none'; frame-ancestors 'none'"
    )

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/report" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(content if self.path == "/report" else b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its signature)
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/report"
    server.shutdown()
    server.server_close()


class Opened:
    """An open report, and whatever it asked for or complained about."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self.note_dialog)
        page.add_init_script(
            "window.violations = []; document.addEventListener('securitypolicyviolation',"
            "(e) => window.violations.push(e.violatedDirective + ' ' + e.blockedURI));"
        )
        page.goto(address)
        page.wait_for_selector("html[data-drawn=yes]")

    def note_dialog(self, dialog: Dialog) -> None:
        self.complaints.append(dialog.message)
        dialog.dismiss()

    def is_quiet(self, address: str) -> None:
        """Nothing but the page itself was asked for, and nothing was refused or went wrong."""
        assert [url for url in self.requests if not url.startswith("data:")] == [address]
        assert self.page.evaluate("window.violations") == []
        assert self.complaints == []


def open_report(chromium: Browser, address: str, **options: object) -> Opened:
    return Opened(chromium.new_context(**options).new_page(), address)  # type: ignore[arg-type] # playwright's own names


def test_every_chart_is_drawn_and_nothing_is_refused(chromium: Browser, address: str) -> None:
    opened = open_report(chromium, address)
    figures = opened.page.locator("figure[data-chart]")
    assert figures.count() == 13
    for i in range(13):
        assert figures.nth(i).locator("svg .mark-symbol path, svg .mark-area path").count() > 0
    opened.is_quiet(address)


def test_the_file_alone_draws_its_charts(chromium: Browser, written: Path) -> None:
    address = written.resolve().as_uri()
    opened = open_report(chromium, address)
    assert opened.page.locator("figure svg").count() == 13
    opened.is_quiet(address)


def test_arrow_keys_go_through_the_pictures_from_left_to_right(
    chromium: Browser, address: str, written: Path
) -> None:
    opened = open_report(chromium, address)
    told = json.loads(written.with_name("report.json").read_text("utf-8"))["images"]
    order = [row["image_id"] for row in sorted(told, key=lambda row: row["prediction_resmem"])]
    figure = opened.page.locator("figure[data-chart=scatter-0]")
    figure.locator(".plot").focus()
    seen = []
    for key in ("Home", "ArrowRight", "ArrowRight", "End", "ArrowLeft"):
        opened.page.keyboard.press(key)
        seen.append(figure.locator(".picked strong").inner_text())
    assert seen == [order[0], order[1], order[2], order[-1], order[-2]]
    assert figure.locator(".picked img").evaluate("image => image.naturalWidth") == 160
    opened.is_quiet(address)


def test_the_pointer_shows_the_picture_of_the_point_under_it(
    chromium: Browser, address: str
) -> None:
    opened = open_report(chromium, address)
    figure = opened.page.locator("figure[data-chart=scatter-0]")
    figure.scroll_into_view_if_needed()
    figure.locator(".plot").focus()
    opened.page.keyboard.press("Home")
    wanted = figure.locator(".picked strong").inner_text()
    ring = figure.locator("svg .mark-symbol path[stroke]").last.bounding_box()
    assert ring is not None
    x, y = ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2
    opened.page.mouse.move(x + 3, y)
    card = opened.page.locator("#pointer")
    assert card.is_visible()
    assert card.locator("strong").inner_text() == wanted
    assert card.locator("img").count() == 1
    opened.page.mouse.move(x - 200, y - 300)
    assert not card.is_visible()
    opened.is_quiet(address)


def test_a_finger_chooses_a_point(chromium: Browser, address: str) -> None:
    opened = open_report(chromium, address, has_touch=True, viewport={"width": 375, "height": 700})
    figure = opened.page.locator("figure[data-chart=scatter-0]")
    figure.scroll_into_view_if_needed()
    before = figure.locator(".picked strong").inner_text()
    boxes = [
        box
        for mark in figure.locator("svg .mark-symbol path").all()[:5]
        if (box := mark.bounding_box()) is not None
    ]
    chosen = set()
    for box in boxes:
        opened.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        chosen.add(figure.locator(".picked strong").inner_text())
    assert len(chosen - {before}) >= 3
    opened.is_quiet(address)


def test_the_table_sorts_pages_and_finds(chromium: Browser, address: str, written: Path) -> None:
    opened = open_report(chromium, address)
    told = json.loads(written.with_name("report.json").read_text("utf-8"))["images"]
    host = opened.page.locator("[data-table=images]")
    shown = host.locator("tbody tr")
    assert shown.count() == 25
    host.get_by_role("button", name="ResMem predicts").click()
    highest = max(told, key=lambda row: row["prediction_resmem"])["image_id"]
    assert shown.first.locator("td").first.inner_text() == highest
    host.get_by_role("button", name="ResMem predicts").click()
    lowest = min(told, key=lambda row: row["prediction_resmem"])["image_id"]
    assert shown.first.locator("td").first.inner_text() == lowest
    host.get_by_role("button", name="Next").click()
    assert shown.count() == 15
    host.get_by_role("searchbox").fill("onerror")
    assert shown.locator("td").first.inner_text() == IDS[0]
    assert shown.count() == 1
    assert host.locator("th[aria-sort=ascending]").count() == 1
    opened.is_quiet(address)


def test_a_table_is_downloaded_from_the_page(
    chromium: Browser, address: str, written: Path
) -> None:
    opened = open_report(chromium, address)
    with opened.page.expect_download() as download:
        opened.page.get_by_role("link", name="image_scores.csv").click()
    saved = Path(download.value.path())
    assert download.value.suggested_filename == "image_scores.csv"
    assert saved.read_bytes() == written.with_name("image_scores.csv").read_bytes()
    assert opened.page.evaluate("window.violations") == []


@pytest.mark.parametrize("width", [320, 375, 768, 1400])
def test_nothing_is_wider_than_the_window(chromium: Browser, address: str, width: int) -> None:
    opened = open_report(chromium, address, viewport={"width": width, "height": 800})
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    cut = opened.page.evaluate(
        """() => [...document.querySelectorAll("figure svg")].flatMap((svg) => {
            const box = svg.getBoundingClientRect();
            return [...svg.querySelectorAll("text")].filter((text) => {
              const inner = text.getBoundingClientRect();
              return inner.right > box.right + 1 || inner.left < box.left - 1;
            }).map((text) => text.textContent);
        })"""
    )
    assert cut == []


def test_charts_follow_the_theme_and_print_on_white(chromium: Browser, address: str) -> None:
    opened = open_report(chromium, address, color_scheme="dark")
    colours = (
        "() => [getComputedStyle(document.body).backgroundColor, getComputedStyle("
        "document.querySelector('figure[data-chart=scatter-0] .mark-symbol path')).fill]"
    )
    assert opened.page.evaluate(colours) == ["rgb(21, 24, 28)", "rgb(86, 180, 233)"]
    opened.page.emulate_media(color_scheme="light")
    assert opened.page.evaluate(colours) == ["rgb(255, 255, 255)", "rgb(0, 114, 178)"]
    opened.page.emulate_media(color_scheme="dark", media="print")
    assert opened.page.evaluate(colours) == ["rgb(255, 255, 255)", "rgb(0, 114, 178)"]
