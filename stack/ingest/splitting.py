"""Splits a stream of JSON into its objects without decoding it: a bundle, an array, or object after object.

Each record is the very slice of the input. Two ways lead to it. Quick: a separator learned from the records
before (`},{"type":`) gives the end of a window, and msgspec, which checks syntax at 2 GB/s, cuts the window;
what is valid JSON as an array cannot have been cut inside a record. Careful, at about 150 MB/s, where the
quick way fails: the end of each object is found by itself, so that a broken record costs only itself.
"""

import re
from collections.abc import Generator, Iterator

import msgspec

from stack.ingest.base import Limits, Record, RecordFault
from stack.ingest.json_errors import explain_text
from stack.ingest.json_window import CutShort, JsonWindow, RecordTooLong
from stack.ingest.streams import ByteStream, stream_bytes

_FIRST_KEY = re.compile(rb'\{\s*+"[^"\\]*+"\s*+:')
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_VALUE = msgspec.json.Decoder(msgspec.Raw)


class _Head(msgspec.Struct):
    """What tells a bundle from an object; `objects` is empty where it is absent."""

    type: str = ""
    objects: msgspec.Raw = msgspec.Raw()


_HEAD = msgspec.json.Decoder(_Head)
_BUNDLE_WORD = b'"bundle"'
_WINDOW_TRIES = 4
_UNREAD = "; what follows was not read"


def split_json(stream: ByteStream, limits: Limits) -> Iterator[Record | RecordFault]:
    """Yields a record for every object, in order, and a fault for what is none; never raises for bad JSON.

    A top-level object with an array `objects` (a bundle, a TAXII envelope) gives the array's elements; any
    other top-level object is a record itself, and a top-level array gives its elements. A bundle among the
    elements gives the objects in it, for there are lists of bundles.
    """
    return _Splitter(stream, limits).split()


