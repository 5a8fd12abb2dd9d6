"""Many people who send one response each, over keep-alive connections of one asyncio process."""

import asyncio
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

BODY = (
    b'{"responses":[{"position":%d,"key":" ","rt_ms":512.25,"keys":[{"key":" ","at_ms":512.25}],'
    b'"onset_ms":%d.5,"offset_ms":%d.5,"frame_ms":16.667,"dropped_frames":0,'
    b'"feedback_onset_ms":null}],"events":[]}'
)
HEAD = (
    b"POST /api/v1/runs/%s/responses HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)
STORED = b"HTTP/1.1 201"
LONGEST_WAIT_S = 30.0


def request_for(token: str, position: int) -> bytes:
    """The bytes of one response's request."""
    body = BODY % (position, 1400 * position, 1400 * position + 600)
    return HEAD % (token.encode(), len(body)) + body


@dataclass(slots=True)
class Load:
    """What came back."""

    n_stored: int = 0
    n_failed: int = 0  # any other answer, and connections that broke
    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Stored responses per second."""
        return self.n_stored / self.seconds

    def percentile_ms(self, percent: float) -> float:
        """The latency that this share of the requests does not exceed (nearest rank)."""
        ranked = sorted(self.latencies_ms)
        return ranked[max(math.ceil(percent / 100 * len(ranked)), 1) - 1]


class Connection(asyncio.Protocol):
    """One person's connection; one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.buffer = b""
        self.answer: asyncio.Future[bool] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) >= length:
            self.buffer = b""
            self.settle(head.startswith(STORED))

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self.transport = None
        self.settle(False)

    def settle(self, stored: bool) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(stored)

    async def ask(self, request: bytes, port: int) -> bool:
        """Send, and say whether the response was stored; connects if it is not connected."""
        loop = asyncio.get_running_loop()
        self.answer = loop.create_future()
        if self.transport is None:
            await loop.create_connection(lambda: self, "127.0.0.1", port)
        assert self.transport is not None
        self.transport.write(request)
        return await asyncio.wait_for(self.answer, LONGEST_WAIT_S)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()


async def as_fast_as_possible(
    port: int, requests: Iterator[bytes], seconds: float, n_connections: int
) -> Load:
    """Each connection sends its next request when the last one is answered (closed loop)."""
    load = Load()
    start = time.perf_counter()

    async def person() -> None:
        connection = Connection()
        while time.perf_counter() - start < seconds:
            stored = await connection.ask(next(requests), port)
            load.n_stored += stored
            load.n_failed += not stored
        connection.close()

    await asyncio.gather(*(person() for _ in range(n_connections)))
    load.seconds = time.perf_counter() - start
    return load


async def at_a_fixed_rate(port: int, tokens: list[str], seconds: float, every_s: float) -> Load:
    """Each run sends one response every ``every_s``, whatever became of the last one (open loop).

    People begin evenly spread over the first interval, connected beforehand. A latency counts from
    the time at which the response was due, so that a server that falls behind cannot hide it.
    """
    load = Load()
    loop = asyncio.get_running_loop()
    connections = [Connection() for _ in tokens]
    for connection in connections:
        await loop.create_connection(lambda c=connection: c, "127.0.0.1", port)  # type: ignore[misc]
    start = time.perf_counter() + 0.2

    async def person(number: int, token: str) -> None:
        for position in range(int(seconds / every_s)):
            due = start + (number / len(tokens) + position) * every_s
            request = request_for(token, position)
            await asyncio.sleep(max(due - time.perf_counter(), 0.0))
            stored = await connections[number].ask(request, port)
            load.latencies_ms.append((time.perf_counter() - due) * 1000.0)
            load.n_stored += stored
            load.n_failed += not stored

    await asyncio.gather(*(person(number, token) for number, token in enumerate(tokens)))
    load.seconds = time.perf_counter() - start
    for connection in connections:
        connection.close()
    return load
