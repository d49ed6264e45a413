"""The connections underneath: guarded addresses, one deadline for a whole request, few bytes before its body.

Imported only when a request is sent: the libraries take longer to load than most commands take to run.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import httpcore2
import httpx2

from stack.core.http.errors import TimedOut, TooLarge
from stack.core.http.guard import find_addresses

_MOST_HEADER_BYTES = 128 * 1024
_MOST_ADDRESSES = 4


@dataclass(slots=True)
class Watch:
    """What is left to the request that is under way on a client: time, and bytes until its body begins."""

    host: str = ""
    deadline: float = 0.0
    header_bytes: int | None = _MOST_HEADER_BYTES

    def begin(self, host: str, *, total_s: float) -> None:
        self.host, self.deadline = host, time.monotonic() + total_s

    def go_on(self, host: str) -> None:
        """The next request of the same chain: the clock goes on."""
        self.host, self.header_bytes = host, _MOST_HEADER_BYTES

    def end_headers(self) -> None:
        self.header_bytes = None

    def left(self, timeout: float | None) -> float:
        """Seconds that one step may take; raises `TimedOut` when there are none."""
        rest = self.deadline - time.monotonic()
        if rest <= 0:
            raise TimedOut(self.host, "took longer than the time that one answer may take")
        return rest if timeout is None else min(rest, timeout)

    def count(self, size: int) -> None:
        if self.header_bytes is None:
            return
        self.header_bytes -= size
        if self.header_bytes < 0:
            raise TooLarge(self.host, "sends headers without end")


class WatchedStream(httpcore2.NetworkStream):
    """A connection that looks at the clock before each step."""

    def __init__(self, inner: httpcore2.NetworkStream, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        # A small piece while the headers last, so that little of the body is counted with them.
        size = max_bytes if self._watch.header_bytes is None else min(max_bytes, 16 * 1024)
        data = self._inner.read(size, self._watch.left(timeout))
        self._watch.count(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        for at in range(0, len(view), 64 * 1024):
            self._inner.write(bytes(view[at : at + 64 * 1024]), self._watch.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._watch.left(timeout))
        return WatchedStream(inner, self._watch)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedBackend(httpcore2.NetworkBackend):
    """Connects to an address that the guard has judged, whatever the name says a moment later."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = find_addresses(host, port, timeout_s=self._watch.left(timeout))[:_MOST_ADDRESSES]
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, timeout, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return self._connect(addresses[-1], port, timeout, socket_options)

    def _connect(
        self, address: str, port: int, timeout: float | None, options: Iterable[Any] | None
    ) -> httpcore2.NetworkStream:
        stream = self._inner.connect_tcp(address, port, self._watch.left(timeout), None, options)
        return WatchedStream(stream, self._watch)


def open_pool(context: ssl.SSLContext, watch: Watch) -> httpcore2.ConnectionPool:
    return httpcore2.ConnectionPool(
        ssl_context=context,
        max_connections=4,
        keepalive_expiry=30,
        network_backend=GuardedBackend(watch),
    )


class _Body(httpx2.SyncByteStream):
    def __init__(self, inner: Iterable[bytes]) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        close = getattr(self._inner, "close", None)
        if close is not None:
            close()


def exchange(pool: httpcore2.ConnectionPool, request: httpx2.Request) -> httpx2.Response:
    """Sends the request; the answer's body is unread."""
    url = request.url
    answer = pool.handle_request(
        httpcore2.Request(
            request.method,
            httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.read(),
            extensions=request.extensions,
        )
    )
    body = cast("Iterable[bytes]", answer.stream)
    return httpx2.Response(answer.status, headers=answer.headers, stream=_Body(body), request=request)
