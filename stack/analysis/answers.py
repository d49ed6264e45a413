"""What a plug-in says of a subject: evidence that moves the verdict, and what people want to see with it."""

from enum import StrEnum
from typing import Any, Final

import msgspec

SLIGHT: Final = 0.5
MODEST: Final = 1.2
STRONG: Final = 2.5
DECISIVE: Final = 5.0
"""Weights to choose from, in natural log-odds: how much more often this is seen with what is malicious than
with what is not (e^2.5 is twelve times). Negative, they speak for benign. Measured weights are better."""


class Word(StrEnum):
    """The verdicts."""

    MALICIOUS = "malicious"
    SUSPICIOUS = "suspicious"
    BENIGN = "benign"
    UNKNOWN = "unknown"


class Pivot(msgspec.Struct, frozen=True):
    """A value that an answer names, to look up or analyse next.

    `kind` is of `stix.observables.Kind` or "file"; `relation` is what the subject does with it: resolves-to,
    contains, links-to, communicates-with, related-to…
    """

    kind: str
    value: str
    relation: str = "related-to"


class Evidence(msgspec.Struct, frozen=True):
    """One thing that was seen, and how much it says.

    `code` is stable and begins with the engine or provider ("domain.algorithmic-name"). `statement` is one
    sentence with its figures, for people. `weight` is in log-odds (see above); at 0 it is only told. Of
    evidence of one `group` (by default its code) the strongest counts whole and the others less, as they say
    much the same. `seen_at` (microseconds) is when what it says was so: it fades with `half_life_days`; at 0
    it does not. `is_private`: it rests on what the store holds, so it never leaves what the asker may see.
    """

    code: str
    statement: str
    weight: float = 0.0
    group: str = ""
    seen_at: int | None = None
    half_life_days: float = 0.0
    pivots: tuple[Pivot, ...] = ()
    reference: str = ""
    is_private: bool = False


class Fact(msgspec.Struct, frozen=True):
    """Something neutral worth showing, under the heading `section`; with a `kind` one can pivot to it."""

    name: str
    value: str
    kind: str = ""
    section: str = ""


class Moment(msgspec.Struct, frozen=True):
    """Something that happened at a time (microseconds)."""

    at: int
    text: str


class Place(msgspec.Struct, frozen=True):
    """Where something is: `country` of ISO 3166-1 alpha-2; degrees where they are known."""

    country: str
    label: str = ""
    latitude: float | None = None
    longitude: float | None = None


class Answer(msgspec.Struct, frozen=True):
    """What one plug-in says. `is_found` False: it was asked and knows nothing, which is no evidence.

    `stated` is the source's own verdict and `summary` its own words for it ("57 of 72 engines"). `link` is
    its page for people. `raw` is the answer as it came, as JSON, for those who want to check.
    """

    is_found: bool = True
    stated: Word | None = None
    summary: str = ""
    evidence: tuple[Evidence, ...] = ()
    facts: tuple[Fact, ...] = ()
    pivots: tuple[Pivot, ...] = ()
    moments: tuple[Moment, ...] = ()
    places: tuple[Place, ...] = ()
    link: str = ""
    raw: Any = None


ABSENT: Final = Answer(is_found=False)
