"""How Stack asks a provider of single sign-on: for a short time, for little, and nobody but the provider."""

import time
from typing import Any

from requests import RequestException, Response, Session
from urllib3.exceptions import HTTPError

_CHUNK = 65_536


class ProviderSession(Session):
    """Answers are whole when they are given, or `RequestException` is raised.

    `seconds` is for the whole answer, of which each step (connecting, waiting for more) takes five at most.
    A redirect is no answer: it could lead into the network that Stack stands in.
    """

    def __init__(self, *, seconds: float = 15.0, most_bytes: int = 1_000_000) -> None:
        super().__init__()
        self._seconds, self._most_bytes = seconds, most_bytes
        # What is packed could unpack to any size.
        self.headers["Accept-Encoding"] = "identity"

    def request(self, method: str, url: str | bytes, *about: Any, **more: Any) -> Response:
        until = time.monotonic() + self._seconds
        more |= {"timeout": min(5.0, self._seconds), "stream": True, "allow_redirects": False}
        with super().request(method, url, *about, **more) as answer:
            if answer.is_redirect:
                raise RequestException("the provider answered with a redirect, which is not followed")
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise RequestException("the provider packed its answer, which was not asked for")
            answer._content = self._read(answer, until)
            answer._content_consumed = True
        return answer

    def get_redirect_target(self, resp: Response) -> None:
        """None: the library would read the body of a redirect to its end, however long."""

    def _read(self, answer: Response, until: float) -> bytes:
        body = bytearray()
        while chunk := _read_some(answer):
            body += chunk
            if len(body) > self._most_bytes:
                raise RequestException(f"the provider's answer is above {self._most_bytes:,} bytes")
            if time.monotonic() > until:
                raise RequestException(f"the provider's answer took more than {self._seconds:g} s")
        return bytes(body)


def _read_some(answer: Response) -> bytes:
    """What has come by now, after waiting for something; empty at the end."""
    try:
        return bytes(answer.raw.read1(_CHUNK))
    except (OSError, HTTPError) as error:
        raise RequestException("the provider's answer broke off") from error
