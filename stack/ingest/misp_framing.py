"""Cuts a file of MISP into the texts of its events, one at a time, whatever stands around them."""

from collections.abc import Iterator

import msgspec

from stack.ingest.base import Limits, RecordFault
from stack.ingest.json_errors import explain_text
from stack.ingest.json_window import CutShort, JsonWindow, RecordTooLong
from stack.ingest.streams import ByteStream

_VALUE = msgspec.json.Decoder(msgspec.Raw)


class _Wrapped(msgspec.Struct):
    """`{"Event": …}`; a bare event has a list `Attribute` or `Object` itself."""

    Event: msgspec.Raw = msgspec.Raw()


_WRAPPED = msgspec.json.Decoder(_Wrapped)


def iterate_events(stream: ByteStream, limits: Limits) -> Iterator[bytes | RecordFault]:
    """The JSON text of each event (an object, checked), or in its place what is wrong with it."""
    window = JsonWindow(stream, record_limit=limits.record)
    try:
        while window.skip_space():
            start = window.peek()
            if start == b"[":
                window.take(1)
                yield from _list(window, limits)
            elif start == b"{":
                yield from _object(window, limits)
            else:
                yield _fault("json", f"expected an object or a list, found {window.quote()}")
                return
    except CutShort as cut:
        yield _fault(
            "truncated",
            f"the file is cut short: it ends at byte {cut.end:,}, inside {cut.what} begins"
            f" at byte {cut.start:,}",
        )


def _object(window: JsonWindow, limits: Limits) -> Iterator[bytes | RecordFault]:
    """An event, wrapped or not, or an object whose `response` has events."""
    key = window.read_key(1)
    if key is not None and key[0] == b"response":
        window.take(key[1])
        if window.peek() == b"[":
            window.take(1)
            yield from _list(window, limits)
        else:
            yield from _value(window, limits)
        yield from _end(window)
    else:
        yield from _value(window, limits)


def _end(window: JsonWindow) -> Iterator[RecordFault]:
    """The rest of the object round the events, which says nothing of use."""
    while window.skip_space():
        if window.peek() == b"}":
            window.take(1)
            return
        key = window.read_key(1) if window.peek() == b"," else None
        if key is None:
            yield _fault("json", f"expected the end of the list of events, found {window.quote()}")
            window.skip_all()
            return
        window.take(key[1])
        window.skip_value()


def _list(window: JsonWindow, limits: Limits) -> Iterator[bytes | RecordFault]:
    start = window.offset - 1
    while True:
        if not window.skip_space():
            raise CutShort("the list that", start, window.offset)
        found = window.peek()
        if found == b"]":
            window.take(1)
            return
        if found == b",":
            window.take(1)
            continue
        before = window.offset
        yield from _value(window, limits)
        if window.offset == before:
            yield _fault("json", f"expected an event, found {window.quote()}; what follows was not read")
            window.skip_all()
            return


def _value(window: JsonWindow, limits: Limits) -> Iterator[bytes | RecordFault]:
    start = window.offset
    try:
        end = window.find_end(0)
    except RecordTooLong:
        size = window.skip_value()
        yield _fault(
            "size", f"the event at byte {start:,} has {size:,} bytes; one may have {limits.record:,}"
        )
        return
    text = window.slice(0, end)
    window.take(end)
    if not text:
        return
    try:
        _VALUE.decode(text)
        event = bytes(_WRAPPED.decode(text).Event) or text
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        rule, message = explain_text(text)
        yield _fault(rule, f"{message}, counted from the start of the event at byte {start:,}")
        return
    if event[:1] == b"{":
        yield event
    else:
        yield _fault("misp", f"expected an event, found {event[:20].decode('utf-8', 'replace')}")


def _fault(rule: str, message: str) -> RecordFault:
    return RecordFault(0, rule, message, "the file")
