"""Checks of a page that axe-core does not make: large text, keyboard, targets, motion, colours."""

from typing import Any

from playwright.sync_api import Page

FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
# What can be reached, in the page's order; of a group of radio buttons one is.
REACHABLE = """selector => {
  const groups = new Set();
  return [...document.querySelectorAll(selector)].filter((element) => {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.disabled) return false;
    if (element.tabIndex < 0) return false;
    if (element.type !== "radio") return true;
    const isFirst = !groups.has(element.name);
    groups.add(element.name);
    return isFirst;
  }).map((element) => element.outerHTML.slice(0, 160));
}"""
FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  return {
    html: element.outerHTML.slice(0, 160),
    isSeen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  };
}"""
TO_THE_START = """() => {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
}"""
SMALL = """selector => [...document.querySelectorAll(selector)].filter((element) => {
  if (!element.checkVisibility() || element.closest("p, li, .unseen, .trap")) return false;
  const target = element.closest("label") ?? element;
  const { width, height } = target.getBoundingClientRect();
  return width > 1 && Math.min(width, height) < 24;
}).map((element) => element.outerHTML.slice(0, 160))"""
TOO_WIDE = """() => {
  const isTooWide = [document.documentElement, ...document.querySelectorAll("main")]
    .some((element) => element.scrollWidth > element.clientWidth);
  if (!isTooWide) return [];
  const wide = [...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth);
  return ["the page", ...wide.map((element) => element.outerHTML.slice(0, 160))];
}"""
MOVING = """() => [...document.querySelectorAll("*")].filter((element) => {
  const { transitionDuration, animationDuration, animationName } = getComputedStyle(element);
  return parseFloat(transitionDuration) > 0
    || (animationName !== "none" && parseFloat(animationDuration) > 0);
}).map((element) => element.outerHTML.slice(0, 160))"""
WITHOUT_EDGE = """() => [...document.querySelectorAll("button, .button, .tick, .choice")]
  .filter((element) => {
    if (!element.checkVisibility()) return false;
    const { borderTopWidth, borderTopStyle, borderTopColor } = getComputedStyle(element);
    return parseFloat(borderTopWidth) < 1 || borderTopStyle === "none"
      || borderTopColor === getComputedStyle(document.body).backgroundColor;
  }).map((element) => element.outerHTML.slice(0, 160))"""

PARTS_OF_A_DATE = 3  # beyond the first: month, year, and the calendar


def assert_reflows(page: Page) -> None:
    """At 1280 and at 320 CSS pixels nothing is wider than the window, also with text at 200 %."""
    before = page.viewport_size
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        for size in ("", "212.5%"):  # hitrate.css: 106.25 %
            page.evaluate("size => { document.documentElement.style.fontSize = size; }", size)
            assert page.evaluate(TOO_WIDE) == [], (width, size)
        page.evaluate("() => { document.documentElement.style.fontSize = ''; }")
    if before:
        page.set_viewport_size(before)


def is_within_date(found: dict[str, Any], before: dict[str, Any]) -> bool:
    """Whether Tab has only gone on to the next part of the same date."""
    return found["html"] == before["html"] and 'type="date"' in found["html"]


def assert_keyboard_reaches_everything(page: Page) -> None:
    """Tab goes to everything in the page's order, and shows where it is."""
    wanted: list[str] = page.evaluate(REACHABLE, FOCUSABLE)
    page.evaluate(TO_THE_START)
    reached: list[dict[str, Any]] = []
    for _ in range(len(wanted) + PARTS_OF_A_DATE * page.locator("input[type=date]").count()):
        page.keyboard.press("Tab")
        found: dict[str, Any] | None = page.evaluate(FOCUSED)
        if found is not None and not (reached and is_within_date(found, reached[-1])):
            reached.append(found)
    assert [stop["html"] for stop in reached] == wanted
    assert [stop["html"] for stop in reached if not stop["isSeen"]] == []


def assert_targets_are_large(page: Page) -> None:
    """What is pressed is at least 24 × 24 CSS pixels, but for links in a line of text."""
    assert page.evaluate(SMALL, FOCUSABLE) == []


def assert_calm(page: Page) -> None:
    """Nothing moves for people who asked for that."""
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == []
    page.emulate_media(reduced_motion="no-preference")


def assert_edges_in_forced_colours(page: Page) -> None:
    """Buttons and boxes are seen where the system chooses the colours."""
    page.emulate_media(forced_colors="active")
    assert page.evaluate(WITHOUT_EDGE) == []
    page.emulate_media(forced_colors="none")
