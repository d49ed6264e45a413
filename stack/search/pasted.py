r"""Makes a query out of what people paste: values with Lucene's special characters in them are set aside.

`hxxp://evil[.]example/a?b`, `2001:db8::1`, `C:\Windows\x.exe` and `CVE-2024-3400` are not syntax. Each such
word becomes a quoted placeholder that the parser carries through, with its text and its place in the query.
"""

import re
from dataclasses import dataclass, field

from stack.search.fields import FIELDS
from stack.stix.observables.detect import Detection, detect
from stack.stix.observables.kinds import Kind

MARK = "\ue000"
_FIELD = re.compile(r"([A-Za-z_]{2,40}):")
_OPERATORS = {"&&": "AND", "||": "OR", "!": "NOT"}
_RESERVED = {"AND", "OR", "NOT", "TO"}
_PHRASE = re.compile(r'"(?:[^"\\]|\\.)*"(?:~\d+)?', re.DOTALL)
_RANGE = re.compile(r"[\[{]\s*\S+\s+TO\s+\S+?\s*[\]}]")
_COMPARED = re.compile(r"[<>]=?[^\s()]+")
_FUZZY_OR_BOOSTED = re.compile(r"\w+(?:~[012]?|\^[\d.]+)")
_PLAIN = re.compile(r"[\w.'@,;-]+")
_WORD = re.compile(r"\S+")
# Kinds whose values have blanks in them.
_SPACED = frozenset({Kind.PATH, Kind.REGISTRY_KEY, Kind.USER_AGENT, Kind.MUTEX, Kind.ASN})
_SYNTAX = re.compile(r"(?:^|\s)(?:AND|OR|NOT)\s|[*\"]")


@dataclass(frozen=True, slots=True)
class PastedWord:
    """A word that was set aside; `position` is where it begins in the query."""

    text: str
    position: int


@dataclass(slots=True)
class ProtectedQuery:
    """Text that the parser can read, the words set aside, and where its pieces stood in the query."""

    text: str = ""
    words: list[PastedWord] = field(default_factory=list)
    _places: list[tuple[int, int]] = field(default_factory=list)

    def add(self, text: str, position: int) -> None:
        self._places.append((len(self.text), position))
        self.text += text

    def add_word(self, text: str, position: int) -> None:
        self.add(f'"{MARK}{len(self.words)}"', position)
        self.words.append(PastedWord(text, position))

    def locate(self, position: int) -> int:
        """The place in the query of a place in the protected text."""
        before = [place for place in self._places if place[0] <= position]
        start, origin = before[-1] if before else (0, 0)
        return origin + position - start


def read_whole_value(query: str) -> Detection | None:
    """The one value that the whole query is, or None when it is words or syntax."""
    if query[:1] in "\"'“" or names_field(query) or is_escaped(query):
        return None
    detection = detect(query)
    kind = detection.observable.kind
    if kind is Kind.TEXT or (_SYNTAX.search(query) and kind is not Kind.URL):
        return None
    if len(query.split()) > 1 and kind not in _SPACED:
        return None
    if "?" in query and kind not in {Kind.URL, Kind.USER_AGENT}:
        return None
    return detection


def names_field(query: str) -> bool:
    return any(match[1].lower() in FIELDS for match in _FIELD.finditer(query))


def protect_query(query: str) -> ProtectedQuery:
    """The query with pasted words set aside and `&&`, `||`, `!` spelt out; a lone quote is left out."""
    protected = ProtectedQuery()
    at = 0
    while at < len(query):
        at = _take(query, at, protected)
    return protected


def _take(query: str, at: int, protected: ProtectedQuery) -> int:
    """Moves the next piece of the query at `at` over, and gives back where it ends."""
    char = query[at]
    if char.isspace() or char in "()+-":
        is_alone = char in "+-" and query[at + 1 : at + 2].strip() == ""
        protected.add(" " if is_alone else char, at)
        return at + 1
    if char == "!" and query[at + 1 : at + 2].strip(" !"):
        protected.add("-", at)
        return at + 1
    named = _FIELD.match(query, at)
    if named and named[1].lower() in FIELDS and named.end() < len(query) and not query[named.end()].isspace():
        protected.add(named[0].lower(), at)
        return _take_operand(query, named.end(), protected)
    return _take_operand(query, at, protected)


def _take_operand(query: str, at: int, protected: ProtectedQuery) -> int:
    for pattern in (_PHRASE, _RANGE, _COMPARED):
        if found := pattern.match(query, at):
            protected.add(found[0], at)
            return found.end()
    if query[at] in '("':
        protected.add(" " if query[at] == '"' else "(", at)
        return at + 1
    found = _WORD.match(query, at)
    word = _trim_word(found[0] if found else query[at])
    if word in _OPERATORS:
        protected.add(f"{_OPERATORS[word]} ", at)
    elif word in _RESERVED or _FUZZY_OR_BOOSTED.fullmatch(word) or _is_plain(word):
        protected.add(word, at)
    else:
        protected.add_word(word, at)
    return at + len(word)


def _trim_word(word: str) -> str:
    """Without the closing brackets that belong to a group, and without a stray quote at the end."""
    while word.endswith(")") and word.count(")") > word.count("("):
        word = word[:-1]
    if len(word) > 1 and word.endswith('"') and not word.endswith('\\"'):
        word = word[:-1]
    return word or ")"


def _is_plain(word: str) -> bool:
    return bool(_PLAIN.fullmatch(word)) and detect(word).observable.kind is Kind.TEXT


def is_escaped(text: str) -> bool:
    r"""Whether every backslash escapes a character that is special to Lucene, as in `foo\:bar`."""
    return "\\" in text and not re.search(r"\\(?![-:()\[\]{}\"^~*?+!/ ])", text)


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
