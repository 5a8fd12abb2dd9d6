"""Photographs by drag and drop in Chromium: folders, a cut network, a reload, many small files."""

import base64
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize

from stimuli.image_set import read_image_set
from tests.browser.axe import assert_accessible
from tests.browser.everyone import (
    assert_keyboard_reaches_everything,
    assert_reflows,
    assert_targets_are_large,
)
from tests.browser.lab import ARTIFACTS, Lab
from tests.browser.signed_in import sign_in
from tests.experiment.uploading import picture

DESKTOP: ViewportSize = {"width": 1200, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 812}
IMPORTED = 60_000  # ms: the job is a process of its own
# Files that the page itself makes, and drops on itself.
DROP = """files => {
  const transfer = new DataTransfer();
  for (const [path, content] of Object.entries(files)) {
    const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
    transfer.items.add(new File([bytes], path, { lastModified: 1 }));
  }
  const area = document.querySelector("#drop");
  for (const name of ["dragenter", "dragover", "drop"]) {
    const event = new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: transfer });
    area.dispatchEvent(event);
  }
}"""


@pytest.fixture
def page(chromium: Browser, lab: Lab) -> Iterator[Page]:
    """A page of a researcher who has signed in; it must not complain."""
    context = chromium.new_context(viewport=DESKTOP, base_url=lab.server.url)
    sign_in(context, lab, "editor")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [text for text in complaints if "Failed to load resource" not in text] == []


def drop(page: Page, files: Mapping[str, bytes]) -> None:
    """Drop files on the page."""
    page.evaluate(DROP, {name: base64.b64encode(file).decode() for name, file in files.items()})


def drop_folder(page: Page, folder: Path) -> None:
    """Drop a folder of this machine on the page, as the browser itself would from the desktop."""
    box = page.locator("#drop").bounding_box()
    assert box is not None
    debugger = page.context.new_cdp_session(page)
    for name in ("dragEnter", "dragOver", "drop"):
        debugger.send(
            "Input.dispatchDragEvent",
            {
                "type": name,
                "x": box["x"] + box["width"] / 2,
                "y": box["y"] + 20,
                "data": {"items": [], "files": [str(folder)], "dragOperationsMask": 1},
            },
        )


def name_of_a_set(lab: Lab) -> str:
    return f"set-{lab.slug}"


def images_of(lab: Lab, name: str) -> dict[str, str | None]:
    """Categories of a set by image_id."""
    images = read_image_set(lab.settings.image_sets / name).images
    return {image.image_id: image.category for image in images}


def wait_for_result(page: Page) -> dict[str, int]:
    """What the page says when the import is done: numbers by their names."""
    page.wait_for_selector("dl.figures", timeout=IMPORTED)
    terms = page.locator("dl.figures dt").all_text_contents()
    numbers = page.locator("dl.figures dd").all_text_contents()
    return {term: int(n.replace(",", "")) for term, n in zip(terms, numbers, strict=True)}


