"""Makes answers out of what services say: cleaned, checked, and no more than people read.

What a service writes is foreign text. Times that are no times are left out, values that are not valid for
their kind are told as text, and control characters never come through.
"""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from stack.analysis.answers import Answer, Evidence, Fact, Moment, Pivot, Place, Word
from stack.analysis.base import MalformedAnswer, ProviderReply
from stack.analysis.subjects import Subject
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import normalise

_MOST_TEXT: Final = 400
_MOST_NAME: Final = 100
_MOST_FACTS: Final = 150
_MOST_PIVOTS: Final = 200
_MOST_MOMENTS: Final = 60
_MOST_RAW_BYTES: Final = 512 * 1024
_NO_TEXT: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FIRST_YEAR_US: Final = 315_532_800_000_000
_LAST_YEAR_US: Final = 4_102_444_800_000_000
_HASH_KINDS: Final = {32: Kind.MD5, 40: Kind.SHA1, 64: Kind.SHA256, 128: Kind.SHA512}


def clean_text(value: object, *, most: int = _MOST_TEXT) -> str:
    """Foreign text on one line, without control and direction characters, cut with an ellipsis."""
    text = str(value)[: most * 4]
    text = " ".join("".join(" " if unicodedata.category(c) in _NO_TEXT else c for c in text).split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def read_time(value: object) -> int | None:
    """Microseconds of what services write: ISO 8601, `2026-01-31 08:15:30 UTC`, seconds or milliseconds.

    Without a zone it is UTC. None for what is no time, or before 1980 or after 2100.
    """
    found = _read_number_of_time(value) if isinstance(value, int | float) else _read_text_of_time(value)
    return found if found is not None and _FIRST_YEAR_US <= found <= _LAST_YEAR_US else None


def _read_number_of_time(value: float) -> int | None:
    if not isfinite(value):
        return None
    return round(value * (1_000 if value > 100_000_000_000 else 1_000_000))


def _read_text_of_time(value: object) -> int | None:
    text = str(value or "").strip().removesuffix(" UTC")
    if text.isascii() and text.isdecimal() and len(text) in (10, 13):
        return _read_number_of_time(int(text))
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(aware.timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        return None


def write_day(at: int | None) -> str:
    """`2026-01-31` of microseconds, for sentences; empty for None."""
    return "" if at is None else datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%Y-%m-%d")


def count(number: int, what: str, *, many: str = "") -> str:
    """`1 report`, `1,200 reports`; `many` where the plural is not made with an s."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def quote_path(value: str) -> str:
    """A value as one segment of a path."""
    return quote(value, safe="")


def name_hash(value: str) -> Kind | None:
    """Which hash a text is by its length."""
    return _HASH_KINDS.get(len(value.strip()))


def check_value(subject: Subject, said: str | None) -> None:
    """Raises `MalformedAnswer` where a service answers for another value than it was asked about.

    A service that does not say which value it speaks of (None or empty) is believed. Of a URL only the host
    is compared, because services write the rest in forms of their own.
    """
    if not said:
        return
    kind = Kind.SHA256 if subject.is_file else Kind(subject.kind)
    try:
        same = _take_identity(kind, normalise(kind, said)) == _take_identity(kind, subject.value)
    except ValueError:
        same = False
    if not same:
        raise MalformedAnswer(f"It answered for another value: {clean_text(said, most=80)}")


def _take_identity(kind: Kind, value: str) -> str:
    return urlsplit(value).hostname or value if kind is Kind.URL else value


def read_raw(reply: ProviderReply) -> Any:
    """The body as plain JSON, for `Answer.raw`; of a very long one only its size is told."""
    if len(reply.body) > _MOST_RAW_BYTES:
        return {"left_out": f"{len(reply.body):,} bytes"}
    try:
        return msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def keep_private(answer: Answer) -> Answer:
    """The answer of a platform of one's own: what it rests on may be for members only."""
    evidence = tuple(msgspec.structs.replace(each, is_private=True) for each in answer.evidence)
    return msgspec.structs.replace(answer, evidence=evidence)


class Maker:
    """Gathers what one service says of a subject, and makes its `Answer`.

    `prefix` begins each code of its evidence. The subject itself is no value to look at next.
    """

    def __init__(self, prefix: str, subject: Subject) -> None:
        self._prefix = prefix
        self._subject = subject
        self._evidence: list[Evidence] = []
        self._facts: dict[Fact, None] = {}
        self._pivots: dict[Pivot, None] = {}
        self._moments: dict[Moment, None] = {}
        self._places: dict[Place, None] = {}

    def evidence(
        self,
        code: str,
        statement: str,
        weight: float,
        *,
        group: str = "",
        seen_at: int | None = None,
        half_life_days: float = 0.0,
        reference: str = "",
        pivots: Iterable[Pivot | None] = (),
    ) -> None:
        """One thing seen; `reference` counts if it is a web address."""
        self._evidence.append(
            Evidence(
                code=f"{self._prefix}.{code}",
                statement=clean_text(statement, most=600),
                weight=round(float(weight), 2),
                group=group,
                seen_at=seen_at,
                half_life_days=float(half_life_days) if seen_at is not None else 0.0,
                pivots=tuple(pivot for pivot in pivots if pivot is not None),
                reference=reference if reference.startswith("https://") else "",
            )
        )

    def fact(self, name: str, value: object, *, section: str = "", kind: Kind | None = None) -> None:
        """Something to show, unless there is nothing; with a `kind` one can pivot, if the value is of it."""
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if isinstance(value, list | tuple | set | dict):
            value = ", ".join(clean_text(item, most=120) for item in list(value)[:40] if item is not None)
        if value is None or len(self._facts) >= _MOST_FACTS or not (text := clean_text(value)):
            return
        name = clean_text(name, most=_MOST_NAME) or "without a name"
        if kind is not None:
            canonical = _normalise(kind, text)
            self._facts[Fact(name, canonical or text, str(kind) if canonical else "", section)] = None
        else:
            self._facts[Fact(name, text, "", section)] = None

    def pivot(self, value: object, *kinds: Kind, relation: str = "related-to") -> Pivot | None:
        """A value to look at next, if it is a valid value of one of the kinds; else it is told as text."""
        text = str(value or "").strip()
        if not text:
            return None
        for kind in kinds:
            if canonical := _normalise(kind, text):
                if canonical == self._subject.value:
                    return None
                pivot = Pivot(str(kind), canonical, relation)
                if len(self._pivots) < _MOST_PIVOTS:
                    self._pivots[pivot] = None
                return pivot
        self.fact(relation.replace("-", " "), text, section="Not readable as a value")
        return None

    def pivots(self, values: Iterable[object] | None, *kinds: Kind, relation: str = "related-to") -> None:
        for value in values or ():
            self.pivot(value, *kinds, relation=relation)

    def moment(self, at: object, text: str) -> int | None:
        """Something that happened, if `at` is a time; gives it in microseconds."""
        moment = read_time(at)
        if moment is not None and len(self._moments) < _MOST_MOMENTS:
            self._moments[Moment(moment, clean_text(text))] = None
        return moment

    def place(
        self,
        country: str | None,
        *,
        label: str | None = "",
        latitude: float | None = None,
        longitude: float | None = None,
    ) -> None:
        """Where it is; a country that is not two letters is left out."""
        code = (country or "").strip().upper()
        if len(code) != 2 or not (code.isascii() and code.isalpha()):
            return
        if latitude is None or longitude is None or not (abs(latitude) <= 90 and abs(longitude) <= 180):
            latitude = longitude = None
        self._places[Place(code, clean_text(label or "", most=120), latitude, longitude)] = None

    def answer(
        self, *, summary: str, stated: Word | None = None, link: str = "", raw: object = None
    ) -> Answer:
        """What was gathered; `link` is the service's page for people."""
        return Answer(
            stated=stated,
            summary=clean_text(summary),
            evidence=tuple(self._evidence),
            facts=tuple(self._facts),
            pivots=tuple(self._pivots),
            moments=tuple(sorted(self._moments, key=lambda moment: moment.at)),
            places=tuple(self._places),
            link=link if link.startswith("https://") else "",
            raw=raw,
        )


def _normalise(kind: Kind, text: str) -> str:
    """The canonical value, or nothing where it is no valid value of the kind."""
    if len(text) > 2_000 or clean_text(text, most=2_000) != text:
        return ""
    try:
        return normalise(kind, text)
    except ValueError:
        return ""
