"""One request to a provider, over the guarded client: its reply, or the fault that it comes to."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import BinaryIO, Final

from stack.analysis.asking.composing import Upload, compose_request
from stack.analysis.asking.faults import AskFault
from stack.analysis.asking.records import Outcome
from stack.analysis.asking.wording import clean_words, hide_secrets
from stack.analysis.base import ProviderPlugin, ProviderReply, ProviderRequest
from stack.analysis.subjects import Subject
from stack.core.clock import now_us
from stack.core.http.client import HttpClient, HttpLimits, HttpStream
from stack.core.http.errors import AddressRefused, HttpFailure, TimedOut, TlsFailure, Unreachable
from stack.core.http.retries import read_retry_after

_KEPT_HEADERS: Final = ("content-type", "date", "retry-after", "link", "location", "etag", "last-modified")
_MOST_ERROR_BYTES: Final = 4096
_MOST_UPLOAD: Final = 64 * 1024 * 1024
_LEAST_S: Final = 0.05
# One asking may wait long for a sandbox, but no single call of it does.
_LONGEST_PAUSE_S: Final = 30.0
_LONGEST_CALL_S: Final = 120.0


@dataclass(slots=True)
class Sender:
    """Sends the requests of one asking. `deadline` is of `time.monotonic`; nothing goes on behind it."""

    plugin: ProviderPlugin
    address: str
    credentials: Mapping[str, str] = field(repr=False)
    client: HttpClient
    deadline: float
    stop: Event
    subject: Subject | None = None
    sample: Callable[[], BinaryIO] | None = None
    learned: list[str] = field(default_factory=list, repr=False)

    def left_s(self) -> float:
        return self.deadline - time.monotonic()

    def send(self, request: ProviderRequest) -> ProviderReply:
        """The reply, its body free of credentials. Raises `AskFault`, whatever the other side does."""
        if self.stop.is_set():
            raise AskFault(
                Outcome.INTERRUPTED, f"{self.plugin.title} was not asked: the analysis was stopped"
            )
        if self.left_s() < _LEAST_S:
            raise self.be_late(was_sent=False)
        composed = compose_request(
            self.plugin, self.address, request, self.credentials, upload=self._read_upload(request)
        )
        limits = HttpLimits(
            connect_s=min(10.0, self.left_s()),
            read_s=min(_LONGEST_PAUSE_S, self.left_s()),
            total_s=min(_LONGEST_CALL_S, self.left_s()),
            most_bytes=self.plugin.most_bytes,
        )
        try:
            with self.client.stream(
                composed.method,
                composed.url,
                headers=composed.headers,
                params=composed.params,
                content=composed.content,
                limits=limits,
            ) as answer:
                if answer.status not in request.expects:
                    raise self._explain_status(answer)
                body = self._read(answer)
                headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
                return ProviderReply(answer.status, self._clean(headers), self._hide(body, request), now_us())
        except HttpFailure as failure:
            raise self._explain_failure(failure) from None

    def be_late(self, *, was_sent: bool) -> AskFault:
        message = f"{self.plugin.title} did not answer within {self.plugin.wall_s:.0f} s"
        return AskFault(Outcome.FAILED, message, is_fault=was_sent, was_sent=was_sent)

    def _read(self, answer: HttpStream) -> bytes:
        pieces = []
        for piece in answer.iter_bytes():
            if self.stop.is_set():
                raise AskFault(
                    Outcome.INTERRUPTED, f"{self.plugin.title} was asked, and then stopped", was_sent=True
                )
            pieces.append(piece)
        return b"".join(pieces)

    def _read_upload(self, request: ProviderRequest) -> Upload | None:
        if not request.file_field:
            return None
        if self.sample is None or self.subject is None:
            raise AskFault(Outcome.REFUSED, f"{self.plugin.title} would need the file, which is not here")
        with self.sample() as file:
            content = file.read(_MOST_UPLOAD + 1)
        if len(content) > _MOST_UPLOAD:
            raise AskFault(Outcome.REFUSED, "The file is larger than 64 MB, so it is not handed over")
        return Upload(self.subject.name or self.subject.value, content)

    def _hide(self, body: bytes, request: ProviderRequest) -> bytes:
        if request.is_login:
            return body
        return hide_secrets(body, (*self.credentials.values(), *self.learned))

    def _clean(self, headers: Mapping[str, str]) -> dict[str, str]:
        secrets = (*self.credentials.values(), *self.learned)
        return {
            name: hide_secrets(text.encode("utf-8", "replace"), secrets).decode("utf-8", "replace")[:1000]
            for name, text in headers.items()
        }

    def _explain_status(self, answer: HttpStream) -> AskFault:
        title, status = self.plugin.title, answer.status
        said = self._quote(answer)
        wait = read_retry_after(answer.headers)
        if status in (401, 403, 407):
            message = f"{title} says that the credential is not good (HTTP {status}): check the account"
            return AskFault(Outcome.UNAUTHORISED, message, said=said, is_fault=True)
        if status in (402, 429):
            message = f"{title} says that its limit is reached (HTTP {status})"
            return AskFault(Outcome.LIMITED, message, said=said, retry_after_s=60.0 if wait is None else wait)
        if 300 <= status < 400:
            message = f"{title} sends elsewhere (HTTP {status}), which is not followed: check the address"
            return AskFault(Outcome.FAILED, message, is_fault=True)
        message = f"{title} answers with HTTP {status}"
        return AskFault(Outcome.FAILED, message, said=said, is_fault=status >= 500, retry_after_s=wait)

    def _quote(self, answer: HttpStream) -> str:
        """What the service says of its refusal; empty where it says nothing that can be shown."""
        body = b""
        try:
            for piece in answer.iter_bytes():
                body += piece
                if len(body) >= _MOST_ERROR_BYTES:
                    break
        except HttpFailure:
            return ""
        # Cut behind a whole secret only: the half of one is no text that is searched for.
        hidden = hide_secrets(body, (*self.credentials.values(), *self.learned))[:_MOST_ERROR_BYTES]
        words = clean_words(hidden.decode("utf-8", "replace"))
        return f"“{words}”" if words else ""

    def _explain_failure(self, failure: HttpFailure) -> AskFault:
        is_refused = isinstance(failure, AddressRefused)
        title = self.plugin.title
        if isinstance(failure, TimedOut) and self.left_s() < _LEAST_S:
            return self.be_late(was_sent=True)
        words = failure.detail.removeprefix(failure.host).strip()
        message = f"{title} ({failure.host}) {clean_words(words, most=200)}"
        if failure.remedy:
            message = f"{message}. {failure.remedy}"
        return AskFault(
            Outcome.FAILED,
            message,
            is_fault=not is_refused,
            was_sent=not is_refused and _may_be_sent(failure),
        )


def _may_be_sent(failure: HttpFailure) -> bool:
    """Whether the service may have got the request: who does not take the connection has not."""
    if isinstance(failure, TlsFailure):
        return False
    if isinstance(failure, Unreachable):
        return "broke" in failure.detail
    return not (
        isinstance(failure, TimedOut) and ("connection in time" in failure.detail or "DNS" in failure.detail)
    )