def look(page: Page, name: str) -> None:
    """Keep screenshots, wide and light, narrow and dark."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    looks: list[tuple[ViewportSize, Literal["light", "dark"]]] = [
        (PHONE, "dark"),
        (DESKTOP, "light"),
    ]
    for size, scheme in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=ARTIFACTS / f"{name}-{size['width']}-{scheme}.png", full_page=True)
        assert_accessible(page)


def test_a_dropped_folder_becomes_a_set_and_what_is_no_picture_is_named(
    page: Page, lab: Lab, tmp_path: Path
) -> None:
    name = name_of_a_set(lab)
    page.goto("/image-sets")
    look(page, "image-sets")
    page.goto("/image-sets/new")
    assert_accessible(page)
    assert_targets_are_large(page)
    assert_keyboard_reaches_everything(page)
    assert_reflows(page)
    files = {f"{kind}/{n}.png": picture(n) for n, kind in enumerate(["sea", "sea", "inn"])}
    for path, content in (files | {"sea/cut.png": picture(9)[:-60], ".DS_Store": b"x"}).items():
        (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name / path).write_bytes(content)
    drop_folder(page, tmp_path / name)
    page.wait_for_selector("text=4 files chosen")
    assert page.input_value("#name") == name  # the folder's
    look(page, "image-set-new")
    page.click("#upload button[type=submit]")
    page.wait_for_url("**/image-sets/uploads/*")
    assert wait_for_result(page) == {
        "added": 3,
        "there before, the same": 0,
        "refused": 1,
        "images in the set now": 3,
    }
    look(page, "upload-done")
    with page.expect_download() as download:
        page.click("text=Download the table")
    table = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert table[0] == "file,kind,reason"
    assert table[1].startswith("sea/cut.png,truncated or damaged,")
    page.click("text=See the image set")
    assert page.locator(".images li").count() == 3
    assert images_of(lab, name) == {"sea/0": "sea", "sea/1": "sea", "inn/2": "inn"}
    page.wait_for_function("[...document.images].every((image) => image.naturalWidth > 0)")
    look(page, "image-set")
    assert_reflows(page)
    page.click("summary:has-text('Delete')")
    page.click("button.danger")
    page.wait_for_selector(f"text=The image set {name} is deleted.")


def test_a_cut_network_and_a_reload_lose_nothing_and_send_nothing_twice(
    page: Page, lab: Lab
) -> None:
    name = name_of_a_set(lab)
    files = {f"{n:03}.png": picture(n) + bytes(20_000) for n in range(120)}
    sent: list[int] = []

    def weather(route: Route) -> None:
        size = len(route.request.post_data_buffer or b"")
        if route.request.method == "PUT" and sum(sent) + size > 1_500_000:
            route.abort("internetdisconnected")
            return
        sent.append(size)
        route.continue_()

    page.route(re.compile(r"/uploads/[^/]+/files$"), weather)
    page.goto("/image-sets/new")
    page.fill("#name", name)
    drop(page, files)
    page.wait_for_selector("text=120 files chosen")
    page.click("#upload button[type=submit]")
    page.wait_for_selector("#trouble:not([hidden])")
    assert "nothing is lost" in page.locator("#trouble").inner_text()
    look(page, "upload-trouble")
    page.on("dialog", lambda dialog: dialog.accept())
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    page.wait_for_selector("text=announced files are here")
    words = page.locator("main").inner_text()
    here = int(re.findall(r"(\d+) of 120 announced", words)[0])
    assert 0 < here < 120, words
    look(page, "upload-unfinished")
    again: list[int] = []
    page.on(
        "request",
        lambda request: (
            again.append(len(request.post_data_buffer or b"")) if request.method == "PUT" else None
        ),
    )
    drop(page, files)
    page.wait_for_selector("text=120 files chosen")
    page.click("#upload button[type=submit]")
    assert wait_for_result(page)["added"] == 120
    whole = sum(map(len, files.values()))
    assert sum(again) < whole * (120 - here) / 120 + 150_000  # the rest, and lines around it
    assert len(images_of(lab, name)) == 120


def test_the_server_may_die_and_start_again_in_the_middle(page: Page, lab: Lab) -> None:
    puts: list[Route] = []

    def weather(route: Route) -> None:
        if route.request.method == "PUT":
            puts.append(route)
            if len(puts) == 2:
                lab.server.kill()
        route.continue_()

    page.route(re.compile(r"/uploads/[^/]+/files$"), weather)
    page.goto("/image-sets/new")
    page.fill("#name", name_of_a_set(lab))
    drop(page, {f"{n:03}.png": picture(n) + bytes(20_000) for n in range(120)})
    page.wait_for_selector("text=120 files chosen")
    try:
        page.click("#upload button[type=submit]")
        page.wait_for_selector("#trouble:not([hidden])")
    finally:
        lab.server.start()
    assert wait_for_result(page)["added"] == 120


def test_three_thousand_small_files_of_a_folder_are_sent_in_bounds(
    page: Page, lab: Lab, tmp_path: Path
) -> None:
    """Sent, not imported: how fast that goes is the import's own affair."""
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(3000):
        (folder / f"{n:04}.png").write_bytes(b"%d" % n)
    bundles: list[Any] = []
    page.on("request", lambda r: bundles.append(r.url) if r.method == "PUT" else None)
    page.route("**/finish", lambda route: route.abort())
    page.goto("/image-sets/new")
    page.fill("#name", name_of_a_set(lab))
    page.set_input_files("#folder", folder)
    page.wait_for_selector("text=3,000 files chosen")
    page.click("#upload button[type=submit]")
    page.wait_for_selector("text=Everything is sent.", timeout=120_000)
    assert len(bundles) == 15  # of 200
    upload = page.url.rpartition("/")[2]
    files = list((lab.settings.uploads / upload / "files").iterdir())
    assert sorted(int(file.read_bytes()) for file in files) == list(range(3000))


def test_the_keyboard_alone_uploads_and_pauses(page: Page, lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "all.png"
    file.write_bytes(picture(1))
    held: list[Route] = []
    page.route(re.compile(r"/uploads/[^/]+/files$"), lambda route: held.append(route))
    page.goto("/image-sets/new")
    page.focus("#name")
    page.keyboard.type(name_of_a_set(lab))
    page.set_input_files("#files", file)
    page.focus("#name")
    page.keyboard.press("Enter")
    page.wait_for_selector("#sending:not([hidden])")
    assert page.evaluate("document.activeElement.id") == "sending-title"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("#pause").inner_text() == "Go on"
    page.wait_for_timeout(200)
    held.pop().continue_()
    page.wait_for_timeout(500)
    assert held == []  # nothing more is sent
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    while held:
        held.pop().continue_()
    assert wait_for_result(page)["added"] == 1
