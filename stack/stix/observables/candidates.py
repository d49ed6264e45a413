"""Every kind under which a value may be known: what a look-up probes."""

import re
from collections.abc import Iterator
from contextlib import suppress

from stack.stix.observables.detect import Detection, detect, strip_wrapping
from stack.stix.observables.key_text import key_text
from stack.stix.observables.kinds import Kind, Observable
from stack.stix.observables.normalise import fold, normalise
from stack.stix.observables.refang import refang

# A hash or a row of digits may be a certificate's; what is no host by its ending may be one all the same.
_PERHAPS = {
    Kind.MD5: (Kind.CERTIFICATE,),
    Kind.SHA1: (Kind.CERTIFICATE,),
    Kind.SHA256: (Kind.CERTIFICATE,),
    Kind.SHA512: (Kind.CERTIFICATE,),
    Kind.MAC: (Kind.CERTIFICATE,),
    Kind.FILE_NAME: (Kind.DOMAIN,),
    Kind.TEXT: (Kind.CERTIFICATE, Kind.DOMAIN),
}

# A replacement of every "http" marks more than schemes: "libhxxpd", "hxxps.evil[.]example".
_MARKED_HTTP = re.compile("hxxp", re.IGNORECASE)


def candidates(text: str) -> tuple[Observable, ...]:
    """The detected reading first, then the other kinds that the value may be kept under; text comes last.

    A mutex or a file name cannot be told by its shape, a hash may be a certificate's thumbprint, a URL may be
    kept with a scheme or without. Several may have one key text: `list_key_texts` has each once.
    """
    found, writings = _read_writings(detect(text))
    for writing in writings:
        found += _read_shapeless(writing)
    found += [Observable(Kind.TEXT, fold(writing)) for writing in writings]
    return tuple(dict.fromkeys(found))


def list_key_texts(detection: Detection) -> tuple[str, ...]:
    """The distinct key texts of all candidates: what a look-up of thousands of values asks for."""
    found, writings = _read_writings(detection)
    texts = [key_text(observable) for observable in found]
    for writing in writings:
        # All kinds without a shape are folded; only paths and registry keys do more, and only to backslashes.
        folded = fold(writing)
        texts.append(key_text(Observable(Kind.TEXT, folded)))
        if "\\" in writing:
            texts += [key_text(observable) for observable in _read_shapeless(writing)]
    return tuple(dict.fromkeys(texts))


def _read_writings(detection: Detection) -> tuple[list[Observable], dict[str, None]]:
    """The readings by shape, and the distinct ways in which the input may be meant literally."""
    text, first = detection.input, detection.observable
    stripped = strip_wrapping(text)
    fanged = refang(stripped)
    found = [first, *_read_shaped(fanged, first)]
    writings = dict.fromkeys((fanged, stripped))
    if stripped != text:
        writings |= dict.fromkeys((refang(text), text))
    if "hxxp" in fanged.lower():
        unmarked = _MARKED_HTTP.sub("http", fanged)
        found.append(detect(unmarked).observable)
        writings[unmarked] = None
    return found, writings


def _read_shaped(fanged: str, first: Observable) -> Iterator[Observable]:
    if first.kind is Kind.URL:
        plain = first.value.partition("#")[0]
        yield Observable(Kind.URL, plain)
        if "://" not in plain:
            yield Observable(Kind.URL, f"http://{plain}")
            yield Observable(Kind.URL, f"https://{plain}")
        return
    for kind in _PERHAPS.get(first.kind, ()):
        with suppress(ValueError):
            yield Observable(kind, normalise(kind, fanged))


def _read_shapeless(writing: str) -> Iterator[Observable]:
    """A value may be a file's name, a mutex or an alias whatever it looks like."""
    folded = fold(writing)
    path = normalise(Kind.PATH, writing)
    yield Observable(Kind.FILE_NAME, folded)
    yield Observable(Kind.PATH, path)
    yield Observable(Kind.MUTEX, path)
    if "\\" in path:
        yield Observable(Kind.REGISTRY_KEY, normalise(Kind.REGISTRY_KEY, writing))
    yield Observable(Kind.NAME, folded)
    yield Observable(Kind.USER_AGENT, folded)
