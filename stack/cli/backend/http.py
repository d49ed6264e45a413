"""A small client of Stack's own REST API: JSON both ways, streams up and down, errors as `StackError`."""

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO, Any, Final
from urllib.parse import SplitResult, urlencode, urlsplit

from stack.core.errors import (
    BadInput,
    Conflict,
    FieldError,
    NotAllowed,
    NotFound,
    StackError,
    TooMany,
    Unavailable,
)

_PREFIX = "/api/v1"
_CHUNK = 262_144
_SECONDS = 60
_NONE: Final[Mapping[str, str]] = MappingProxyType({})
_KINDS: Mapping[int, type[StackError]] = {401: NotAllowed, 403: NotAllowed, 404: NotFound, 409: Conflict}

Query = Mapping[str, str | int | Iterable[str] | None]


@dataclass(frozen=True, slots=True)
class Upload:
    """A body of known length that is sent in pieces; `on_sent` gets the running count of bytes."""

    file: IO[bytes]
    size: int
    on_sent: Callable[[int], None]

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        while sent < self.size and (piece := self.file.read(min(_CHUNK, self.size - sent))):
            yield piece
            sent += len(piece)
            self.on_sent(sent)
        if sent < self.size:
            raise BadInput(f"the file shrank while it was sent: {sent:,} of {self.size:,} bytes were there")


class Client:
    """Talks to one server; a connection a request, because commands make few."""

    def __init__(self, address: str, token: str) -> None:
        parts = _split_address(address)
        if not token.isascii() or not token.isprintable():
            raise BadInput("STACK_TOKEN: expected a key such as stk_…, got other characters")
        self.address = f"{parts.scheme}://{parts.netloc}"
        self._is_tls = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self.root = self.address + parts.path.rstrip("/")
        self._prefix = parts.path.rstrip("/") + _PREFIX
        self._token = token

    def get(self, path: str, query: Query | None = None) -> Any:
        return self._read_json("GET", path, query=query)

    def post(self, path: str, document: object = None) -> Any:
        body = b"" if document is None else json.dumps(document).encode()
        return self._read_json("POST", path, body=body, media_type="application/json")

    def patch(self, path: str, document: object) -> Any:
        return self._read_json(
            "PATCH", path, body=json.dumps(document).encode(), media_type="application/json"
        )

    def put(self, path: str, document: object) -> Any:
        return self._read_json("PUT", path, body=json.dumps(document).encode(), media_type="application/json")

    def delete(self, path: str) -> Any:
        return self._read_json("DELETE", path)

    def upload(self, path: str, upload: Upload, query: Query, headers: Mapping[str, str] = _NONE) -> Any:
        """`headers` that are empty are left out."""
        return self._read_json(
            "POST", path, query=query, body=upload, media_type="application/octet-stream", headers=headers
        )

    def stream(self, path: str, query: Query | None = None) -> Iterator[bytes]:
        """The body in pieces; a connection that breaks in the middle raises `Unavailable`."""
        connection, response = self._send("GET", path, query=query)
        return self._iterate(connection, response)

    def _iterate(
        self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse
    ) -> Iterator[bytes]:
        try:
            while piece := response.read(_CHUNK):
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise self._lost(error) from None
        finally:
            connection.close()

    def _read_json(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: bytes | Upload | None = None,
        media_type: str = "",
        headers: Mapping[str, str] = _NONE,
    ) -> Any:
        connection, response = self._send(
            method, path, query=query, body=body, media_type=media_type, headers=headers
        )
        text = b"".join(self._iterate(connection, response))
        try:
            return json.loads(text) if text else None
        except ValueError:
            raise Unavailable(
                f"{self.address} answered, but not as Stack does", remedy="Check the address in STACK_URL."
            ) from None

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: bytes | Upload | None = None,
        media_type: str = "",
        headers: Mapping[str, str] = _NONE,
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        given = {key: value for key, value in (query or {}).items() if value not in (None, "")}
        target = f"{self._prefix}{path}" + (f"?{urlencode(given, doseq=True)}" if given else "")
        headers = {name: text for name, text in headers.items() if text}
        headers |= {"Accept": "application/json", "User-Agent": "stack-cli"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if media_type:
            headers["Content-Type"] = media_type
        if isinstance(body, Upload):
            headers["Content-Length"] = str(body.size)
        connection = self._connect()
        try:
            connection.request(method, target, body=body, headers=headers)
            response = connection.getresponse()
        except BrokenPipeError:
            response = self._read_early_answer(connection)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._lost(error) from None
        if response.status >= 300:
            raise self._explain(connection, response)
        return connection, response

    def _connect(self) -> http.client.HTTPConnection:
        if self._is_tls:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self._host, self._port, timeout=_SECONDS, context=context)
        return http.client.HTTPConnection(self._host, self._port, timeout=_SECONDS)

    def _read_early_answer(self, connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
        """A server that refuses an upload answers and hangs up before all of it was sent."""
        try:
            return connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._lost(error) from None

    def _lost(self, error: Exception) -> Unavailable:
        if isinstance(error, ssl.SSLError):
            reason = f"the TLS connection failed: {error.reason or error}"
        elif isinstance(error, socket.gaierror):
            reason = "the host name is not known"
        elif isinstance(error, TimeoutError):
            reason = f"no answer within {_SECONDS} seconds"
        elif isinstance(error, OSError):
            reason = error.strerror or str(error)
        else:
            reason = f"the connection broke: {type(error).__name__}"
        return Unavailable(f"{self.address}: {reason}", remedy="Check STACK_URL, and that the server is up.")

    def _explain(
        self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse
    ) -> StackError:
        """The problem details of an answer (RFC 9457) as the error that they are."""
        status = response.status
        if status < 400:
            connection.close()
            where = response.getheader("Location", "elsewhere")
            return Unavailable(
                f"{self.address} redirects to {where}", remedy="Set STACK_URL to that address."
            )
        try:
            problem = json.loads(b"".join(self._iterate(connection, response)))
            detail, remedy = str(problem["detail"]), str(problem.get("remedy", ""))
            faults = tuple(FieldError(row["field"], row["message"]) for row in problem.get("errors", ()))
        except (ValueError, KeyError, TypeError):
            detail = f"{self.address} answered {status} {response.reason}, but not as Stack does"
            return Unavailable(detail, remedy="Check the address in STACK_URL.")
        if status == 401 and not self._token:
            remedy = "Set STACK_TOKEN to an API key; “stack key create” makes one on the server's machine."
        if status == 429:
            return TooMany(detail, remedy=remedy, retry_after=_read_seconds(response))
        kind = _KINDS.get(status, BadInput if status < 500 else Unavailable)
        return kind(detail, remedy=remedy, errors=faults)


def _read_seconds(response: http.client.HTTPResponse) -> int:
    text = response.getheader("Retry-After", "")
    return int(text) if text.isdecimal() else 60


def _split_address(address: str) -> SplitResult:
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # an impossible port, or half an IPv6 address
        is_usable = False
    if not is_usable:
        raise BadInput(f"STACK_URL: expected http(s)://host[:port], got {address!r}")
    return parts
