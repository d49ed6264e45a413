"""A sliding window over a stream of JSON: finds where a value ends without decoding it."""

import re

import msgspec

from stack.ingest.streams import ByteStream

_CHUNK = 1024 * 1024
_NESTING = 8
# Finding the way in broken input is bounded, or a hostile file could make it take a time that grows with the
# square of its size: objects looked for are at most so large, and so many bytes are looked through in all.
_SEARCHED_SIZE = 64 * 1024
_SEARCH_BUDGET = 1024**3
_SCAN_COST = 20
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'


def _object_pattern(depth: int) -> bytes:
    """An object whose braces nest up to `depth`; possessive throughout, so that it never backtracks."""
    between = rb'[^{}"]*+'
    inner = rb"|" + _object_pattern(depth - 1) + between if depth else b""
    return rb"\{" + between + rb"(?:" + _STRING + between + inner + rb")*+\}"


_OBJECT = re.compile(_object_pattern(_NESTING), re.DOTALL)
_TOKEN = re.compile(_STRING + rb'|["{}\[\]]', re.DOTALL)
_STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_KEY = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"\s*+:\s*+(?=\S)', re.DOTALL)
_SCALAR = re.compile(rb'[^\s,\[\]{}"]*+')
_SPACE = re.compile(rb"[ \t\r\n]*+")
_OBJECT_START = re.compile(rb'\{\s*+"')


class CutShort(Exception):
    """The input ended at byte `end`, inside `what` began at byte `start`."""

    def __init__(self, what: str, start: int, end: int) -> None:
        super().__init__(what)
        self.what, self.start, self.end = what, start, end


class RecordTooLong(Exception):
    """A value does not end within the limit."""


class _Head(msgspec.Struct):
    type: str
    id: str


_HEAD = msgspec.json.Decoder(_Head)


