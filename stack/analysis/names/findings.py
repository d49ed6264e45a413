"""What an engine gathers while it looks at a subject: evidence, facts and pivots, each once."""

from collections.abc import Iterable
from typing import Final

import msgspec

from stack.analysis.answers import Answer, Evidence, Fact, Pivot

_MOST: Final = 200


def write_plainly(text: str) -> str:
    """The text with escapes for what is not seen or turns the direction of writing: it comes from anybody."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


class Findings:
    """`prefix` stands before each code: "domain", or "url.host" for the host of a URL. Bounded."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._evidence: dict[Evidence, None] = {}
        self._facts: dict[Fact, None] = {}
        self._pivots: dict[Pivot, None] = {}

    def note(
        self,
        code: str,
        statement: str,
        *,
        weight: float = 0.0,
        group: str = "",
        seen_at: int | None = None,
        half_life_days: float = 0.0,
        pivots: Iterable[Pivot] = (),
        reference: str = "",
        is_private: bool = False,
    ) -> None:
        """Evidence, as `answers.Evidence`; what it pivots to is a pivot of the answer too."""
        named = tuple(pivots)
        if len(self._evidence) < _MOST:
            self._evidence[
                Evidence(
                    code=f"{self.prefix}.{code}",
                    statement=write_plainly(statement),
                    weight=round(weight, 2),
                    group=f"{self.prefix}.{group}" if group else "",
                    seen_at=seen_at,
                    half_life_days=half_life_days,
                    pivots=named,
                    reference=reference,
                    is_private=is_private,
                )
            ] = None
        for each in named:
            self.pivot(each.kind, each.value, each.relation)

    def fact(self, name: str, value: str | int, *, kind: str = "", section: str = "") -> None:
        if value != "" and len(self._facts) < _MOST:
            self._facts[Fact(write_plainly(name), write_plainly(str(value)), kind, section)] = None

    def pivot(self, kind: str, value: str, relation: str) -> None:
        """What nobody could look up, as DNS and links may hold it, is left out."""
        if value and value.isprintable() and len(self._pivots) < _MOST:
            self._pivots[Pivot(kind, value, relation)] = None

    def add(self, other: "Findings") -> None:
        """What was gathered about something of the subject."""
        self._evidence |= other._evidence
        self._facts |= other._facts
        self._pivots |= other._pivots

    def take(self, answer: Answer, *, drop: str) -> None:
        """What another engine says, with codes below our prefix instead of theirs, such as "ip."."""
        for each in answer.evidence[:_MOST]:
            code = f"{self.prefix}.{each.code.removeprefix(drop)}"
            group = f"{self.prefix}.{each.group.removeprefix(drop)}" if each.group else ""
            self._evidence[msgspec.structs.replace(each, code=code, group=group)] = None
        self._facts |= dict.fromkeys(answer.facts[:_MOST])
        self._pivots |= dict.fromkeys(answer.pivots[:_MOST])

    def answer(self, summary: str) -> Answer:
        return Answer(
            summary=summary,
            evidence=tuple(self._evidence),
            facts=tuple(self._facts),
            pivots=tuple(self._pivots),
        )

    @property
    def strongest(self) -> str:
        """The statement that says most, for a summary; empty where none speaks against the subject."""
        found = max(self._evidence, key=lambda each: each.weight, default=None)
        return found.statement if found is not None and found.weight > 0 else ""
