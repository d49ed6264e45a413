"""Serves the package's own static files: under the fingerprint of their content, compressed, cached for ever.

The fingerprint of the whole folder is part of every URL, so script modules may name each other relatively and
nothing has to be collected or rewritten before the server starts. Files are read and compressed on first use.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import brotli
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotFound
from django.http.response import HttpResponseBase

FOLDER: Final = Path(__file__).resolve().parent / "static"
_FOR_EVER = "public, max-age=31536000, immutable"
_LARGE = 100_000
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".md": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it may be sent: content by encoding, plain under the empty name."""

    media_type: str
    bodies: dict[str, bytes]


def fingerprint_folder(folder: Path) -> str:
    """Twelve hex digits that change when any file of the folder does."""
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@lru_cache(maxsize=1)
def list_files() -> frozenset[str]:
    """The names that may be asked for; nothing else of the disk can be named."""
    return frozenset(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())


@lru_cache(maxsize=256)
def read_static_file(name: str) -> StaticFile:
    """A listed file with the encodings that make it smaller."""
    plain = (FOLDER / name).read_bytes()
    # The best quality takes half a second for a large file, and the first reader waits for it.
    quality = 11 if len(plain) < _LARGE else 9
    encoded = {
        "br": brotli.compress(plain, quality=quality),
        "gzip": gzip.compress(plain, mtime=0),
        "": plain,
    }
    bodies = {encoding: body for encoding, body in encoded.items() if not encoding or len(body) < len(plain)}
    return StaticFile(media_type=_TYPES.get(Path(name).suffix, "application/octet-stream"), bodies=bodies)


class StaticFilesMiddleware:
    """Answers everything under `STATIC_URL` itself, before sessions and database are touched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        prefix: str = settings.STATIC_URL
        if not request.path_info.startswith(prefix):
            return self._get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        name = request.path_info.removeprefix(prefix)
        return (
            _send(name, request.headers.get("Accept-Encoding", ""))
            if name in list_files()
            else HttpResponseNotFound()
        )


def _send(name: str, accepted: str) -> HttpResponse:
    file = read_static_file(name)
    offered = {
        part.split(";")[0].strip()
        for part in accepted.split(",")
        if not part.replace(" ", "").endswith(";q=0")
    }
    encoding = next((each for each in ("br", "gzip") if each in offered and each in file.bodies), "")
    response = HttpResponse(file.bodies[encoding], content_type=file.media_type)
    response["Cache-Control"] = _FOR_EVER
    response["Vary"] = "Accept-Encoding"
    if encoding:
        response["Content-Encoding"] = encoding
    return response
