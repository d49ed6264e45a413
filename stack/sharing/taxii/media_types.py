"""Which media types a request takes and brings (TAXII 2.1, section 1.6.8; RFC 9110, 8.3 and 12.5.1)."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

TAXII: Final = "application/taxii+json;version=2.1"
"""What every answer is."""

STIX: Final = "application/stix+json;version=2.1"
"""What collections hold."""

_NAME: Final = "application/taxii+json"
_VERSION: Final = "2.1"
_LONGEST: Final = 4096
# Parameters and list items are parted outside of quoted strings alone.
_ITEMS: Final = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_PARTS: Final = re.compile(r'(?:[^;"]|"(?:[^"\\]|\\.)*")+')
_QUALITY: Final = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


@dataclass(frozen=True, slots=True)
class _MediaType:
    """A media type or range: lower-case name and parameters."""

    name: str
    parameters: dict[str, str]


@lru_cache(maxsize=512)
def is_acceptable(accept: str | None) -> bool:
    """Whether who sends this `Accept` header takes TAXII 2.1; who sends none takes everything.

    The most specific range that names it decides, so that it can be excluded by a quality of 0. A range
    without a version means the newest, and parameters that do not concern TAXII are nothing against it.
    """
    if accept is None or not accept.strip():
        return True
    best: tuple[int, float] = (-1, 0.0)
    for item in _ITEMS.findall(accept[:_LONGEST]):
        found = _read(item)
        rank = _rank(found)
        if rank >= 0:
            best = max(best, (rank, _read_quality(found.parameters.get("q", "1"))))
    return best[1] > 0


@lru_cache(maxsize=512)
def is_envelope(content_type: str | None) -> bool:
    """Whether a body of this `Content-Type` is a TAXII 2.1 envelope; JSON is UTF-8 and may say so."""
    found = _read((content_type or "")[:_LONGEST])
    if found.name != _NAME or found.parameters.get("version", _VERSION) != _VERSION:
        return False
    return found.parameters.get("charset", "utf-8").lower() in {"utf-8", "utf8"}


def _rank(media: _MediaType) -> int:
    """How closely a range names TAXII 2.1; -1 for not at all."""
    if media.name == _NAME:
        version = media.parameters.get("version")
        return 2 if version is None else 3 if version == _VERSION else -1
    return {"application/*": 1, "*/*": 0, "*": 0}.get(media.name, -1)


def _read(text: str) -> _MediaType:
    name, *rest = _PARTS.findall(text) or [""]
    parameters: dict[str, str] = {}
    for part in rest:
        key, _, value = part.partition("=")
        parameters.setdefault(key.strip().lower(), _unquote(value.strip()))
    return _MediaType(name.strip().lower(), parameters)


def _unquote(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def _read_quality(text: str) -> float:
    """A quality that cannot be read says nothing against the range."""
    return float(text) if _QUALITY.fullmatch(text) else 1.0