class JsonWindow:
    """The part of the input that is in memory: a chunk with many records, or one large record.

    Places are counted from the window's front, which `take` moves; `offset` is the front's place in the
    input.
    """

    def __init__(self, stream: ByteStream, *, record_limit: int) -> None:
        self._stream = stream
        self._limit = record_limit
        self._buffer = b""
        self._front = 0
        self._base = stream.offset
        self._search_budget = _SEARCH_BUDGET

    @property
    def offset(self) -> int:
        return self._base + self._front

    @property
    def length(self) -> int:
        return len(self._buffer) - self._front

    @property
    def is_full(self) -> bool:
        """Whether it holds more than a record may have."""
        return self.length > self._limit

    def fill(self) -> bool:
        """Reads as much again as the window holds, so that growing stays linear; False at the end."""
        kept = self._buffer[self._front :]
        more = self._stream.read(max(_CHUNK, len(kept)))
        if more:
            self._base += self._front
            self._front = 0
            self._buffer = kept + more
        return bool(more)

    def take(self, count: int) -> None:
        self._front += count

    def slice(self, start: int, end: int) -> bytes:
        return self._buffer[self._front + start : self._front + end]

    def peek(self, at: int = 0) -> bytes:
        """The byte there; empty at the end of the input."""
        while at >= self.length and self.fill():
            pass
        return self.slice(at, at + 1)

    def quote(self) -> str:
        """The next few characters, to show what stands there."""
        return repr(self.slice(0, 40).decode("utf-8", "replace"))

    def find_last(self, marker: bytes, before: int) -> int:
        """Where the last `marker` begins that ends by `before`; -1 when there is none."""
        found = self._buffer.rfind(marker, self._front, self._front + before)
        return found - self._front if found >= 0 else -1

    def skip_space(self) -> bool:
        """Moves to the next character; False at the end of the input."""
        self.take(self.pass_space(0))
        return self.length > 0

    def pass_space(self, at: int) -> int:
        """The place of the next character that is no white space."""
        while True:
            end = self._match_end(_SPACE, at)
            if end < self.length or not self.fill():
                return end

    def read_key(self, at: int) -> tuple[bytes, int] | None:
        """A member's name, still escaped, and where its value begins; None when no member follows."""
        at = self.pass_space(at)
        if self.peek(at) != b'"':
            return None
        while (found := _KEY.match(self._buffer, self._front + at)) is None:
            if self.is_full or not self.fill():
                return None
        return found[1], found.end() - self._front

    def find_end(self, at: int) -> int:
        """The end of the value that begins there; only braces, brackets and quotes are looked at.

        Raises `CutShort` when the input ends first and `RecordTooLong` when the limit is passed.
        """
        found = _OBJECT.match(self._buffer, self._front + at)
        if found is not None:
            return found.end() - self._front
        if self.peek(at) in b'{["':
            return self._find_nested_end(at)
        while (end := self._match_end(_SCALAR, at)) == self.length and not self.is_full and self.fill():
            pass
        return end

    def find_stix_object(self, before: int | None = None) -> bool:
        """Moves to the first object behind the front (and before `before`) that has a type and an id of it.

        This is how reading goes on after a broken record: nested objects have no id, so they are passed over.
        Looks ahead as far as a record may be long; False when there is none, or when the input was broken so
        often that looking on would take for ever.
        """
        self._search_budget -= self.length * _SCAN_COST if before is None else 0
        while self._search_budget > 0:
            end = len(self._buffer) if before is None else self._front + before
            for start in _OBJECT_START.finditer(self._buffer, self._front + 1, end):
                if self._is_stix_object_at(start.start()):
                    self._front = start.start()
                    return True
                if self._search_budget <= 0:
                    return False
            if before is not None or self.is_full or not self.fill():
                return False
        return False

    def skip_value(self) -> int:
        """Moves past a value that may be too long to hold and returns its size; raises `CutShort`."""
        start = self.offset
        if self.peek() not in b'{["':
            self.take(self._match_end(_SCALAR, 0))
            return self.offset - start
        depth = 0
        while True:
            token = _TOKEN.search(self._buffer, self._front)
            self._front = token.end() if token else len(self._buffer)
            if token is None:
                self._fill_or_raise(start)
                continue
            text = token[0]
            if text == b'"':
                self._skip_string(start)
            depth += 1 if text in b"{[" else -1 if text in b"}]" else 0
            if depth <= 0:
                return self.offset - start

    def skip_all(self) -> int:
        """Moves to the end of the input and returns where that is."""
        self._front = len(self._buffer)
        while self.fill():
            self._front = len(self._buffer)
        return self.offset

    def _is_stix_object_at(self, start: int) -> bool:
        found = _OBJECT.match(self._buffer, start, start + _SEARCHED_SIZE)
        self._search_budget -= _SEARCHED_SIZE if found is None else len(found[0])
        return found is not None and _is_stix_object(found[0])

    def _find_nested_end(self, at: int) -> int:
        cursor, depth = at, 0
        while True:
            for token in _TOKEN.finditer(self._buffer, self._front + cursor):
                text = token[0]
                if text == b'"':  # a string whose end is not in memory yet
                    break
                cursor = token.end() - self._front
                depth += 1 if text in b"{[" else -1 if text in b"}]" else 0
                if depth <= 0:
                    return cursor
            if self.length - at > self._limit:
                raise RecordTooLong
            self._fill_or_raise(self.offset + at)

    def _skip_string(self, start: int) -> None:
        """Moves behind the closing quote of a string whose opening one was taken."""
        while True:
            self.take(self._match_end(_STRING_REST, 0))
            if self.slice(0, 1) == b'"':
                self.take(1)
                return
            self._fill_or_raise(start)

    def _fill_or_raise(self, start: int) -> None:
        if not self.fill():
            raise CutShort("a value that", start, self.offset + self.length)

    def _match_end(self, pattern: re.Pattern[bytes], at: int) -> int:
        found = pattern.match(self._buffer, self._front + at)
        return found.end() - self._front if found is not None else at


def _is_stix_object(text: bytes) -> bool:
    try:
        head = _HEAD.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return head.id.startswith(head.type + "--")
