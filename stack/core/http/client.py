"""The client for every request that Stack sends: guarded, bounded, and without a memory of its own.

No environment variable, cookie or redirect changes where a request goes; nothing of a URL or a header is
logged. A client is for one thread and one request at a time.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from stack.core.errors import BadInput
from stack.core.http.errors import AddressRefused, BrokenAnswer, TooLarge
from stack.core.http.guard import is_host
from stack.core.http.tls import TlsOptions, make_tls_context

if TYPE_CHECKING:
    import httpcore2
    import httpx2

_REDIRECTS: Final = (301, 302, 303, 307, 308)
_ENCODINGS: Final = ("", "identity", "gzip", "x-gzip", "deflate")
_AGENT: Final = "Stack"

# Whatever else a caller sends could be a credential, and goes to nobody but whom it was meant for.
_FOR_EVERYBODY: Final = (
    "accept",
    "accept-encoding",
    "accept-language",
    "if-modified-since",
    "if-none-match",
    "user-agent",
)

# They would write addresses, and at level DEBUG headers, into the log.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """`connect_s` and `read_s` are for one step, `total_s` for all of a request with its redirects.

    `most_bytes` counts the body as it is after decompression.
    """

    connect_s: float = 10
    read_s: float = 30
    total_s: float = 300
    most_bytes: int = 64 * 1024 * 1024
    most_redirects: int = 0


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Any answer, whatever its status. `headers` is case-insensitive, `url` is where it came from."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str = field(repr=False)


class HttpStream:
    """An answer whose body has not been read: `status`, `headers`, `url`, and the body in pieces."""

    def __init__(self, response: "httpx2.Response", *, host: str, url: str, limits: HttpLimits) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.url = url
        self._response = response
        self._host = host
        self._most = limits.most_bytes

    def iter_bytes(self) -> Iterator[bytes]:
        """The body, decompressed, in pieces of at most 1 MiB; once. Raises `HttpFailure` beyond a limit."""
        from stack.core.http.failures import translating

        self._check_announced()
        count = 0
        with translating(self._host):
            for piece in self._response.iter_bytes():
                count += len(piece)
                if count > self._most:
                    raise _too_large(self._host, self._most)
                yield piece

    def _check_announced(self) -> None:
        encoding = self.headers.get("content-encoding", "").strip().lower()
        if encoding not in _ENCODINGS:
            raise BrokenAnswer(self._host, "compresses its answer in a way that nobody asked for")
        announced = self.headers.get("content-length", "")
        if self.status == 304 or self._response.request.method == "HEAD":
            return  # its length is that of what it does not send
        if announced.isdecimal() and int(announced) > self._most:
            raise _too_large(self._host, self._most)


class HttpClient:
    """Made by `open_client`."""

    def __init__(self, *, limits: HttpLimits, tls: TlsOptions, headers: Mapping[str, str]) -> None:
        from stack.core.http.network import Watch

        self._limits = limits
        self._tls = tls
        self._headers = {"user-agent": _AGENT, "accept-encoding": "gzip, deflate"} | _lower(headers)
        self._watch = Watch()
        self._pools: dict[bool, httpcore2.ConnectionPool] = {}
        self._is_busy = False

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        limits: HttpLimits | None = None,
    ) -> HttpAnswer:
        """The answer with its whole body, whatever its status. Raises `HttpFailure` where there is none."""
        with self.stream(
            method, url, headers=headers, params=params, content=content, limits=limits
        ) as answer:
            body = b"".join(answer.iter_bytes())
            return HttpAnswer(answer.status, answer.headers, body, answer.url)

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        limits: HttpLimits | None = None,
    ) -> Iterator[HttpStream]:
        """The answer as soon as its headers are there; its connection is closed or kept at the end.

        Raises `BadInput` for a URL that is none, and `HttpFailure`.
        """
        if self._is_busy:
            raise RuntimeError("a client does one request at a time")
        self._is_busy = True
        try:
            chosen = limits or self._limits
            request = self._build(
                method,
                url,
                headers=self._headers | _lower(headers or {}),
                params=params,
                content=content,
                limits=chosen,
            )
            self._watch.begin(_show_host(request.url), total_s=chosen.total_s)
            response, final = self._follow(request, chosen)
            try:
                yield HttpStream(response, host=_show_host(final.url), url=str(final.url), limits=chosen)
            finally:
                response.close()
        finally:
            self._is_busy = False

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()

    def _follow(
        self, request: "httpx2.Request", limits: HttpLimits
    ) -> "tuple[httpx2.Response, httpx2.Request]":
        """The first answer that is no redirect; credentials stay with the origin that they were meant for."""
        first = request.url
        for _ in range(limits.most_redirects):
            response = self._ask(request, is_first_origin=_origin(request.url) == _origin(first))
            target = response.headers.get("location", "")
            if response.status_code not in _REDIRECTS or not target or request.method not in ("GET", "HEAD"):
                return response, request
            response.close()
            request = self._redirect(request, target, limits)
        response = self._ask(request, is_first_origin=_origin(request.url) == _origin(first))
        if limits.most_redirects and response.status_code in _REDIRECTS:
            response.close()
            raise BrokenAnswer(_show_host(first), f"redirects more than {limits.most_redirects} times")
        return response, request

    def _redirect(self, request: "httpx2.Request", target: str, limits: HttpLimits) -> "httpx2.Request":
        import httpx2

        host = _show_host(request.url)
        try:
            url = request.url.join(target)
        except httpx2.InvalidURL:
            raise BrokenAnswer(host, "redirects to what is no address") from None
        if request.url.scheme == "https" and url.scheme != "https":
            raise AddressRefused(host, "redirects from https to a connection that is not private")
        kept = dict(request.headers)
        if _origin(url) != _origin(request.url):
            kept = {name: value for name, value in kept.items() if name.lower() in _FOR_EVERYBODY}
        kept.pop("host", None)
        return self._build(request.method, str(url), headers=kept, limits=limits)

    def _ask(self, request: "httpx2.Request", *, is_first_origin: bool) -> "httpx2.Response":
        from stack.core.http.failures import translating
        from stack.core.http.network import exchange

        host = _show_host(request.url)
        self._watch.go_on(host)
        with translating(host):
            response = exchange(self._pool(with_client=is_first_origin), request)
        self._watch.end_headers()
        return response

    def _pool(self, *, with_client: bool) -> "httpcore2.ConnectionPool":
        from stack.core.http.network import open_pool

        key = with_client and bool(self._tls.client_certificate)
        if key not in self._pools:
            self._pools[key] = open_pool(make_tls_context(self._tls, with_client=key), self._watch)
        return self._pools[key]

    def _build(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        limits: HttpLimits,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> "httpx2.Request":
        import httpx2

        times = {"connect": limits.connect_s, "read": limits.read_s, "write": limits.read_s, "pool": 5.0}
        try:
            target = httpx2.URL(url)
            target = target.copy_merge_params(dict(params)) if params else target
            request = httpx2.Request(
                method, target, headers=dict(headers), content=content, extensions={"timeout": times}
            )
        except (httpx2.InvalidURL, ValueError, TypeError):
            raise BadInput("The address or a header cannot be sent", remedy="Check the URL.") from None
        _check_url(request.url)
        return request

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_client(
    *,
    limits: HttpLimits | None = None,
    tls: TlsOptions | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpClient:
    """A client to use in a `with`. `headers` go with every request to the origin that is asked."""
    return HttpClient(limits=limits or HttpLimits(), tls=tls or TlsOptions(), headers=headers or {})


def _check_url(url: "httpx2.URL") -> None:
    if url.scheme not in ("http", "https") or not is_host(url.raw_host.decode("ascii")):
        raise BadInput("The address is no URL of http or https", remedy="Begin it with https://.")
    if url.userinfo:
        raise BadInput(
            "The address holds a name or a password",
            remedy="Leave them out of the URL, and give them as credentials, which are kept sealed.",
        )


def _origin(url: "httpx2.URL") -> tuple[str, str, int]:
    return url.scheme, url.host, _port(url)


def _port(url: "httpx2.URL") -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _show_host(url: "httpx2.URL") -> str:
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{host}:{_port(url)}"


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _too_large(host: str, most: int) -> TooLarge:
    shown = f"{most / 1_048_576:,.0f} MB" if most >= 1_048_576 else f"{most:,} bytes"
    return TooLarge(host, f"answers with more than {shown}")
