"""Where readers write: bounded, whatever they are made to write."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import isfinite
from time import monotonic
from typing import Final

from stack.analysis.answers import MODEST, Evidence, Fact, Moment, Pivot
from stack.analysis.files.base import Part

PREFIX: Final = "file."
_LONGEST_STATEMENT, _LONGEST_NAME, _LONGEST_VALUE = 600, 120, 2_000
_MOST_PIVOTS: Final = 50
_EARLIEST, _LATEST = -62_135_596_800_000_000, 253_402_300_799_000_000
_MIB: Final = 1024 * 1024
# Deflate packs at most 1,032 times; what people pack is seldom packed more than thirty times.
_BOMB_RATIO: Final = 250
_BOMB_BYTES: Final = 32 * _MIB


_NO_CODE: Final = re.compile(r"[^a-z0-9.]+")


@dataclass(slots=True)
class Budget:
    """What all parts of one inspection may use together; counts go down. `until` is monotonic."""

    until: float
    parts: int = 1_000
    unpacked: int = 256 * _MIB
    texts: int = 32 * _MIB
    notes: int = 2_000
    facts: int = 10_000
    depth: int = 8


@dataclass(slots=True)
class Waiting:
    """A child that was reported and is still to be read."""

    data: bytes
    name: str
    relation: str


@dataclass(slots=True)
class PartReport:
    """The report on one part (`base.Report`)."""

    part: Part
    budget: Budget
    clock: Callable[[], float] = monotonic
    evidence: list[Evidence] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    children: list[Waiting] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    _beyond: dict[str, int] = field(default_factory=dict)
    _notes: int = 200
    _facts: int = 1_000
    _texts: int = 8 * _MIB
    _moments: int = 100
    _remarks: int = 20
    _unpacked: int = 0

    def note(
        self, code: str, statement: str, *, weight: float = 0.0, group: str = "", pivots: Iterable[Pivot] = ()
    ) -> None:
        if self._notes <= 0 or self.budget.notes <= 0:
            self._count("findings")
            return
        self._notes -= 1
        self.budget.notes -= 1
        code = code if code.startswith(PREFIX) else PREFIX + code
        code = _NO_CODE.sub("-", code.lower()).strip("-")
        group = PREFIX + group if group and not group.startswith(PREFIX) else group
        named = tuple(pivot for pivot in pivots if pivot.value)[:_MOST_PIVOTS]
        self.evidence.append(
            Evidence(
                code,
                _clean(statement, _LONGEST_STATEMENT),
                weight if isfinite(weight) else 0.0,
                group,
                pivots=named,
            )
        )

    def fact(self, name: str, value: str | int, *, kind: str = "", section: str = "") -> None:
        if not name or value == "":
            return
        if self._facts <= 0 or self.budget.facts <= 0:
            self._count("facts")
            return
        self._facts -= 1
        self.budget.facts -= 1
        text = _clean(str(value), _LONGEST_VALUE)
        self.facts.append(Fact(_clean(name, _LONGEST_NAME), text, kind, _clean(section, _LONGEST_NAME)))

    def moment(self, at: int, text: str) -> None:
        if self._moments > 0 and _EARLIEST <= at <= _LATEST:
            self._moments -= 1
            self.moments.append(Moment(at, _clean(text, _LONGEST_STATEMENT)))

    def remark(self, text: str) -> None:
        text = _clean(text, _LONGEST_STATEMENT)
        if self._remarks > 0 and text not in self.remarks:
            self._remarks -= 1
            self.remarks.append(text)

    def text(self, text: str, *, origin: str) -> None:
        room = min(self._texts, self.budget.texts)
        if len(text) > room:
            self._count("characters of text", len(text) - room)
            text = text[:room]
        if text:
            self._texts -= len(text)
            self.budget.texts -= len(text)
            self.texts.append((text, origin))

    def child(self, data: bytes, *, name: str, relation: str = "contains") -> bool:
        if self.part.depth >= self.budget.depth:
            self._count("files inside, as they are nested too deep")
            return False
        if self.budget.parts <= 0:
            self._count("files inside, as there are too many")
            return False
        if len(data) > self.room():
            self._count("files inside, as they are too large together")
            return False
        self.budget.parts -= 1
        self.budget.unpacked -= len(data)
        self._unpacked += len(data)
        self.children.append(Waiting(bytes(data), _clean(name, _LONGEST_STATEMENT), relation))
        return True

    def room(self) -> int:
        limit = max(_BOMB_BYTES, _BOMB_RATIO * len(self.part.data)) - self._unpacked
        if limit <= 0 and not any(found.code == f"{PREFIX}bomb" for found in self.evidence):
            self.note(
                "bomb",
                f"It unpacks to more than {_BOMB_RATIO} times its size, as archives do that are to fill a "
                "disk or a scanner's memory.",
                weight=MODEST,
            )
        return max(0, min(limit, self.budget.unpacked))

    def has_time(self) -> bool:
        return self.clock() < self.budget.until

    def list_remarks(self) -> tuple[str, ...]:
        """With what the limits kept out."""
        beyond = (f"{count:,} further {what} were left out." for what, count in self._beyond.items())
        return (*self.remarks, *beyond)

    def _count(self, what: str, count: int = 1) -> None:
        self._beyond[what] = self._beyond.get(what, 0) + count


def _clean(text: str, longest: int) -> str:
    """Without what does not print, surrogates included; cut, with a sign that it was."""
    cut = text[:longest] + "…" if len(text) > longest else text
    if cut.isprintable():
        return cut
    return "".join(
        character if character.isprintable() or character in "\n\t" else "\ufffd" for character in cut
    )
