"""What a simulated participant needs of a browser: cookies, pages, forms, and patience."""

import json
import ssl
import time
from functools import cache
from random import Random
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import httpx

from experiment.errors import ExperimentError
from experiment.simulation.forms import Form, Page, PageReader
from experiment.simulation.network import FlakyTransport

TRIES = 6
RETRIED = frozenset({429, 502, 503, 504})  # the server asks to come again, or is just starting
FIRST_WAIT_S = 0.2  # doubled each time


class SimulationError(ExperimentError):
    """A simulated participant cannot go on."""

    status = 500
    code = "simulation_failed"


@cache
def certificates() -> ssl.SSLContext:
    """Whom browsers trust; read once, as it takes longer than all pages before a game."""
    return ssl.create_default_context()


class Browser:
    """One person's browser: its own cookies, and requests that are repeated until they arrive.

    Parameters
    ----------
    server, rng
        Its address; what the person chooses by chance in forms.
    is_flaky, timeout_s
        Whether the network loses some of what the game sends; how long an answer may take.
    """

    def __init__(
        self, server: str, rng: Random, *, is_flaky: bool = False, timeout_s: float = 30.0
    ) -> None:
        self.rng = rng
        sender = httpx.HTTPTransport(verify=certificates())
        self.client = httpx.Client(
            transport=FlakyTransport(sender, rng) if is_flaky else sender,
            base_url=server,
            timeout=timeout_s,
            follow_redirects=True,
            headers={"User-Agent": "hitrate simulate"},
            trust_env=False,  # no proxy between this machine and its own server
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

    def submit(self, page: Page, form: Form) -> Page:
        """Send a form of the page, filled in."""
        url = urljoin(page.url, form.action)
        fields = form.filled(self.rng)
        if form.method == "post":
            return self.read(self.request("POST", url, data=fields))
        return self.read(self.request("GET", url, params=fields))

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
