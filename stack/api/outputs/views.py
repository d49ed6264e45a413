"""Serves the file of an output to whoever has its key, as plain HTTP that any firewall understands."""

import base64
import binascii
import zlib
from collections.abc import Callable, Iterator
from functools import wraps

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_etags, parse_http_date_safe
from django.views.decorators.csrf import csrf_exempt

from stack.accounts.limits.charging import charge
from stack.accounts.limits.policies import Cost
from stack.core.acts import current_origin
from stack.core.errors import NotFound, StackError, TooMany, Unavailable
from stack.sharing.outputs.serving import (
    OpenOutput,
    OutputFile,
    find_unchanged,
    make_delta,
    make_file,
    make_part,
    name_part,
    note_fetch,
    open_output,
)
from stack.store.failures import RETRY_AFTER_S

_NOTHING = "There is nothing at this address. Check the id of the output and its key."
_TEXT = "text/plain; charset=utf-8"
_HEADERS = {
    # The address may have the key in it: no page that is reached from here may learn it.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-cache",
    "X-Robots-Tag": "noindex",
}
_GZIP = 16 + zlib.MAX_WBITS
View = Callable[..., HttpResponseBase]


def _bounded(view: View) -> View:
    """Takes GET and HEAD alone, says failures as text, and keeps the answer out of shared caches."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, **parts: str) -> HttpResponseBase:
        try:
            response = view(request, **parts) if request.method in {"GET", "HEAD"} else _refuse_method()
        except StackError as error:
            response = _explain(error)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return answer


@_bounded
def serve_by_path(request: HttpRequest, *, uid: str, key: str, filename: str) -> HttpResponseBase:
    """The key stands in the address, for firewalls that can send no credentials."""
    opened = open_output(uid, key, address=current_origin().address)
    return _say_nothing() if opened is None else _serve(request, opened, filename)


@_bounded
def serve_by_credentials(request: HttpRequest, *, uid: str, filename: str) -> HttpResponseBase:
    """The key comes as Bearer, or as the password of Basic authentication with any user name."""
    key = _read_credentials(request.headers.get("Authorization", ""))
    opened = open_output(uid, key, address=current_origin().address) if key else None
    if opened is None:
        response = HttpResponse("This takes the key of the output.\n", status=401, content_type=_TEXT)
        response["WWW-Authenticate"] = 'Basic realm="Stack output", charset="UTF-8"'
        return response
    return _serve(request, opened, filename)


@_bounded
def refuse(request: HttpRequest) -> HttpResponseBase:
    return _say_nothing()


def _serve(request: HttpRequest, opened: OpenOutput, filename: str) -> HttpResponseBase:
    request.stack_principal = opened.principal  # type: ignore[attr-defined]  # for the access log
    charge(opened.principal, cost=Cost.READ)
    since = request.GET.get("since", "")
    part = name_part(opened, filename)
    known = None if since or part else find_unchanged(opened)
    if known is not None and (request.method == "HEAD" or _is_known(request, known)):
        file = known
    else:
        charge(opened.principal, cost=Cost.EXPENSIVE)
        file = _make_file(opened, part, since)
    if _is_known(request, file):
        response: HttpResponseBase = HttpResponse(status=304)
    else:
        response = _write_file(request, opened, file)
    if response.status_code == 304 or request.method == "HEAD":
        _drop(file)
    _describe(response, file, is_gzip=response.headers.get("Content-Encoding") == "gzip")
    note_fetch(opened, file, is_whole=response.status_code == 200 and request.method == "GET" and not since)
    return response


def _make_file(opened: OpenOutput, part: str, since: str) -> OutputFile:
    if part:
        return make_part(opened, part)
    return make_delta(opened, since) if since else make_file(opened)


def _write_file(request: HttpRequest, opened: OpenOutput, file: OutputFile) -> HttpResponseBase:
    pieces = iter(()) if file.spool is None or request.method == "HEAD" else file.spool.read()
    is_gzip = _takes_gzip(request.headers.get("Accept-Encoding", "")) and (
        bool(file.name) or not _is_packed(opened)
    )
    response = StreamingHttpResponse(
        _compress(pieces) if is_gzip else pieces, content_type=file.media_type or opened.exporter.media_type
    )
    if is_gzip:
        response["Content-Encoding"] = "gzip"
    else:
        response["Content-Length"] = str(file.size)
    response["Content-Disposition"] = f'attachment; filename="{file.name or opened.filename}"'
    response["Stack-Entries"] = str(file.entries)
    if file.cursor:
        response["Stack-Cursor"] = file.cursor
    return response


def _describe(response: HttpResponseBase, file: OutputFile, *, is_gzip: bool) -> None:
    response["ETag"] = _write_etag(file, is_gzip=is_gzip)
    response["Last-Modified"] = http_date(file.made_at // 1_000_000)
    patch_vary_headers(response, ["Accept-Encoding", "Authorization"])


def _is_known(request: HttpRequest, file: OutputFile) -> bool:
    """Whether the client has this very file (RFC 9110, sections 13.1.2 and 13.1.3)."""
    wanted = request.headers.get("If-None-Match")
    if wanted is not None:
        etags = {etag.removeprefix("W/") for etag in parse_etags(wanted)}
        own = {_write_etag(file, is_gzip=False), _write_etag(file, is_gzip=True)}
        return "*" in etags or not own.isdisjoint(etags)
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and file.made_at // 1_000_000 <= since


def _write_etag(file: OutputFile, *, is_gzip: bool) -> str:
    return f'"{file.digest[:40]}{"-gzip" if is_gzip else ""}"'


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in {"gzip", "x-gzip"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _is_packed(opened: OpenOutput) -> bool:
    return opened.exporter.media_type == "application/zip"


def _compress(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _read_credentials(authorization: str) -> str:
    """The key of an Authorization header, or nothing."""
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return text.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        decoded = base64.b64decode(text.strip(), validate=True).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return ""
    return decoded.partition(":")[2]


def _drop(file: OutputFile) -> None:
    if file.spool is not None:
        file.spool.close()


def _say_nothing() -> HttpResponse:
    return HttpResponse(f"{_NOTHING}\n", status=404, content_type=_TEXT)


def _refuse_method() -> HttpResponse:
    response = HttpResponse("Only GET and HEAD are possible here.\n", status=405, content_type=_TEXT)
    response["Allow"] = "GET, HEAD"
    return response


def _explain(error: StackError) -> HttpResponse:
    if isinstance(error, NotFound):
        # Its collection is gone, or may not be read any more.
        return _say_nothing()
    response = HttpResponse(f"{error.detail}. {error.remedy}\n", status=error.status, content_type=_TEXT)
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unavailable):
        response["Retry-After"] = str(RETRY_AFTER_S)
    return response
