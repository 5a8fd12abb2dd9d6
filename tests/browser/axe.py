"""axe-core in the page under test: what it finds is a failure."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """What axe-core finds, a line for each element: rule, where, and why.

    The script is handed over by the debugger, so that the page keeps its own content policy.
    """
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE_SCRIPT)
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    result: dict[str, Any] = page.evaluate("options => axe.run(options)", options)
    return [
        f"{found['id']}: {node['html'][:120]}: {node['failureSummary']}"
        for found in result["violations"]
        for node in found["nodes"]
    ]


def assert_accessible(page: Page) -> None:
    """The page keeps WCAG 2.2 at level AA, and good practice, as far as a program can tell."""
    found = violations(page)
    assert not found, "\n".join(found)
