"""Answers of the server that a test needs, put between it and the page."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from playwright.sync_api import BrowserContext, Route

RUN = re.compile(r"/api/v1/runs/[^/]+$")
GO_ON = {"action": "go_on", "warning": None}
Change = Callable[[dict[str, Any]], None]


def change_run(context: BrowserContext, change: Change) -> None:
    """Change what the server says of the run."""
    change_answers(context, RUN, change)


def change_answers(context: BrowserContext, address: str | re.Pattern[str], change: Change) -> None:
    """Change the JSON of answers from an address on its way to the page."""

    def pass_on(route: Route) -> None:
        response = route.fetch()
        body = response.json()
        change(body)
        route.fulfill(response=response, json=body)

    context.route(address, pass_on)


def answer(
    context: BrowserContext, address: str, body: Mapping[str, Any] | Callable[[Any], Any]
) -> list[Any]:
    """Answer in the server's place; returns the list in which what was asked is kept."""
    asked: list[Any] = []

    def reply(route: Route) -> None:
        question = json.loads(route.request.post_data or "null")
        asked.append(question)
        route.fulfill(json=body(question) if callable(body) else body)

    context.route(address, reply)
    return asked


def two_levels(rests: str, phase: str = "game") -> Change:
    """The first six trials are a level, the others another."""

    def change(run: dict[str, Any]) -> None:
        run["rests"] = rests
        for trial in run["trials"]:
            trial["level"] = 1 if trial["position"] < 6 else 2
            trial["phase"] = "game" if trial["level"] == 1 else phase

    return change
