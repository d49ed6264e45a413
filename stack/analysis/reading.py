"""What somebody wants analysed, as a subject."""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress

from stack.accounts.principal import Principal
from stack.analysis.subjects import SUBJECT_KINDS, Subject
from stack.core.errors import BadInput, FieldError
from stack.stix.markings import TlpLevel
from stack.stix.observables.detect import detect, detect_as
from stack.stix.observables.key_text import key_text
from stack.stix.observables.kinds import KIND_TITLES, Kind, Observable
from stack.store.queries.levels import find_levels

LONGEST_VALUE = 8_192
_KINDS = sorted(kind for kind in SUBJECT_KINDS if kind in set(Kind))


def read_subject(principal: Principal, text: str, *, kind: str = "", tlp: int | None = None) -> Subject:
    """The subject of one pasted value, fanged or defanged. BadInput for what is none of the kinds.

    Its level is the given one, or that of the most restricted object that names it and that the principal may
    see, whichever is higher.
    """
    return read_subjects(principal, [text], kind=kind, tlp=tlp)[0]


def read_subjects(
    principal: Principal, texts: Sequence[str], *, kind: str = "", tlp: int | None = None
) -> list[Subject]:
    """The same of a list, in its order; BadInput names each line that cannot be read."""
    found: list[Observable] = []
    faults: list[FieldError] = []
    for number, text in enumerate(texts, start=1):
        try:
            found.append(_read_value(text, kind))
        except ValueError as error:
            faults.append(FieldError(f"values.{number}" if len(texts) > 1 else "value", str(error)))
    if faults:
        raise BadInput(
            "; ".join(f"{fault.field}: {fault.message}" for fault in faults[:20]),
            remedy="IP addresses, domains, URLs, e-mail addresses and hashes of files can be analysed.",
            errors=tuple(faults),
        )
    return _make_subjects(principal, found, lowest=check_level(tlp))


def read_found(principal: Principal, values: Iterable[tuple[str, str]]) -> list[Subject]:
    """The subjects of values that nobody typed (kind and text), without those that cannot be analysed."""
    found: list[Observable] = []
    for kind, text in values:
        with suppress(ValueError):
            found.append(_read_value(text, kind))
    return _make_subjects(principal, found, lowest=0)


def check_level(tlp: int | None) -> int:
    """The level that was given, 0 without one. BadInput for none of them."""
    if tlp is not None and tlp not in set(TlpLevel):
        raise BadInput("tlp: expected 0 (clear) to 4 (red)", errors=(FieldError("tlp", "expected 0 to 4"),))
    return tlp or 0


def digest_subject(kind: str, value: str) -> str:
    """By which an analysis of the same is found again."""
    return hashlib.sha256(f"{kind}\n{value}".encode("utf-8", "surrogatepass")).hexdigest()


def _make_subjects(principal: Principal, found: Sequence[Observable], *, lowest: int) -> list[Subject]:
    levels = find_levels(principal, [key_text(each) for each in found])
    return [
        Subject(kind=each.kind, value=each.value, tlp=max(lowest, levels.get(key_text(each), 0)))
        for each in found
    ]


def _read_value(text: str, kind: str) -> Observable:
    if not text.strip():
        raise ValueError("expected a value, got none")
    if len(text) > LONGEST_VALUE:
        raise ValueError(f"expected at most {LONGEST_VALUE:,} characters, got {len(text):,}")
    if kind and kind not in _KINDS:
        raise ValueError(f"expected one of the kinds {', '.join(_KINDS)}")
    observable = (detect_as(text, Kind(kind)) if kind else detect(text)).observable
    if observable.kind not in SUBJECT_KINDS:
        raise ValueError(f"expected a value that can be analysed, got {KIND_TITLES[observable.kind]}")
    if "\0" in observable.value or any("\ud800" <= each <= "\udfff" for each in observable.value):
        raise ValueError("expected text, got characters that are none (NUL or half a pair)")
    return observable
