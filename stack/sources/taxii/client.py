"""Asks one TAXII server: discovery, API roots, collections, pages, manifests; sends objects and asks for what
became of them. TAXII 2.1, and 2.0 where the access says so.

Credentials go to the origin of the access's own URL, and nowhere else that a server may point to.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote, urljoin, urlsplit

from stack import __version__
from stack.core.clock import now_us
from stack.core.errors import BadInput, NotAllowed, NotFound, Unavailable
from stack.core.http.client import HttpAnswer, HttpClient, HttpLimits, open_client
from stack.core.http.retries import HttpRequest, read_retry_after, send_patiently
from stack.sources.taxii.paging import TokenRefused
from stack.sources.taxii.protocol import (
    STIX_20,
    TAXII_20,
    TAXII_21,
    ApiRoot,
    Discovery,
    NotTaxii,
    Page,
    RemoteCollection,
    Status,
    read_api_root,
    read_collections,
    read_discovery,
    read_envelope,
    read_manifest,
    read_problem,
    read_resource,
    read_status,
)
from stack.sources.taxii.records import Access

_LIMITS: Final = HttpLimits(connect_s=8, read_s=20, total_s=120, most_bytes=64 * 1024 * 1024)
_SMALL: Final = HttpLimits(connect_s=8, read_s=20, total_s=30, most_bytes=4 * 1024 * 1024)
# TAXII 2.1, section 8.4.1: the software and its version.
_AGENT: Final = {"user-agent": f"Stack/{__version__}"}
_MATCHED_AT_ONCE: Final = 40
# Longer waits are for the next run: a worker that sleeps works for nobody.
_PATIENCE_S: Final = 10.0


class AskedToWait(Unavailable):
    """The server wants to be left alone for `seconds`."""

    title = "The other server asks to wait"

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(
            f"{host} asks to be left alone for {seconds:.0f} s", remedy="It is asked again then."
        )
        self.seconds = seconds


class Refused(Unavailable):
    """An answer that is no success. `answered` is the status of HTTP."""

    title = "The other server refuses"

    def __init__(self, host: str, status: int, problem: str) -> None:
        super().__init__(f"{host} answers {status}{f': {problem}' if problem else ''}")
        self.answered = status


class TaxiiClient(AbstractContextManager["TaxiiClient"]):
    """For one thread, in a `with`. Raises `HttpFailure` where no answer comes, `Refused`, `NotAllowed` and
    `NotFound` for answers that say no, `AskedToWait` and `NotTaxii`."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._root = access.url.rstrip("/") + "/"
        self._origin = _origin_of(self._root)
        self._is_20 = access.version == "2.0"
        self._client: HttpClient = open_client(limits=_LIMITS, tls=access.tls, headers=_AGENT)

    @property
    def host(self) -> str:
        return self._origin[1]

    def discover(self) -> Discovery | ApiRoot:
        """What the access's URL is: a discovery resource, or an API root. A bare host is asked at the path of
        discovery."""
        url = self._root
        if not urlsplit(url).path.strip("/"):
            url = urljoin(url, "/taxii/" if self._is_20 else "/taxii2/")
        body = read_resource(self._get(url, limits=_SMALL).body)
        if "versions" in body and "api_roots" not in body:
            return read_api_root(url, body)
        if "api_roots" not in body and "title" not in body:
            raise NotTaxii(f"{self.host} answers with no resource of TAXII", remedy="Check the address.")
        found = read_discovery(body)
        roots = tuple(urljoin(url, root) for root in found.api_roots)
        default = urljoin(url, found.default) if found.default else ""
        return Discovery(found.title, found.description, found.contact, default, roots)

    def get_api_root(self) -> ApiRoot:
        return read_api_root(self._root, read_resource(self._get(self._root, limits=_SMALL).body))

    def list_collections(self) -> list[RemoteCollection]:
        return read_collections(read_resource(self._get(f"{self._root}collections/").body))

    def find_collection(self, name: str) -> RemoteCollection:
        """By its id, alias or exact title."""
        found = self.list_collections()
        for each in found:
            if name in {each.id, each.alias, each.title} and name:
                return each
        known = ", ".join(each.title or each.id for each in found[:10]) or "none"
        raise NotFound(f"{self.host} has no collection “{name}”", remedy=f"It has: {known}.")

    def get_page(
        self,
        collection: str,
        *,
        added_after: str = "",
        token: str = "",
        limit: int = 1_000,
        every_version: bool = False,
    ) -> Page:
        """One page of objects. Raises `TokenRefused` where the server refuses a request with `token`."""
        url = f"{self._collection(collection)}objects/"
        params = {"added_after": added_after} if added_after else {}
        if every_version:
            params["match[version]"] = "all"
        headers = {}
        if self._is_20:
            start = int(token) if token.isdecimal() else 0
            headers["range"] = f"items {start}-{start + limit - 1}"
        else:
            params |= {"limit": str(limit)} | ({"next": token} if token else {})
        try:
            answer = self._get(
                url, params=params, headers=headers, media=STIX_20 if self._is_20 else TAXII_21
            )
        except (Refused, NotFound) as error:
            answered = error.answered if isinstance(error, Refused) else 404
            if self._is_20 and answered == 416:
                return Page([], now=now_us())
            if token and answered < 500:
                raise TokenRefused from None
            raise
        page = read_envelope(answer.body, answer.headers)
        following = _read_range(answer.headers) if self._is_20 else page.next
        return Page(page.objects, page.is_more, following, page.first, page.last, _read_clock(answer.headers))

    def read_dates(self, collection: str, stix_ids: Sequence[str]) -> list[str]:
        """When these objects were added, by the manifest; only of some of them, where they are many."""
        chosen = ",".join(list(dict.fromkeys(stix_ids))[-_MATCHED_AT_ONCE:])
        answer = self._get(f"{self._collection(collection)}manifest/", params={"match[id]": chosen})
        wanted = set(stix_ids)
        return [added for stix_id, added in read_manifest(read_resource(answer.body)) if stix_id in wanted]

    def post_objects(self, collection: str, content: bytes) -> Status:
        """Sends an envelope (of 2.0: a bundle). Safe to repeat: the same objects again do no harm."""
        media = STIX_20 if self._is_20 else TAXII_21
        answer = self._send(
            HttpRequest(
                method="POST",
                url=f"{self._collection(collection)}objects/",
                headers={"content-type": media, "accept": TAXII_20 if self._is_20 else TAXII_21},
                content=content,
                is_repeatable=True,
            )
        )
        return read_status(read_resource(answer.body))

    def get_status(self, status_id: str) -> Status:
        url = f"{self._root}status/{quote(status_id, safe='')}/"
        return read_status(read_resource(self._get(url).body))

    def close(self) -> None:
        self._client.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self

    def _collection(self, collection: str) -> str:
        return f"{self._root}collections/{quote(collection, safe='')}/"

    def _get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        media: str = "",
        limits: HttpLimits | None = None,
    ) -> HttpAnswer:
        accept = media or (TAXII_20 if self._is_20 else TAXII_21)
        wanted = {"accept": accept} | dict(headers or {})
        return self._send(HttpRequest(url=url, headers=wanted, params=params or {}, limits=limits))

    def _send(self, request: HttpRequest) -> HttpAnswer:
        headers = dict(request.headers) | self._credentials(request.url)
        asked = HttpRequest(
            method=request.method,
            url=request.url,
            headers=headers,
            params=request.params,
            content=request.content,
            limits=request.limits,
            is_repeatable=request.is_repeatable,
        )
        answer = send_patiently(self._client, asked, attempts=3, budget_s=_PATIENCE_S)
        if 200 <= answer.status < 300:
            return answer
        raise self._explain(answer)

    def _credentials(self, url: str) -> dict[str, str]:
        access = self._access
        if _origin_of(url) != self._origin:
            return {}
        if access.token:
            return {"authorization": f"Bearer {access.token}"}
        if access.user or access.password:
            pair = b64encode(f"{access.user}:{access.password}".encode()).decode("ascii")
            return {"authorization": f"Basic {pair}"}
        return {}

    def _explain(self, answer: HttpAnswer) -> Exception:
        problem = read_problem(answer.body)
        if answer.status in {429, 503}:
            return AskedToWait(self.host, read_retry_after(answer.headers) or 60.0)
        if answer.status in {401, 403}:
            why = f" ({problem})" if problem else ""
            return NotAllowed(
                f"{self.host} does not let us in: {answer.status}{why}",
                remedy="Check user, password or token.",
            )
        if answer.status == 404:
            return NotFound(f"{self.host} has nothing there{f': {problem}' if problem else ''}")
        if 300 <= answer.status < 400:
            return Refused(
                self.host, answer.status, "it points elsewhere; give the address that it points to"
            )
        return Refused(self.host, answer.status, problem)