class _Splitter:
    def __init__(self, stream: ByteStream, limits: Limits, *, is_inner: bool = False) -> None:
        self._limits = limits
        self._is_inner = is_inner
        self._window = JsonWindow(stream, record_limit=limits.record)
        self._limit = limits.record
        self._position = 0
        self._marker = b""
        self._marker_gap = 0
        self._careful_until = 0

    def split(self) -> Iterator[Record | RecordFault]:
        """The values at the top, one after the other."""
        window = self._window
        count = 0
        while window.skip_space():
            count += 1
            start = window.peek()
            try:
                if start == b"{":
                    yield from self._top_object(count)
                elif start == b"[":
                    window.take(1)
                    yield from self._array("[{}]" if count == 1 else "record {}")
                else:
                    expected = "a JSON object or array" if count == 1 else "the end of the file"
                    yield self._unexpected(expected, _UNREAD)
                    return
            except CutShort as cut:
                place = f"inside {cut.what} begins at byte {cut.start:,}"
                message = f"the file is cut short: it ends at byte {cut.end:,}, {place}"
                yield self._fault("truncated", message, "record {}")
                return

    def _top_object(self, count: int) -> Iterator[Record | RecordFault]:
        """Walks the members until an array `objects` shows a bundle, or type or end that it is none."""
        window, start, cursor, is_bundle = self._window, self._window.offset, 1, False
        while (key := window.read_key(cursor)) is not None:
            name, cursor = key
            if name == b"objects" and window.peek(cursor) == b"[":
                if is_bundle:
                    yield self._warn("duplicate-key", "there are two members `objects`; both were read")
                is_bundle = True
                window.take(cursor + 1)
                yield from self._array("objects[{}]" if count == 1 else "record {}")
                cursor = 0
            elif is_bundle:
                window.take(cursor)
                window.skip_value()
                cursor = 0
            else:
                value_end = self._find_member_end(cursor)
                if name == b"type" and window.slice(cursor, value_end) != b'"bundle"':
                    break
                cursor = value_end
            cursor = window.pass_space(cursor)
            if window.peek(cursor) != b",":
                break
            cursor += 1
        if not is_bundle:
            yield from self._element("object" if count == 1 else "record {}")
            return
        window.take(cursor)
        if window.peek() == b"}":
            window.take(1)
        elif not window.peek() or (window.peek() == b'"' and not window.fill()):
            raise CutShort("the bundle that", start, window.offset + window.length)
        else:
            yield self._unexpected("the end of the bundle", _UNREAD)
            window.skip_all()

    def _find_member_end(self, cursor: int) -> int:
        """Where a member's value ends, or begins when no end is found: the record's fault tells of it."""
        try:
            return self._window.find_end(cursor)
        except (RecordTooLong, CutShort):
            return cursor

    def _array(self, place: str) -> Iterator[Record | RecordFault]:
        """The elements of an array whose bracket was just taken."""
        window, start = self._window, self._window.offset - 1
        while True:
            if not window.skip_space():
                raise CutShort("the list that", start, window.offset)
            if window.peek() == b"]":
                window.take(1)
                return
            raws = self._take_window()
            for raw in raws:
                text = bytes(raw)
                if _BUNDLE_WORD in text:
                    yield from self._give(text, place)
                else:
                    yield self._judge(text, place)
            if not raws:
                is_behind = yield from self._element(place)
                if is_behind:
                    yield from self._separator()

    def _take_window(self) -> list[msgspec.Raw]:
        """The elements up to the last separator in memory; none when the careful way must go on."""
        window = self._window
        while self._marker and window.offset >= self._careful_until:
            tries, cut = 0, window.length
            while tries < _WINDOW_TRIES and (cut := window.find_last(self._marker, cut)) > 0:
                tries += 1
                try:
                    raws = _ARRAY.decode(b"[" + window.slice(0, cut + 1) + b"]")
                except (msgspec.DecodeError, RecursionError):
                    continue
                window.take(cut + self._marker_gap)
                return raws
            if tries or window.is_full or not window.fill():
                self._careful_until = window.offset + window.length
        return []

    def _element(self, place: str) -> Generator[Record | RecordFault, None, bool]:
        """One value, found the careful way.

        Returns True when the window stands behind it, False when it was broken and reading goes on at an
        object that was found inside or after it.
        """
        window, start = self._window, self._window.offset
        try:
            end = window.find_end(0)
        except RecordTooLong:
            if window.find_stix_object():
                yield self._fault("json", f"what begins at byte {start:,} does not end", place)
                return False
            yield self._oversize(window.skip_value(), place)
            return True
        except CutShort:
            if not window.find_stix_object():
                raise
            yield self._fault("json", f"what begins at byte {start:,} does not end", place)
            return False
        text = window.slice(0, end)
        try:
            _VALUE.decode(text)
        except (msgspec.DecodeError, RecursionError):
            rule, message = explain_text(text)
            yield self._fault(rule, f"{message}, counted from its start at byte {start:,}", place)
            if window.find_stix_object(before=end):
                return False
        else:
            yield from self._give(text, place)
        window.take(end)
        return True

    def _separator(self) -> Iterator[RecordFault]:
        """The comma after an element; what stands between two records is learned from it."""
        window = self._window
        gap = window.pass_space(0)
        found = window.peek(gap)
        if found == b",":
            following = window.pass_space(gap + 1)
            if window.peek(following) == b"]":
                yield self._warn(
                    "json", f"a comma before the end of the list, at byte {window.offset + gap:,}"
                )
            self._learn_marker(window.slice(0, following), window.slice(following, following + 200))
            window.take(following)
        elif found not in {b"]", b""}:
            window.take(gap)
            is_next = found == b"{"
            yield self._unexpected("a comma", is_warning=is_next)
            if not is_next and not window.find_stix_object():
                window.skip_all()

    def _learn_marker(self, gap: bytes, following: bytes) -> None:
        key = _FIRST_KEY.match(following)
        if key is not None:
            self._marker = b"}" + gap + key[0]
            self._marker_gap = 1 + len(gap)

    def _give(self, text: bytes, place: str) -> Iterator[Record | RecordFault]:
        """The value as a record, or the objects of the bundle that it is."""
        head = _read_head(text)
        if head is None or head.type != "bundle":
            yield self._judge(text, place)
        elif bytes(head.objects)[:1] == b"[" and not self._is_inner:
            for item in _Splitter(stream_bytes(text), self._limits, is_inner=True).split():
                if isinstance(item, Record):
                    yield self._judge(item.text, "record {}")
                elif item.severity == "error":
                    yield self._fault(item.rule, item.message, "record {}")
                else:
                    yield self._warn(item.rule, item.message)
        elif bytes(head.objects):
            message = "a bundle's objects are a list, and none of them is a bundle (STIX 2.1, section 8)"
            yield self._fault("bundle", message, place)

    def _judge(self, text: bytes, place: str) -> Record | RecordFault:
        if len(text) > self._limit:
            return self._oversize(len(text), place)
        if text[:1] != b"{":
            return self._fault(
                "json", f"expected an object, found {text[:20].decode('utf-8', 'replace')}", place
            )
        self._position += 1
        return Record(self._position - 1, text, place)

    def _oversize(self, size: int, place: str) -> RecordFault:
        return self._fault("size", f"it has {size:,} bytes; a record may have {self._limit:,}", place)

    def _unexpected(self, expected: str, consequence: str = "", *, is_warning: bool = False) -> RecordFault:
        window = self._window
        message = f"expected {expected} at byte {window.offset:,}, found {window.quote()}{consequence}"
        return self._warn("json", message) if is_warning else self._fault("json", message, "record {}")

    def _fault(self, rule: str, message: str, place: str) -> RecordFault:
        self._position += 1
        return RecordFault(self._position - 1, rule, message, place)

    def _warn(self, rule: str, message: str) -> RecordFault:
        return RecordFault(self._position, rule, message, "record {}", "warning")


def _read_head(text: bytes) -> _Head | None:
    try:
        return _HEAD.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
