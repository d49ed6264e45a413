"""Walks over the words of a pattern and words its errors."""

from stack.stix.patterns.errors import PatternError
from stack.stix.patterns.lexer import KEYWORDS, TOKEN

MAXIMUM_DEPTH = 100


class Cursor:
    """One pass over one text: `kind` is the word under the cursor, `start` and `end` are its place."""

    __slots__ = ("depth", "end", "kind", "start", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.end = 0
        self.depth = 0
        self.advance()

    def advance(self) -> None:
        match = TOKEN.match(self.text, self.end)
        assert match is not None  # the last rules take any character, and the end
        assert match.lastgroup is not None
        kind = match.lastgroup
        self.start, self.end = match.span(kind)
        if kind == "word":
            word = match[kind]
            kind = word if word in KEYWORDS else "hyphenated" if "-" in word else "name"
        elif kind == "mark":
            kind = match[kind]
        self.kind = kind

    def take(self) -> str:
        """The word under the cursor; the cursor moves on."""
        word = self.text[self.start : self.end]
        self.advance()
        return word

    def expect(self, kind: str, expected: str) -> str:
        if self.kind != kind:
            raise self.fail(expected)
        return self.take()

    def fail(self, expected: str) -> PatternError:
        found = self.text[self.start : min(self.end, self.start + 40)]
        if self.kind == "end":
            what = "the pattern ends"
        elif found == "'":
            what = "this string is not closed, or has a backslash that escapes neither ' nor \\"
        else:
            what = f"found {found!r}"
        message = f"expected {expected}, but {what}"
        return PatternError(message, text=self.text, offset=self.start, expected=expected)

    def enter_group(self) -> None:
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            message = f"parentheses nest more than {MAXIMUM_DEPTH} deep"
            raise PatternError(message, text=self.text, offset=self.start)
        self.advance()

    def leave_group(self, expected: str) -> None:
        self.expect(")", expected)
        self.depth -= 1