def check_url(url: str) -> str:
    """The address as it is kept, with a slash at its end. Raises `BadInput`."""
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadInput(f"“{url[:200]}” is no address of a server", remedy="Begin it with https://.")
    if parts.username or parts.password:
        raise BadInput("The address holds a name or a password", remedy="Give them as credentials.")
    if parts.query or parts.fragment:
        raise BadInput("The address has a query or a fragment", remedy="End it with the path.")
    return url.strip().rstrip("/") + "/"


def _origin_of(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme.lower(), f"{(parts.hostname or '').lower()}:{port}"


def _read_range(headers: Mapping[str, str]) -> str:
    """Of `items 0-99/500` the place that comes next, as a token; empty at the end (TAXII 2.0, 3.4)."""
    unit, _, rest = headers.get("content-range", "").strip().partition(" ")
    span, _, total = rest.partition("/")
    end = span.partition("-")[2]
    if unit != "items" or not end.isdecimal():
        return ""
    following = int(end[:15]) + 1
    return "" if total.isdecimal() and following >= int(total[:15]) else str(following)


def _read_clock(headers: Mapping[str, str]) -> int:
    try:
        return int(parsedate_to_datetime(headers.get("date", "")).timestamp()) * 1_000_000
    except (ValueError, TypeError, IndexError, OverflowError):
        return now_us()
