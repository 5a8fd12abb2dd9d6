"""A bad network: requests that never arrive, and answers that never come back."""

from random import Random

import httpx

API = "/api/"  # pages are asked for again by people, and a form sent twice is two forms


class FlakyTransport(httpx.BaseTransport):
    """Loses some of what the game sends, before or after the server has it.

    Parameters
    ----------
    inner, rng
        What really sends; the only source of chance.
    loss
        Share of requests that are lost, and share of answers.
    """

    def __init__(self, inner: httpx.BaseTransport, rng: Random, loss: float = 0.1) -> None:
        self.inner = inner
        self.rng = rng
        self.loss = loss
        self.n_lost = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it, or not; and give the answer, or not."""
        if not request.url.path.startswith(API):
            return self.inner.handle_request(request)
        self.lose(httpx.ConnectError("lost on the way there", request=request))
        response = self.inner.handle_request(request)
        try:
            self.lose(httpx.ReadError("lost on the way back", request=request))
        except httpx.ReadError:
            response.close()
            raise
        return response

    def lose(self, error: httpx.TransportError) -> None:
        if self.rng.random() < self.loss:
            self.n_lost += 1
            raise error

    def close(self) -> None:
        self.inner.close()
