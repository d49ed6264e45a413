"""Indicators in a mail: each value once, with where it stands first."""

from dataclasses import dataclass, field
from typing import Final

from stack.analysis.mail.shapes import Indicator
from stack.stix.observables.extract import find_mentions
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import normalise

MOST_INDICATORS: Final = 1_000
_MOST_TEXT: Final = 2_000_000
_LONGEST = 4_000
_NAMED = frozenset(
    (
        Kind.IPV4,
        Kind.IPV6,
        Kind.DOMAIN,
        Kind.URL,
        Kind.EMAIL,
        Kind.MD5,
        Kind.SHA1,
        Kind.SHA256,
        Kind.SHA512,
        Kind.CRYPTO,
    )
)


@dataclass(slots=True)
class IndicatorList:
    values: list[Indicator] = field(default_factory=list)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _left: int = _MOST_TEXT

    def add_text(self, text: str, *, place: str) -> None:
        """Every indicator in running text, of two million characters altogether."""
        text = text[: self._left]
        self._left -= len(text)
        for mention in find_mentions(text):
            if mention.observable.kind in _NAMED and len(mention.observable.value) <= _LONGEST:
                self._add(mention.observable.kind, mention.observable.value, place)

    def add_value(self, kind: str, value: str, *, place: str) -> None:
        """A value as somebody wrote it; left out where it cannot be of its kind."""
        try:
            if value:
                self._add(kind, normalise(Kind(kind), value[:_LONGEST]), place)
        except ValueError:
            return

    def add_link(self, target: str, *, place: str) -> None:
        lower = target[:8].lower()
        if lower.startswith("mailto:"):
            self.add_value("email", target[7:].partition("?")[0], place=place)
        elif lower.startswith(("http:", "https:", "ftp:", "//")):
            self.add_value("url", f"http:{target}" if lower.startswith("//") else target, place=place)

    def _add(self, kind: str, value: str, place: str) -> None:
        key = (str(kind), value)
        if key not in self._seen and len(self.values) < MOST_INDICATORS:
            self._seen.add(key)
            self.values.append(Indicator(str(kind), value, place))
