"""What is wrong with a pattern, and where."""


class PatternError(ValueError):
    """A text that is no STIX pattern.

    `offset` counts characters from 0; `line` and `column` count from 1, as editors do. `expected` says what
    would have been right there, "" where the fault is not one of grammar.
    """

    def __init__(self, message: str, *, text: str, offset: int, expected: str = "") -> None:
        self.message = message
        self.offset = offset
        self.expected = expected
        self.line = text.count("\n", 0, offset) + 1
        self.column = offset - text.rfind("\n", 0, offset)
        super().__init__(f"line {self.line}, column {self.column}: {message}")
