"""What the rows of a feed become: STIX objects with ids that are the same again for the same words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.stix_values import encode_object, keep_case, make_own_id, make_pattern
from stack.stix.observables.detect import detect, detect_as
from stack.stix.observables.kinds import KIND_TITLES, Kind, Observable
from stack.stix.timestamps import format_instant, is_timestamp

_Row = TypeVar("_Row")
Object = dict[str, Any]
_LONGEST_NAME = 250
_UNSAID = frozenset({"", "none", "null", "n/a", "unknown", "unknown malware", "-"})


class Maker:
    """Makes the objects of one input, as its source states them, received when it was fetched."""

    def __init__(self, options: ParseOptions) -> None:
        self.source = options.source
        self.received = options.received
        self.choices = options.choices

    def indicator(self, value: str, kind: Kind | None = None, **properties: Any) -> Object:
        """An indicator of one value. ValueError where the value is none of its kind."""
        observable = read_observable(value, kind)
        pattern = make_pattern(observable)
        if pattern is None:
            raise ValueError(f"{value[:80]!r} reads as {KIND_TITLES[observable.kind]}, which no pattern has")
        return self.pattern(pattern, **(properties | {"name": properties.get("name") or observable.value}))

    def pattern(self, pattern: str, *, name: str, **properties: Any) -> Object:
        """An indicator with a pattern of its own; `properties` are those of STIX."""
        return self.object(
            "indicator",
            (pattern,),
            **{
                "name": name[:_LONGEST_NAME],
                "pattern": pattern,
                "pattern_type": "stix",
                "valid_from": self.received,
            }
            | _said(properties),
        )

    def service(self, address: str, port: str, **properties: Any) -> Object:
        """An indicator of an address and a port that is served there. ValueError where either is none."""
        host = read_observable(address, Kind.IPV4)
        if host.kind is Kind.CIDR or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"{address[:60]}:{port[:10]} is no address with a port")
        pattern = (
            f"[network-traffic:dst_ref.value = '{host.value}' AND network-traffic:dst_port = {int(port)}]"
        )
        shown = f"[{host.value}]" if host.kind is Kind.IPV6 else host.value
        return self.pattern(pattern, name=f"{shown}:{int(port)}", **properties)

    def malware(self, name: str, **properties: Any) -> Object | None:
        """The family of that name; None for a name that says nothing."""
        if name.strip().lower() in _UNSAID:
            return None
        text = name.strip()[:_LONGEST_NAME]
        return self.object("malware", (text.casefold(),), name=text, is_family=True, **properties)

    def relationship(self, source: Object, verb: str, target: Object) -> Object:
        ends = (source["id"], verb, target["id"])
        return self.object(
            "relationship", ends, relationship_type=verb, source_ref=source["id"], target_ref=target["id"]
        )

    def object(self, kind: str, words: tuple[str, ...], **properties: Any) -> Object:
        """An object of this source, whose id comes from `words`."""
        return {
            "type": kind,
            "spec_version": "2.1",
            "id": make_own_id(kind, self.source, *words),
            "created": self.received,
            "modified": self.received,
        } | properties


def _said(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty, and each label once."""
    said = {key: value for key, value in properties.items() if value not in (None, "", [])}
    if "labels" in said:
        labels = list(dict.fromkeys(label for label in said.pop("labels") if label))
        said |= {"labels": labels} if labels else {}
    return said


def make_records(
    rows: Iterable[tuple[str, _Row | ValueError]],
    options: ParseOptions,
    make: Callable[[Maker, _Row], Iterable[Object | None]],
) -> Iterator[Record | RecordFault]:
    """What `make` gives for each row, numbered; ValueError and what a row lacks become faults of that row.

    An object that was given before in this input (a family that many rows name) is not given again.
    """
    maker, given, position = Maker(options), set[str](), 0
    for place, row in rows:
        try:
            if isinstance(row, ValueError):
                raise row
            found = [each for each in make(maker, row) if each is not None]
        except KeyError as error:
            yield RecordFault(position, "row", f"there is no {error.args[0]!r} in it", place)
            position += 1
            continue
        except (ValueError, TypeError, AttributeError) as error:
            yield RecordFault(position, "value", str(error)[:300], place)
            position += 1
            continue
        for each in found:
            if each["id"] in given:
                continue
            given.add(each["id"])
            yield Record(position, encode_object(each), place, is_undated=True)
            position += 1


def read_observable(value: str, kind: Kind | None = None) -> Observable:
    """A value as the kind that the vendor says, or as what it looks like. ValueError where it is not that."""
    text = value.strip()
    if not text:
        raise ValueError("there is no value")
    if kind is None or kind in (Kind.IPV4, Kind.IPV6, Kind.CIDR):
        found = detect(text).observable
        if kind is not None and found.kind not in (Kind.IPV4, Kind.IPV6, Kind.CIDR):
            raise ValueError(f"{text[:80]!r} is no address or network")
        return keep_case(found, text)
    try:
        return keep_case(detect_as(text, kind).observable, text)
    except ValueError as error:
        raise ValueError(f"{text[:80]!r} is no {KIND_TITLES[kind]}: {error}") from None


def split_words(text: str, *marks: str) -> list[str]:
    """Labels of one cell: each once, in order, without words that say nothing."""
    for mark in marks or (",",):
        text = text.replace(mark, "\n")
    words = (word.strip() for word in text.split("\n"))
    return list(dict.fromkeys(word for word in words if word.lower() not in _UNSAID))


def read_time(text: str) -> str | None:
    """A STIX timestamp of what vendors write: ISO 8601, `2026-01-31 08:15:30` in UTC, or seconds since the
    epoch. None for nothing; ValueError for what is no time."""
    plain = text.strip()
    if plain.lower() in _UNSAID or plain.startswith("0000"):
        return None
    if is_timestamp(plain):
        return plain
    try:
        if plain.isdecimal() and len(plain) in (9, 10):
            return format_instant(int(plain) * 1_000_000)
        moment = datetime.fromisoformat(plain.removesuffix(" UTC"))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return format_instant(round(aware.timestamp() * 1_000_000))
    except (ValueError, OverflowError):
        raise ValueError(f"{plain[:40]!r} is no time") from None


def read_number(text: object, *, low: int = 0, high: int = 100) -> int | None:
    """A whole number within bounds; None where there is none."""
    try:
        number = round(float(str(text)))
    except (ValueError, OverflowError):
        return None
    return number if low <= number <= high else None


def cite(name: str, *, url: str = "", external_id: str = "") -> Object:
    """An external reference; only an http(s) URL is one."""
    found = {"source_name": name}
    if url.startswith(("http://", "https://")):
        found["url"] = url
    if external_id:
        found["external_id"] = external_id
    return found
