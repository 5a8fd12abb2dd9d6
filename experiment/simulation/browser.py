"""What a simulated participant needs of a browser: cookies, pages, forms, and patience."""

import json
import ssl
import time
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import httpx

from experiment.errors import ExperimentError

TRIES = 6
RETRIED = frozenset({429, 502, 503, 504})  # the server asks to come again, or is just starting
FIRST_WAIT_S = 0.2  # doubled each time


class SimulationError(ExperimentError):
    """A simulated participant cannot go on."""

    status = 500
    code = "simulation_failed"


@dataclass(slots=True)
class Form:
    """A form as a person would send it who ticks every box and presses the first button."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    has_button: bool = False


class PageReader(HTMLParser):
    """Collects the forms of a page and the JSON that it embeds, by element id."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.data: dict[str, str] = {}
        self.form: Form | None = None
        self.json_id: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = Form(attributes.get("action", ""), attributes.get("method", "get").lower())
            self.forms.append(self.form)
        elif tag in ("input", "button") and self.form is not None:
            self.read_control(tag, attributes, self.form)
        elif tag == "script" and attributes.get("type") == "application/json":
            self.json_id = attributes.get("id", "")
            self.data[self.json_id] = ""

    def read_control(self, tag: str, attributes: dict[str, str], form: Form) -> None:
        kind = attributes.get("type", "submit" if tag == "button" else "text")
        if kind == "submit":
            if form.has_button:
                return
            form.has_button = True
        if "name" in attributes and kind not in ("button", "reset"):
            default = "on" if kind in ("checkbox", "radio") else ""
            form.fields.setdefault(attributes["name"], attributes.get("value", default))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "script":
            self.json_id = None

    def handle_data(self, data: str) -> None:
        if self.json_id is not None:
            self.data[self.json_id] += data


@cache
def certificates() -> ssl.SSLContext:
    """Whom browsers trust; read once, as it takes longer than all pages before a game."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was opened."""

    url: str
    forms: tuple[Form, ...]
    data: dict[str, str]  # embedded JSON by element id


class Browser:
    """One person's browser: its own cookies, and requests that are repeated until they arrive."""

    def __init__(self, server: str, timeout_s: float = 30.0) -> None:
        self.client = httpx.Client(
            base_url=server,
            timeout=timeout_s,
            follow_redirects=True,
            headers={"User-Agent": "hitrate simulate"},
            trust_env=False,  # no proxy between this machine and its own server
            verify=certificates(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.client.close()

    def request(self, method: str, url: str, **arguments: Any) -> httpx.Response:
        """Send until an answer comes that is not a plea to come again.

        Raises
        ------
        SimulationError
            If none came in the end, or the answer is an error other than 409 (which callers read).
        """
        problem = ""
        for attempt in range(TRIES):
            if attempt:
                time.sleep(FIRST_WAIT_S * 2 ** (attempt - 1))
            try:
                response = self.client.request(method, url, **arguments)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
                continue
            if response.status_code not in RETRIED:
                if response.is_error and response.status_code != httpx.codes.CONFLICT:
                    raise SimulationError(
                        f"{method} {url} was answered {response.status_code}: "
                        f"{response.text[:300].strip()}"
                    )
                return response
            problem = f"answered {response.status_code}"
        raise SimulationError(f"{method} {url} failed {TRIES} times, the last time: {problem}")

    def open(self, url: str) -> Page:
        """Go to a page."""
        return self.read(self.request("GET", url))

    def submit(self, page: Page) -> Page:
        """Send the page's first form, filled in."""
        form = page.forms[0]
        url = urljoin(page.url, form.action)
        if form.method == "post":
            return self.read(self.request("POST", url, data=form.fields))
        return self.read(self.request("GET", url, params=form.fields))

    def read(self, response: httpx.Response) -> Page:
        reader = PageReader()
        reader.feed(response.text)
        return Page(url=str(response.url), forms=tuple(reader.forms), data=reader.data)

    def get_json(self, url: str) -> dict[str, Any]:
        """Ask the API."""
        answer: dict[str, Any] = self.request("GET", url).json()
        return answer

    def post_json(self, url: str, content: dict[str, Any]) -> dict[str, Any]:
        """Tell the API."""
        answer: dict[str, Any] = self.request(
            "POST",
            url,
            content=json.dumps(content),
            headers={"Content-Type": "application/json"},
        ).json()
        return answer

    def get_bytes(self, url: str) -> bytes:
        """Fetch an image."""
        return self.request("GET", url).content
