"""One visit to a feed: its requests, with what the last visit learned of them, and the bodies kept aside."""

import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from threading import Event
from typing import Any, BinaryIO, cast
from urllib.parse import quote, urlsplit

from stack.core.http.client import HttpClient, HttpLimits, HttpStream, open_client
from stack.core.http.errors import AddressRefused, HttpFailure, TooLarge
from stack.core.http.retries import HttpRequest, read_retry_after, stream_patiently
from stack.core.plugin_options import Place
from stack.sources.feeds.base import FeedPlugin, Piece
from stack.sources.feeds.errors import Cause, FeedFailure, FeedRefused

_SPOOL_BYTES = 4 * 1024 * 1024
_PATIENCE_S = 60
_ATTEMPTS = 3
_LONGEST_S = 240


@dataclass(slots=True)
class FeedVisit:
    """A `base.Visit`. `validators` are what servers said of each address last time, and `learned` what they
    say this time; neither holds a secret. With `head_bytes` no more than that is read of a body."""

    feed: type[FeedPlugin]
    choices: Mapping[str, str]
    credentials: Mapping[str, str]
    client: HttpClient
    stop: Event = field(default_factory=Event)
    memory: dict[str, Any] = field(default_factory=dict)
    validators: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    learned: dict[str, dict[str, str]] = field(default_factory=dict)
    head_bytes: int | None = None
    received_bytes: int = 0
    is_cut: bool = False
    on_bytes: Callable[[], None] | None = None
    begun: float = field(default_factory=time.monotonic)

    def has_time(self) -> bool:
        return time.monotonic() - self.begun < _LONGEST_S

    def get(
        self,
        url: str = "",
        *,
        params: Mapping[str, str] | None = None,
        filename: str = "",
        format: str = "",  # noqa: A002
    ) -> Piece | None:
        template = url or self.choices["url"]
        place = sha256(repr((template, sorted((params or {}).items()))).encode()).hexdigest()[:32]
        before = self.validators.get(place, {})
        request = self._make_request(template, params or {}, before)
        with self._asking(request) as answer:
            if answer.status == 304 and before:
                self.learned[place] = dict(before)
                return None
            file, size, digest = self._keep(answer)
        if digest == before.get("sha256"):
            self.learned[place] = dict(before)
            file.close()
            return None
        said = {"etag": answer.headers.get("etag", ""), "modified": answer.headers.get("last-modified", "")}
        self.learned[place] = {name: text for name, text in said.items() if text} | {"sha256": digest}
        name = filename or self.feed.filename or urlsplit(template).path.rpartition("/")[2] or self.feed.name
        return Piece(file, size, name, format)

    def _make_request(
        self, template: str, params: Mapping[str, str], before: Mapping[str, str]
    ) -> HttpRequest:
        headers = {"accept": "*/*"}
        if "etag" in before:
            headers["if-none-match"] = before["etag"]
        if "modified" in before:
            headers["if-modified-since"] = before["modified"]
        own, secrets = dict(params), {name: text for name, text in self.credentials.items() if text}
        url = template
        for credential in self.feed.credentials:
            text = secrets.get(credential.name, "")
            match credential.place:
                case Place.HEADER if text:
                    headers[credential.field.lower()] = f"{credential.prefix}{text}"
                case Place.PARAMETER if text:
                    own[credential.field] = text
                case Place.PATH:
                    # Without the secret, its part of the path goes too.
                    url = _fill_path(url, credential.field, text)
        if user := [secrets.get(c.name, "") for c in self.feed.credentials if c.place == Place.USER]:
            word = [secrets.get(c.name, "") for c in self.feed.credentials if c.place == Place.PASSWORD]
            if any(user) or any(word):
                basic = f"{user[0]}:{word[0] if word else ''}".encode()
                headers["authorization"] = f"Basic {b64encode(basic).decode()}"
        return HttpRequest(url=url, headers=headers, params=own)

    @contextmanager
    def _asking(self, request: HttpRequest) -> Iterator[HttpStream]:
        """The answer, if it is one that brings something; its body is unread."""
        try:
            with stream_patiently(
                self.client, request, attempts=_ATTEMPTS, budget_s=_PATIENCE_S, stop=self.stop
            ) as answer:
                if answer.status not in (200, 304):
                    raise _refused(answer, urlsplit(request.url).hostname or "the server")
                yield answer
        except TooLarge as error:
            remedy = "Choose a smaller part of what the vendor offers."
            raise FeedFailure(Cause.SIZE, error.detail, remedy=remedy) from None
        except AddressRefused as error:
            raise FeedRefused(Cause.ADDRESS, error.detail, remedy=error.remedy) from None
        except HttpFailure as error:
            raise FeedFailure(Cause.NETWORK, error.detail, remedy=error.remedy) from None

    def _keep(self, answer: HttpStream) -> tuple[BinaryIO, int, str]:
        """The body in a file of its own, its size and SHA-256: nothing goes in that did not come whole."""
        file = cast("BinaryIO", SpooledTemporaryFile(max_size=_SPOOL_BYTES))  # noqa: SIM115
        digest, size = sha256(), 0
        try:
            for piece in answer.iter_bytes():
                file.write(piece)
                digest.update(piece)
                size += len(piece)
                if self.on_bytes is not None:
                    self.on_bytes()
                if self.head_bytes is not None and size >= self.head_bytes:
                    self.is_cut = True
                    break
        except BaseException:
            file.close()
            raise
        file.seek(0)
        self.received_bytes += size
        return file, size, digest.hexdigest()


@contextmanager
def open_visit(
    feed: type[FeedPlugin],
    *,
    choices: Mapping[str, str],
    credentials: Mapping[str, str],
    limits: HttpLimits | None = None,
) -> Iterator[FeedVisit]:
    """A visit with a client of its own; `limits` replaces what the feed allows itself."""
    chosen = limits or HttpLimits(total_s=600, most_bytes=feed.most_bytes, most_redirects=3)
    with open_client(limits=chosen) as client:
        yield FeedVisit(feed, feed.fill_choices(choices), credentials, client)


def _fill_path(url: str, field_name: str, text: str) -> str:
    marker = "{" + field_name + "}"
    return url.replace(marker, quote(text, safe="")) if text else url.replace(f"/{marker}", "")


def _refused(answer: HttpStream, host: str) -> FeedFailure:
    status, wait = answer.status, read_retry_after(answer.headers)
    if status in (401, 403, 407):
        return FeedFailure(
            Cause.CREDENTIALS,
            f"{host} does not let Stack in (HTTP {status})",
            remedy="Check the credentials of the feed.",
        )
    if status in (404, 410):
        return FeedFailure(
            Cause.ADDRESS, f"{host} has nothing at this address (HTTP {status})", remedy="Check the address."
        )
    if status in (429, 509):
        return FeedFailure(
            Cause.RATE,
            f"{host} has been asked too often (HTTP {status})",
            remedy="Give the feed a longer schedule.",
            retry_after=wait,
        )
    return FeedFailure(Cause.SERVER, f"{host} answers with HTTP {status}", retry_after=wait)
