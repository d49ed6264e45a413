"""Recorded answers of providers: what the plug-in sends, what the vendor answers, what must come of it.

One module `tests/provider_answers/<name>.py` a provider; its README says what stands in one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request that the plug-in must send, and the answer to it.

    `path` follows the provider's address, percent-encoded as it is sent, without its query. `params` are
    those of the query, all of them, without credentials. `sent` is the body that must come: a mapping or list
    for JSON, a mapping of texts for a form, None where there is none or it does not matter. `body` is what
    the vendor answers: bytes, or what is encoded as JSON.
    """

    path: str
    method: str = "GET"
    params: Mapping[str, str] = field(default_factory=dict)
    sent: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = b""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the answer must hold. `codes` are those of all its evidence, in order. `pivots` and `facts` must
    be among those of the answer; a `summary` that is given is the whole one. `weight` is that of all its
    evidence together, to a tenth, where it is given."""

    stated: Word | None = None
    codes: tuple[str, ...] = ()
    summary: str = ""
    pivots: tuple[tuple[str, str], ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    weight: float | None = None


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One asking. `name` is shown by the test; `choices` are options that differ from the default."""

    subject: Subject
    exchanges: Sequence[Exchange]
    expect: Expected = field(default_factory=Expected)
    name: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
